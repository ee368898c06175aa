"""From the warehouse and the landed files to a snapshot's Parquet files.

Every loaded partition gets one file a table, sorted by fixed keys, so that the same returns give the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import durable
from orchestration.publication.database import MODEL, SCHEMAS, ExportError, attached, descriptions
from orchestration.publication.pointer import PublishedPartition
from orchestration.publication.sql import identifier, literal, partition_is

if TYPE_CHECKING:
    import duckdb

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
    with attached(warehouse(var)) as connection:
        tables = _tables(connection)
        says = descriptions(connection)
        missing = REQUIRED_TABLES - set(tables)
        if missing:
            raise ExportError(f"warehouse.duckdb lacks {sorted(missing)}")
        for partition in partitions:
            year, county = int(partition.year), _checked_county(partition.county)
            key = partition_is(year, county)
            for table in ("counties", "verdicts"):
                count = connection.execute(f"SELECT count(*) FROM {MODEL}.marts.{table} WHERE {key}").fetchone()  # noqa: S608
                if count is None or count[0] == 0:
                    raise ExportError(f"marts.{table} has no row of {year} {county}")
            for schema, table in tables:
                file = PartitionFile(schema, table, year, county)
                query = f"SELECT * FROM {MODEL}.{identifier(schema)}.{identifier(table)} WHERE {key}"  # noqa: S608
                copy_sorted(connection, query, file.under(parquet), says.get((schema, table), {}))
                files.append(file)
            for table, query in _landed(var, partition):
                if ("evidence", table) in tables:  # the warehouse's own, fuller table
                    continue
                file = PartitionFile("evidence", table, year, county)
                copy_sorted(connection, query, file.under(parquet), says.get(("evidence", table), {}))
                files.append(file)
    return files


def link_partitions(
    source: Path, parquet: Path, keys: Iterable[tuple[int, str]], today: Sequence[PartitionFile] = ()
) -> list[PartitionFile]:
    """Give the files of partitions that were not loaded a second name in the new snapshot.

    ``today`` are the new snapshot's own files, already there. One table has one schema: a file of an earlier version is
    written anew with today's columns instead, and a column that only the earlier version had is added to today's files.
    Raises ExportError where an old value does not fit today's type.
    """
    from orchestration.publication.fitting import Fitting

    files: list[PartitionFile] = []
    tables = [path for schema in SCHEMAS for path in sorted((source / schema).glob("*"))]
    with Fitting(source, parquet, today) as fitting:
        for year, county in keys:
            for table in tables:
                file = PartitionFile(table.parent.name, table.name, year, county)
                if file.under(source).exists():
                    target = file.under(parquet)
                    target.parent.mkdir(parents=True)
                    if fitting.fits(file):
                        durable.link_or_copy(file.under(source), target)
                    else:
                        fitting.write(file, file.under(source))
                    files.append(file)
        if files:
            fitting.widen(today)
    return files


def warehouse(var: Path) -> Path:
    """The database that the load in hand has built."""
    return var / "warehouse.duckdb"


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Schema and name of every table and view of the model's two schemas that knows year and county."""
    rows = connection.execute(
        f"""
        SELECT schema_name, table_name FROM duckdb_columns()
        WHERE database_name = {literal(MODEL)} AND schema_name IN ('marts', 'evidence')
        GROUP BY ALL HAVING count(*) FILTER (column_name IN ('year', 'county')) = 2
        ORDER BY ALL
        """  # noqa: S608
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


def copy_sorted(connection: duckdb.DuckDBPyConnection, query: str, path: Path, descriptions: Mapping[str, str]) -> None:
    """Write the query's rows as one Parquet file, in the one order there is for them."""
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


def _partition_path(year: int, county: str) -> Path:
    return Path(f"year={int(year)}") / f"county={_checked_county(county)}"


def _checked_county(county: str) -> str:
    if not _COUNTY.fullmatch(county):
        raise ValueError(f"a county is six digits: {county!r}")
    return county
