"""From the warehouse and the landed files to a snapshot's Parquet files and its one DuckDB file.

Every loaded partition gets one file a table, sorted by fixed keys, so that the same returns give the same
bytes; the DuckDB file is built from all partitions' files together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import durable
from orchestration.publication.pointer import PublishedPartition
from orchestration.publication.sql import identifier, literal, partition_is

if TYPE_CHECKING:
    import duckdb

SCHEMAS = ("marts", "evidence")
# Without these a snapshot would not be whole (interface.md, Published data).
REQUIRED_TABLES = frozenset(
    {
        ("marts", "gap_list"),
        ("marts", "verdicts"),
        ("marts", "counties"),
        ("marts", "schools"),
        ("marts", "sections"),
        ("marts", "section_metrics"),
        ("marts", "county_balance"),
        ("marts", "county_metrics"),
        ("evidence", "figure_addends"),
    }
)
# Landed tables that are published as evidence, each partition's own file.
LANDED = ("cells", "faults", "received")
# Landed tables without partitions: each partition keeps the edition it was judged by.
LANDED_STANDARDS = ("standards", "standard_parameters")
# Clients of DuckDB 1.0 can read it (stack.md).
STORAGE_VERSION = "v1.0.0"
_SORT_KEYS = (
    "year",
    "county",
    "position",
    "indicator",
    "test",
    "record",
    "record_id",
    "school_code",
    "subject_id",
    "level",
    "item",
    "part",
    "field",
    "test_id",
    "file",
    "sheet",
    "cell",
)
_COUNTY = re.compile(r"\d{6}")


class ExportError(Exception):
    """The warehouse or a landed file lacks what a snapshot must hold."""


@dataclass(frozen=True, slots=True)
class PartitionFile:
    """One Parquet file of a snapshot: ``<parquet>/<schema>/<table>/year=Y/county=C/data.parquet``."""

    schema: str
    table: str
    year: int
    county: str

    def under(self, parquet: Path) -> Path:
        """Where the file lies in a snapshot's ``parquet`` folder."""
        return parquet / self.schema / self.table / _partition_path(self.year, self.county) / "data.parquet"


def export_partitions(var: Path, parquet: Path, partitions: Sequence[PublishedPartition]) -> list[PartitionFile]:
    """Write the files of the loaded partitions. Raises ExportError when something that must be there is not."""
    files: list[PartitionFile] = []
    with _warehouse(var) as connection:
        tables = _warehouse_tables(connection)
        descriptions = _descriptions(connection)
        missing = REQUIRED_TABLES - set(tables)
        if missing:
            raise ExportError(f"warehouse.duckdb lacks {sorted(missing)}")
        for partition in partitions:
            year, county = int(partition.year), _checked_county(partition.county)
            key = partition_is(year, county)
            for table in ("counties", "verdicts"):
                count = connection.execute(f"SELECT count(*) FROM warehouse.marts.{table} WHERE {key}").fetchone()  # noqa: S608
                if count is None or count[0] == 0:
                    raise ExportError(f"marts.{table} has no row of {year} {county}")
            for schema, table in tables:
                file = PartitionFile(schema, table, year, county)
                query = f"SELECT * FROM warehouse.{identifier(schema)}.{identifier(table)} WHERE {key}"  # noqa: S608
                _copy(connection, query, file.under(parquet), descriptions.get((schema, table), {}))
                files.append(file)
            for table, query in _landed(var, partition):
                if ("evidence", table) in tables:  # the warehouse's own, fuller table
                    continue
                file = PartitionFile("evidence", table, year, county)
                _copy(connection, query, file.under(parquet), {})
                files.append(file)
    return files


def link_partitions(source: Path, parquet: Path, keys: Iterable[tuple[int, str]]) -> list[PartitionFile]:
    """Give the files of partitions that were not loaded a second name in the new snapshot."""
    files: list[PartitionFile] = []
    tables = [path for schema in SCHEMAS for path in sorted((source / schema).glob("*"))]
    for year, county in keys:
        for table in tables:
            file = PartitionFile(table.parent.name, table.name, year, county)
            if file.under(source).exists():
                target = file.under(parquet)
                target.parent.mkdir(parents=True)
                durable.link_or_copy(file.under(source), target)
                files.append(file)
    return files


def build_database(var: Path, database: Path, parquet: Path, files: Sequence[PartitionFile]) -> None:
    """Build the snapshot's DuckDB file from the Parquet files, with the warehouse's table and column comments."""
    by_table: dict[tuple[str, str], list[PartitionFile]] = {}
    for file in sorted(files, key=lambda item: (item.schema, item.table, item.year, item.county)):
        by_table.setdefault((file.schema, file.table), []).append(file)
    with _warehouse(var) as connection:
        connection.execute(f"ATTACH {literal(database)} AS snapshot (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("BEGIN")  # one write to the disk instead of one a statement
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA snapshot.{identifier(schema)}")
        for (schema, table), parts in by_table.items():
            paths = ", ".join(literal(part.under(parquet)) for part in parts)
            connection.execute(
                f"CREATE TABLE snapshot.{identifier(schema)}.{identifier(table)} AS SELECT * FROM "  # noqa: S608
                f"read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
            )
        for statement in _comments(connection, set(by_table)):
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("DETACH snapshot")


@contextmanager
def _warehouse(var: Path) -> Generator[duckdb.DuckDBPyConnection]:
    import duckdb

    path = var / "warehouse.duckdb"
    if not path.exists():
        raise ExportError(f"{path} is not there: nothing was built")
    connection = duckdb.connect()
    try:
        connection.execute(f"ATTACH {literal(path)} AS warehouse (READ_ONLY)")
        yield connection
    finally:
        connection.close()


def _warehouse_tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table and view of the two schemas that knows year and county."""
    rows = connection.execute(
        """
        SELECT schema_name, table_name FROM duckdb_columns()
        WHERE database_name = 'warehouse' AND schema_name IN ('marts', 'evidence')
        GROUP BY ALL HAVING count(*) FILTER (column_name IN ('year', 'county')) = 2
        ORDER BY ALL
        """
    ).fetchall()
    return [(str(schema), str(table)) for schema, table in rows]


def _landed(var: Path, partition: PublishedPartition) -> Iterator[tuple[str, str]]:
    """Table and query of what landing gives to one partition's evidence."""
    place = _partition_path(partition.year, partition.county)
    for table in LANDED:
        path = var / "landing" / table / place / "data.parquet"
        if not path.exists():
            raise ExportError(f"{path} is not there: {partition.year} {partition.county} was not read whole")
        yield table, f"SELECT * FROM read_parquet({literal(path)}, hive_partitioning = false)"  # noqa: S608
    path = var / "verdicts" / place / "data.parquet"
    if not path.exists():
        raise ExportError(f"{path} is not there: {partition.year} {partition.county} was not judged")
    yield "verdict_rows", f"SELECT * FROM read_parquet({literal(path)}, hive_partitioning = false)"  # noqa: S608
    for table in LANDED_STANDARDS:
        path = var / "landing" / table / "data.parquet"
        if not path.exists():
            raise ExportError(f"{path} is not there: the standards were not exported")
        yield (
            table,
            f"SELECT {int(partition.year)}::INTEGER AS year, '{_checked_county(partition.county)}' AS county, * "  # noqa: S608
            f"FROM read_parquet({literal(path)}, hive_partitioning = false) "
            f"WHERE standard = {literal(partition.standard)}",
        )


def _copy(connection: duckdb.DuckDBPyConnection, query: str, path: Path, descriptions: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = [str(row[0]) for row in connection.execute(f"DESCRIBE {query}").fetchall()]
    order = ", ".join(_order(columns))
    extra = ""
    if descriptions:
        extra = f", KV_METADATA {{descriptions: {literal(json.dumps(dict(descriptions), ensure_ascii=False))}}}"
    connection.execute(
        f"COPY (SELECT * FROM ({query}) ORDER BY {order}) TO {literal(path)} "  # noqa: S608
        f"(FORMAT parquet, COMPRESSION zstd{extra})"
    )


def _order(columns: Sequence[str]) -> Iterator[str]:
    """Sort keys: the known ones in their order, then every other column, so that no two orders are possible."""
    for key in [*(key for key in _SORT_KEYS if key in columns), *(c for c in columns if c not in _SORT_KEYS)]:
        name = identifier(key)
        if key == "indicator":  # B2 before B10, the veto items last
            yield f"left({name}, 1) NULLS LAST"
            yield f"try_cast(substr({name}, 2) AS INTEGER) NULLS LAST"
        if key == "level":
            yield f"list_position(['primary', 'junior', 'senior', 'special'], {name}) NULLS LAST"
        yield f"{name} NULLS LAST"


def _descriptions(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, str]]:
    """Schema and table → column → what the warehouse says of it."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, comment in connection.execute(
        """
        SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE database_name = 'warehouse' AND comment IS NOT NULL
        ORDER BY schema_name, table_name, column_index
        """
    ).fetchall():
        found.setdefault((str(schema), str(table)), {})[str(column)] = str(comment)
    return found


def _comments(connection: duckdb.DuckDBPyConnection, tables: set[tuple[str, str]]) -> list[str]:
    """COMMENT statements that carry the warehouse's descriptions over."""
    statements: list[str] = []
    for schema, table, comment in connection.execute(
        """
        SELECT schema_name, table_name, comment FROM duckdb_tables()
        WHERE database_name = 'warehouse' AND comment IS NOT NULL
        UNION ALL
        SELECT schema_name, view_name, comment FROM duckdb_views()
        WHERE database_name = 'warehouse' AND comment IS NOT NULL
        ORDER BY ALL
        """
    ).fetchall():
        if (schema, table) in tables:
            statements.append(
                f"COMMENT ON TABLE snapshot.{identifier(schema)}.{identifier(table)} IS {literal(comment)}"
            )
    for (schema, table), columns in _descriptions(connection).items():
        if (schema, table) in tables:
            relation = f"snapshot.{identifier(schema)}.{identifier(table)}"
            statements += [
                f"COMMENT ON COLUMN {relation}.{identifier(column)} IS {literal(comment)}"
                for column, comment in columns.items()
            ]
    return statements


def _partition_path(year: int, county: str) -> Path:
    return Path(f"year={int(year)}") / f"county={_checked_county(county)}"


def _checked_county(county: str) -> str:
    if not _COUNTY.fullmatch(county):
        raise ValueError(f"a county is six digits: {county!r}")
    return county
