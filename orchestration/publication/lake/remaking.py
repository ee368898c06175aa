"""Tables of the shared warehouse made anew: where DuckLake cannot change one in place, or a file of it is lost.

Versions of before keep the table that they had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.lake.place import LAKE
from orchestration.publication.lake.reading import tables
from orchestration.publication.sql import identifier, literal, partition_is

if TYPE_CHECKING:
    import duckdb

# DuckLake gives a column a wider type where it stands, and no other.
_WIDTHS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")


def can_be_widened(before: str, now: str) -> bool:
    """Whether a column of the type ``before`` can be given its type ``now`` where it stands."""
    return before == now or (before in _WIDTHS and now in _WIDTHS[_WIDTHS.index(before) :])


def lacks_a_file(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Whether a file that the table's newest version consists of is not there."""
    listed = connection.execute(
        "SELECT unnest([data_file, delete_file]) "  # noqa: S608
        f"FROM ducklake_list_files('{LAKE}', {literal(table)}, schema => {literal(schema)})"
    ).fetchall()
    return not all(Path(str(file)).exists() for (file,) in listed if file is not None)


def make_anew(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    columns: Mapping[str, str],
    only: Sequence[tuple[int, str]] | None = None,
) -> None:
    """Replace a table by one with these columns and the same rows and comments; ``only`` are the partitions to keep."""
    name, new = f"{schema}.{identifier(table)}", f"{schema}.{identifier(f'new_{table}')}"
    there = tables(connection)[schema, table]
    listed = ", ".join(
        f"CAST({identifier(one) if one in there else 'NULL'} AS {kind}) AS {identifier(one)}"
        for one, kind in columns.items()
    )
    said = connection.execute(
        f"""
        SELECT NULL AS column_name, comment FROM duckdb_tables()
        WHERE database_name = '{LAKE}' AND schema_name = {literal(schema)} AND table_name = {literal(table)}
        UNION ALL
        SELECT column_name, comment FROM duckdb_columns()
        WHERE database_name = '{LAKE}' AND schema_name = {literal(schema)} AND table_name = {literal(table)}
        """  # noqa: S608
    ).fetchall()
    connection.execute(f"CREATE TABLE {new} AS SELECT {listed} FROM {name} LIMIT 0")  # noqa: S608
    connection.execute(f"ALTER TABLE {new} SET PARTITIONED BY (year, county)")
    # Partition by partition DuckLake opens no file of the others.
    for which in ["true"] if only is None else [partition_is(year, county) for year, county in only]:
        connection.execute(f"INSERT INTO {new} SELECT {listed} FROM {name} WHERE {which}")  # noqa: S608
    connection.execute(f"DROP TABLE {name}")
    connection.execute(f"ALTER TABLE {new} RENAME TO {identifier(table)}")
    for column, comment in said:
        if comment is not None and (column is None or column in columns):
            what = f"TABLE {name}" if column is None else f"COLUMN {name}.{identifier(str(column))}"
            connection.execute(f"COMMENT ON {what} IS {literal(str(comment))}")
