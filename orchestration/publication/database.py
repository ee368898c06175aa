"""A snapshot's one DuckDB file: built from the Parquet files of all its partitions, or, where others than those of the
load are in it, brought up to date from the file before, so that a load costs by what it loads.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import declared, durable
from orchestration.publication.sql import identifier, literal, partition_is

if TYPE_CHECKING:
    import duckdb

    from orchestration.publication.export import PartitionFile

SCHEMAS = ("marts", "evidence")
# The name under which a model is attached: that of the file dbt writes, since its views name it.
MODEL = "warehouse"
# Clients of DuckDB 1.0 can read it (stack.md).
STORAGE_VERSION = "v1.0.0"


class ExportError(Exception):
    """The warehouse or a landed file lacks what a snapshot must hold."""


@contextmanager
def attached(model: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """A connection in memory with ``model`` attached, read-only, as `MODEL`. Raises ExportError where it is absent."""
    import duckdb

    if not model.exists():
        raise ExportError(f"{model} is not there: nothing was built")
    connection = duckdb.connect()
    try:
        # Views of the load in hand read the verdicts beside it.
        connection.execute(f"SET file_search_path = {literal(model.parent)}")
        connection.execute(f"ATTACH {literal(model)} AS {MODEL} (READ_ONLY)")
        yield connection
    finally:
        connection.close()


def build_database(model: Path, database: Path, parquet: Path, files: Sequence[PartitionFile]) -> None:
    """Build the snapshot's DuckDB file from the Parquet files: tables, views over them, comments on all of it.

    ``model`` is the database whose comments are carried over; where it has none, the declarations speak.
    """
    with attached(model) as connection:
        connection.execute(f"ATTACH {literal(database)} AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("BEGIN")  # one write to the disk instead of one a statement
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA snapshot.{identifier(schema)}")
        for table, rows in _rows_by_table(parquet, files).items():
            connection.execute(f"CREATE TABLE {table} AS {rows}")
        _finish(connection)


def update_database(
    previous: Path,
    model: Path,
    database: Path,
    parquet: Path,
    files: Sequence[PartitionFile],
    gone: Sequence[tuple[int, str]],
) -> bool:
    """Make the DuckDB file from the snapshot's before: without the rows of ``gone`` (year, county), with those of
    ``files``, and everything else as it was. ``model`` as in `build_database`.

    Returns False, and makes nothing, where the file before has other columns than the new rows, or lacks a table: after
    an upgrade all of it has to be built anew.
    """
    tables = _rows_by_table(parquet, files)
    if not _fit(previous, tables):
        return False
    durable.clone(previous, database)
    with attached(model) as connection:
        connection.execute(f"ATTACH {literal(database)} AS snapshot")
        connection.execute("BEGIN")
        partitions = " OR ".join(f"({partition_is(*key)})" for key in gone)
        for schema, name in connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'snapshot' ORDER BY ALL"
        ).fetchall():
            connection.execute(f"DELETE FROM snapshot.{identifier(schema)}.{identifier(name)} WHERE {partitions}")  # noqa: S608
        for table, rows in tables.items():
            connection.execute(f"INSERT INTO {table} BY NAME {rows}")
        _finish(connection)
    return True


def _fit(previous: Path, tables: Mapping[str, str]) -> bool:
    """Whether the snapshot ``previous`` has the tables of the rows (table → query), with just these columns."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"ATTACH {literal(previous)} AS snapshot (READ_ONLY)")
        return all(
            _columns(connection, rows) == _columns(connection, f"FROM {table}") for table, rows in tables.items()
        )


def _rows_by_table(parquet: Path, files: Sequence[PartitionFile]) -> dict[str, str]:
    """Table of the snapshot → query of all its files' rows, in the order of year and county."""
    paths: dict[str, list[str]] = {}
    for file in sorted(files, key=lambda one: (one.schema, one.table, one.year, one.county)):
        table = f"snapshot.{identifier(file.schema)}.{identifier(file.table)}"
        paths.setdefault(table, []).append(literal(file.under(parquet)))
    return {
        table: f"SELECT * FROM read_parquet([{', '.join(of)}], union_by_name = true, hive_partitioning = false)"  # noqa: S608
        for table, of in paths.items()
    }


def _columns(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[str, str]]:
    """Name and type of a query's columns; none where it asks for a table that is not there."""
    import duckdb

    try:
        return [(str(row[0]), str(row[1])) for row in connection.execute(f"DESCRIBE {query}").fetchall()]
    except duckdb.CatalogException:
        return []


def _finish(connection: duckdb.DuckDBPyConnection) -> None:
    """Views and comments, as they are declared now; then everything is on the disk."""
    connection.execute("USE snapshot")
    for (schema, name), table in declared.tables().items():
        if table.view:  # of all partitions together, e.g. of cities and provinces; names in them are the snapshot's
            query = declared.view_file(name).read_text(encoding="utf-8")
            connection.execute(f"CREATE OR REPLACE VIEW {identifier(schema)}.{identifier(name)} AS {query}")
    connection.execute("USE memory")
    connection.execute(";\n".join(_comments(connection)))
    connection.execute("COMMIT")
    connection.execute("DETACH snapshot")


def descriptions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """Schema and table → column → what the model says of it, else what is declared."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, comment in declared.comments():
        if column is not None:
            found.setdefault((schema, table), {})[column] = comment
    for schema, table, column, comment in connection.execute(
        """
        SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE database_name = $model AND comment IS NOT NULL
        ORDER BY schema_name, table_name, column_index
        """.replace("$model", literal(MODEL))
    ).fetchall():
        found.setdefault((str(schema), str(table)), {})[str(column)] = str(comment)
    return found


def _comments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """COMMENT statements for every table, view and column of the snapshot that the model or a declaration describes."""
    says = {(schema, name): table.description for (schema, name), table in declared.tables().items()}
    kinds: dict[tuple[str, str], str] = {}
    for database, schema, name, kind, comment in connection.execute(
        """
        SELECT database_name, schema_name, table_name, 'TABLE', comment FROM duckdb_tables()
        UNION ALL
        SELECT database_name, schema_name, view_name, 'VIEW', comment FROM duckdb_views() WHERE NOT internal
        ORDER BY ALL
        """
    ).fetchall():
        if database == "snapshot":
            kinds[str(schema), str(name)] = str(kind)
        elif database == MODEL and comment is not None:
            says.setdefault((str(schema), str(name)), str(comment))
    statements = [
        f"COMMENT ON {kind} snapshot.{identifier(schema)}.{identifier(name)} IS {literal(says[schema, name])}"
        for (schema, name), kind in kinds.items()
        if (schema, name) in says
    ]
    columns = descriptions(connection)
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'snapshot' "
        "ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        comment = columns.get((schema, table), {}).get(column)
        if comment is not None:
            relation = f"snapshot.{identifier(schema)}.{identifier(table)}"
            statements.append(f"COMMENT ON COLUMN {relation}.{identifier(column)} IS {literal(comment)}")
    return statements
