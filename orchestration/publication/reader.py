"""Rows of the reading commands, from the current snapshot; fields and their order are interface.md's.

Light on purpose: duckdb and the standard library. Every function that takes a connection works on any database
with the schemas ``marts`` and ``evidence``: the published one, or the one that is about to be.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication.lake.place import place
from orchestration.publication.pointer import PartitionRecord, Snapshot, read_current
from orchestration.publication.refusals import Refusal, read_refusal, read_refusals
from orchestration.publication.sql import literal, partition_is

if TYPE_CHECKING:
    import duckdb

Row = dict[str, object]

VERDICTS = ("met", "not_met", "missing")
SEVERITIES = ("error", "missing", "query", "out_of_scope")

GAP_FIELDS = (
    *("indicator", "title", "test", "level", "subject_type", "subject_id", "subject_name", "item", "verdict"),
    *("observed", "required", "ratio", "shortfall", "shortfall_unit", "numerator", "denominator", "unit"),
    *("measure", "responsible_units", "deadline", "deadline_text", "note", "position", "provisional"),
)
VERDICT_FIELDS = (
    *("indicator", "title", "verdict", "sections_judged", "sections_short"),
    *("primary_mean", "primary_cv", "junior_mean", "junior_cv", "statement"),
    *("clause", "measure", "responsible_units", "deadline", "deadline_text", "provisional"),
)
METRIC_FIELDS = (
    *("kind", "school_code", "school_name", "level", "pupils", "classes", "indicator"),
    *("numerator", "denominator", "value", "mean", "standard_deviation", "cv", "sections"),
    *("unit", "verdict", "floor_verdict", "provisional"),
)
FAULT_FIELDS = (
    *("severity", "code", "file", "sheet", "cell", "field", "found", "expected", "message", "subject_id"),
    *("explanation", "explained_by"),
)
STATUS_FIELDS = (
    *("year", "county", "county_name", "loaded", "refused", "provisional", "standard", "fingerprint"),
    *("county_verdict", "gaps", "missing", "queries", "run_id", "loaded_at"),
    *("refused_run_id", "refused_at", "refused_errors"),
)


# What of them fits on a printed page.
VERDICT_PAPER = (
    *("indicator", "title", "verdict", "sections_judged", "sections_short"),
    *("primary_mean", "primary_cv", "junior_mean", "junior_cv", "statement"),
    *("measure", "responsible_units", "deadline_text"),
)
METRIC_PAPER = (
    *("kind", "level", "school_code", "school_name", "pupils", "classes", "indicator", "numerator"),
    *("denominator", "value", "mean", "standard_deviation", "cv", "sections", "unit", "verdict", "floor_verdict"),
)
FAULT_PAPER = (
    "severity",
    "file",
    "sheet",
    "cell",
    "field",
    "found",
    "expected",
    "message",
    "explanation",
    "explained_by",
)
STATUS_PAPER = (
    *("year", "county", "county_name", "loaded", "refused", "provisional", "standard", "county_verdict"),
    *("gaps", "missing", "queries", "loaded_at", "refused_at", "refused_errors", "fingerprint"),
)


class NotLoadedError(Exception):
    """Nothing is published for this year and county; ``refusal`` is the last attempt's, if it was refused."""

    def __init__(self, year: int, county: str, refusal: Refusal | None) -> None:
        super().__init__(f"nothing loaded for {year} {county}")
        self.year = year
        self.county = county
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Published:
    """One published partition, opened: its record, the snapshot it is in, a read-only connection."""

    record: PartitionRecord
    snapshot: Snapshot
    connection: duckdb.DuckDBPyConnection
    refusal: Refusal | None

    @property
    def year(self) -> int:
        """The statistics year."""
        return self.record.year

    @property
    def county(self) -> str:
        """The six-digit county code."""
        return self.record.county


@contextmanager
def open_partition(var: Path, year: int, county: str) -> Generator[Published]:
    """Open the current snapshot for one year and county. Raises NotLoadedError, PointerError, LakeError."""
    snapshot = current(var)
    record = snapshot.partition(year, county) if snapshot else None
    refusal = read_refusal(var, year, county, record)
    if snapshot is None or record is None:
        raise NotLoadedError(year, county, refusal)
    with opened(snapshot) as connection:
        yield Published(record, snapshot, connection, refusal)


def current(var: Path) -> Snapshot | None:
    """The newest published state: the shared warehouse's where one is set, else the working folder's.

    Raises PointerError, LakeError.
    """
    where = place()
    if where is None:
        return read_current(var)
    from orchestration.publication.lake import reading

    return reading.current(where)


@contextmanager
def opened(snapshot: Snapshot) -> Generator[duckdb.DuckDBPyConnection]:
    """A read-only connection to exactly this snapshot, wherever it is. Raises LakeError."""
    if snapshot.lake is None:
        with connect(snapshot.duckdb) as connection:
            yield connection
        return
    from orchestration.publication.lake import reading

    with reading.connect(snapshot.lake) as connection:
        yield connection


@contextmanager
def connect(database: Path) -> Generator[duckdb.DuckDBPyConnection]:
    """A read-only connection, closed at the end."""
    import duckdb

    connection = duckdb.connect(str(database), read_only=True)
    try:
        yield connection
    finally:
        connection.close()


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    """The query's rows as dicts of plain values: no Decimal, dates as ISO text, lists as lists."""
    cursor = connection.execute(query)
    names = [str(column[0]) for column in cursor.description or ()]
    return [{name: plain(value) for name, value in zip(names, row, strict=True)} for row in cursor.fetchall()]


def plain(value: object) -> object:
    """A value that JSON has a word for."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def gap_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """The gap list, in its official order."""
    return rows_of(
        connection,
        f"SELECT {', '.join(GAP_FIELDS)} FROM marts.gap_list WHERE {partition_is(year, county)} ORDER BY position",  # noqa: S608
    )


def verdict_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """One row an indicator, B1 … B31, C1, V."""
    return rows_of(
        connection,
        f"SELECT {', '.join(VERDICT_FIELDS)} FROM marts.verdicts WHERE {partition_is(year, county)} ORDER BY position",  # noqa: S608
    )


def task_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """The rows of ``verdict_rows`` with the counts of the gap list behind each: ``gaps`` and ``missing``."""
    return rows_of(
        connection,
        f"SELECT {', '.join(VERDICT_FIELDS)}, gaps, missing FROM marts.verdicts "  # noqa: S608
        f"WHERE {partition_is(year, county)} ORDER BY position",
    )


def group_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """The parts of the plan's Annex 2 and what each asks; none where an older version published the snapshot."""
    known = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'marts' AND table_name = 'form_groups'"
    if not rows_of(connection, known):
        return []
    return rows_of(
        connection,
        f"SELECT * FROM marts.form_groups WHERE {partition_is(year, county)} ORDER BY position",  # noqa: S608
    )


def county_summary(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> Row:
    """``county_name``, ``county_verdict``, ``school_verdicts`` and ``section_verdicts`` (counts by verdict),
    ``gaps`` and ``missing`` (rows of the gap list). Raises LookupError when the county has no row."""
    counts = ", ".join(f"{subject}_{verdict}" for subject in ("schools", "sections") for verdict in VERDICTS)
    found = rows_of(
        connection,
        f"SELECT county_name, county_verdict, gaps, missing, {counts} "  # noqa: S608
        f"FROM marts.counties WHERE {partition_is(year, county)}",
    )
    if not found:
        raise LookupError(f"marts.counties has no row of {year} {county}")
    row = found[0]
    return {
        "county_name": row["county_name"],
        "county_verdict": row["county_verdict"],
        "school_verdicts": {verdict: row[f"schools_{verdict}"] for verdict in VERDICTS},
        "section_verdicts": {verdict: row[f"sections_{verdict}"] for verdict in VERDICTS},
        "gaps": row["gaps"],
        "missing": row["missing"],
    }


def metric_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """Sections (each × B1–B7), then the county's balance (level × B1–B7); unrounded, in the standard's unit."""
    query = f"""
        SELECT {", ".join(METRIC_FIELDS)} FROM (
            SELECT 'section' AS kind, school_code, school_name, level, pupils, classes, indicator,
                numerator, denominator, value, verdict, floor_verdict, provisional
            FROM marts.section_metrics WHERE {partition_is(year, county)}
            UNION ALL BY NAME
            SELECT 'balance' AS kind, level, indicator, numerator, denominator, mean, standard_deviation, cv,
                sections, verdict, provisional
            FROM marts.county_balance WHERE {partition_is(year, county)}
        )
        LEFT JOIN (
            SELECT indicator, level, any_value(unit) AS unit FROM evidence.standards
            WHERE {partition_is(year, county)} AND test = 'standard' GROUP BY ALL
        ) USING (indicator, level)
        ORDER BY kind DESC, level = 'junior', school_code, try_cast(substr(indicator, 2) AS INTEGER)
    """  # noqa: S608
    return rows_of(connection, query)


def fault_rows(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Row]:
    """What the published load warned of or left out, gravest first, then by place."""
    columns = available(connection, "evidence", "faults", FAULT_FIELDS)
    rows = rows_of(connection, f"SELECT {columns} FROM evidence.faults WHERE {partition_is(year, county)}")  # noqa: S608
    return in_order(rows)


def available(connection: duckdb.DuckDBPyConnection, schema: str, table: str, fields: Sequence[str]) -> str:
    """The fields as a select list; those that the version which published the table did not know are null."""
    known = rows_of(
        connection,
        "SELECT column_name FROM duckdb_columns() "  # noqa: S608
        f"WHERE schema_name = {literal(schema)} AND table_name = {literal(table)}",
    )
    names = {row["column_name"] for row in known}
    return ", ".join(name if name in names else f"NULL AS {name}" for name in fields)


def in_order(faults: Sequence[Row]) -> list[Row]:
    """Faults gravest first, then by file, sheet and cell; every row with all the fields."""

    def key(row: Row) -> tuple[object, ...]:
        severity = str(row["severity"])
        cell = str(row["cell"] or "")
        column = cell.rstrip("0123456789")
        number = cell[len(column) :]
        return (
            SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES),
            *(str(row[name] or "") for name in ("file", "sheet")),
            int(number or 0),
            (len(column), column),
            *(str(row[name] or "") for name in ("code", "field", "message")),
        )

    return sorted(({name: plain(row.get(name)) for name in FAULT_FIELDS} for row in faults), key=key)


def status_rows(var: Path) -> list[Row]:
    """Every partition that was ever loaded or refused."""
    snapshot = current(var)
    records = snapshot.partitions if snapshot else ()
    refusals = {refusal.key: refusal for refusal in read_refusals(var, records)}
    counties: dict[object, Row] = {}
    queries: dict[object, object] = {}
    if snapshot is not None:
        with opened(snapshot) as connection:
            for row in rows_of(connection, "SELECT year, county, county_verdict, gaps, missing FROM marts.counties"):
                counties[row["year"], row["county"]] = row
            open_ones = available(connection, "evidence", "faults", ("year", "county", "severity", "explanation"))
            for row in rows_of(
                connection,
                f"SELECT year, county, count(*) AS queries FROM (SELECT {open_ones} FROM evidence.faults) "  # noqa: S608
                "WHERE severity = 'query' AND explanation IS NULL GROUP BY ALL",
            ):
                queries[row["year"], row["county"]] = row["queries"]
    loaded = {record.key: record for record in records}
    return [
        _status_row(key, loaded.get(key), refusals.get(key), counties.get(key, {}), queries.get(key, 0))
        for key in sorted({*loaded, *refusals})
    ]


def _status_row(
    key: tuple[int, str], record: PartitionRecord | None, refusal: Refusal | None, county: Row, queries: object
) -> Row:
    values: Row = {
        "year": key[0],
        "county": key[1],
        "county_name": record.county_name if record else refusal.county_name if refusal else None,
        "loaded": record is not None,
        "refused": refusal is not None,
        "provisional": record.provisional if record else None,
        "standard": record.standard if record else refusal.standard if refusal else None,
        "fingerprint": record.fingerprint if record else None,
        "county_verdict": county.get("county_verdict"),
        "gaps": county.get("gaps"),
        "missing": county.get("missing"),
        "queries": queries if record else None,
        "run_id": record.run_id if record else None,
        "loaded_at": record.loaded_at if record else None,
        "refused_run_id": refusal.run_id if refusal else None,
        "refused_at": refusal.at if refusal else None,
        "refused_errors": (sum(1 for fault in refusal.faults if fault.get("severity") == "error") if refusal else None),
    }
    return {name: values[name] for name in STATUS_FIELDS}
