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

from orchestration.publication import declared, durable
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
    with _attached(warehouse(var), "warehouse") as connection:
        tables = _tables(connection)
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
                _copy(connection, query, file.under(parquet), descriptions.get(("evidence", table), {}))
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


def build_database(
    model: Path, database: Path, parquet: Path, files: Sequence[PartitionFile], *, keep_empty: bool = False
) -> None:
    """Build the snapshot's DuckDB file from the Parquet files: tables, views over them, comments on all of it.

    ``model`` is the database whose comments are carried over (the warehouse, or the snapshot before); where it has
    none, the declarations speak. With ``keep_empty`` a table of the model that no file is of stays, without rows.
    """
    by_table: dict[tuple[str, str], list[PartitionFile]] = {}
    for file in sorted(files, key=lambda item: (item.schema, item.table, item.year, item.county)):
        by_table.setdefault((file.schema, file.table), []).append(file)
    with _attached(model, "warehouse") as connection:
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
        if keep_empty:
            for schema, table in sorted(set(_tables(connection)) - set(by_table)):
                name = f"{identifier(schema)}.{identifier(table)}"
                connection.execute(f"CREATE TABLE snapshot.{name} AS SELECT * FROM warehouse.{name} LIMIT 0")  # noqa: S608
        _create_views(connection)
        connection.execute(";\n".join(_comments(connection)))
        connection.execute("COMMIT")
        connection.execute("DETACH snapshot")


def _create_views(connection: duckdb.DuckDBPyConnection) -> None:
    """The views of all partitions together, e.g. of cities and provinces; names in them are the snapshot's."""
    connection.execute("USE snapshot")
    for (schema, name), table in declared.tables().items():
        if table.view:
            query = declared.view_file(name).read_text(encoding="utf-8")
            connection.execute(f"CREATE VIEW {identifier(schema)}.{identifier(name)} AS {query}")
    connection.execute("USE memory")


def warehouse(var: Path) -> Path:
    """The database that the load in hand has built."""
    return var / "warehouse.duckdb"


@contextmanager
def _attached(path: Path, name: str) -> Generator[duckdb.DuckDBPyConnection]:
    import duckdb

    if not path.exists():
        raise ExportError(f"{path} is not there: nothing was built")
    connection = duckdb.connect()
    try:
        connection.execute(f"ATTACH {literal(path)} AS {name} (READ_ONLY)")
        yield connection
    finally:
        connection.close()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table and view of the model's two schemas that knows year and county."""
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
    verdicts = sorted((var / "verdicts").rglob("*.parquet"))
    if not verdicts:
        raise ExportError(f"{var / 'verdicts'} has no verdicts: {partition.year} {partition.county} was not judged")
    yield (
        "verdict_rows",
        f"SELECT * FROM read_parquet([{', '.join(map(literal, verdicts))}], hive_partitioning = false) "  # noqa: S608
        f"WHERE {partition_is(partition.year, partition.county)}",
    )
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
    """Schema and table → column → what the model says of it, else what is declared."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for schema, table, column, comment in declared.comments():
        if column is not None:
            found.setdefault((schema, table), {})[column] = comment
    for schema, table, column, comment in connection.execute(
        """
        SELECT schema_name, table_name, column_name, comment FROM duckdb_columns()
        WHERE database_name = 'warehouse' AND comment IS NOT NULL
        ORDER BY schema_name, table_name, column_index
        """
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
        elif database == "warehouse" and comment is not None:
            says.setdefault((str(schema), str(name)), str(comment))
    statements = [
        f"COMMENT ON {kind} snapshot.{identifier(schema)}.{identifier(name)} IS {literal(says[schema, name])}"
        for (schema, name), kind in kinds.items()
        if (schema, name) in says
    ]
    descriptions = _descriptions(connection)
    for schema, table, column in connection.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns() WHERE database_name = 'snapshot' "
        "ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        comment = descriptions.get((schema, table), {}).get(column)
        if comment is not None:
            relation = f"snapshot.{identifier(schema)}.{identifier(table)}"
            statements.append(f"COMMENT ON COLUMN {relation}.{identifier(column)} IS {literal(comment)}")
    return statements


def _partition_path(year: int, county: str) -> Path:
    return Path(f"year={int(year)}") / f"county={_checked_county(county)}"


def _checked_county(county: str) -> str:
    if not _COUNTY.fullmatch(county):
        raise ValueError(f"a county is six digits: {county!r}")
    return county
