"""Everything the pages of one year and county say, read once from the published database and sorted by what asks it.

Nothing is computed here: rows are looked up, filtered and grouped. Works on any connection with the schemas
``marts`` and ``evidence`` of a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from orchestration.publication import reader, tracing
from orchestration.publication.changes import change_rows
from orchestration.publication.figures import Figure
from orchestration.publication.reader import Row, rows_of
from orchestration.publication.sql import partition_is
from orchestration.publication.wording import INDICATORS, SECTION_INDICATORS
from orchestration.site.near import NEAR_COEFFICIENT, NEAR_SHARE

if TYPE_CHECKING:
    import duckdb

# What a figure is of: indicator, level, item.
FigureKey = tuple[str, str | None, str | None]
LEVELS = ("primary", "junior")
# Tests that a section's value of B1–B7 is put to.
VALUE_TESTS = ("standard", "floor")

_JUDGED = """
    SELECT j.* EXCLUDE (year, county, provisional), t.strict, t.description
    FROM (FROM marts.test_results WHERE {here}) AS j
    LEFT JOIN (FROM evidence.standards WHERE {here}) AS t USING (test_id)
    ORDER BY j.position, list_position(['primary', 'junior'], j.level) NULLS LAST, j.item NULLS FIRST,
        list_position(['standard', 'floor', 'balance', 'rule', 'detail'], j.test), j.subject_type = 'county' DESC,
        j.subject_id, j.test_id
"""
_NEAR = f"""
    SELECT * FROM ({_JUDGED}) WHERE
        (test IN ('standard', 'floor') AND abs(ratio - 1) <= {NEAR_SHARE})
        OR (test = 'balance' AND abs(observed - required) < {NEAR_COEFFICIENT})
"""  # noqa: S608
_METRICS = """
    SELECT m.* EXCLUDE (year, county, provisional), s.town
    FROM (FROM marts.section_metrics WHERE {here}) AS m
    LEFT JOIN (SELECT school_code, town FROM marts.schools WHERE {here}) AS s USING (school_code)
    ORDER BY list_position(['primary', 'junior'], m.level), m.school_code, m.indicator
"""
_GAPS = """
    SELECT g.*, s.town FROM ({gaps}) AS g
    LEFT JOIN (SELECT school_code, town FROM marts.schools WHERE {here}) AS s ON s.school_code = g.subject_id
    ORDER BY g.position
"""
_TESTS = """
    SELECT * EXCLUDE (year, county) FROM evidence.standards WHERE {here}
    ORDER BY position, list_position(['primary', 'junior'], level) NULLS LAST,
        list_position(['standard', 'floor', 'balance', 'rule', 'detail'], test), item NULLS FIRST, test_id
"""


@dataclass(frozen=True)
class Facts:
    """One partition's published rows. ``year`` is the statistics year, ``county`` the six-digit code."""

    year: int
    county: str
    summary: Row
    verdicts: list[Row]
    gaps: list[Row]
    schools: list[Row]
    sections: list[Row]
    metrics: list[Row]
    balance: list[Row]
    county_metrics: list[Row]
    judged: list[Row]
    near: list[Row]
    tests: list[Row]
    parameters: list[Row]
    faults: list[Row]
    changes: list[Row]
    received: list[Row]
    figures: dict[str, dict[FigureKey, Figure]] = field(default_factory=lambda: {})

    @cached_property
    def titles(self) -> dict[str, str]:
        """Indicator → short title."""
        return {str(row["indicator"]): str(row["title"] or "") for row in self.verdicts}

    @cached_property
    def school_names(self) -> dict[str, str]:
        """School code → name."""
        return {str(row["school_code"]): str(row["school_name"] or "") for row in self.schools}

    @cached_property
    def towns(self) -> dict[str, str]:
        """School code → town."""
        return {str(row["school_code"]): str(row["town"] or "") for row in self.schools}

    @cached_property
    def gaps_of(self) -> dict[str, list[Row]]:
        """School or county code → its gaps in official order."""
        return grouped(self.gaps, "subject_id")

    @cached_property
    def gaps_by_indicator(self) -> dict[str, list[Row]]:
        """Indicator → its gaps."""
        return grouped(self.gaps, "indicator")

    @cached_property
    def judged_of(self) -> dict[str, list[Row]]:
        """School or county code → every test it was put to."""
        return grouped(self.judged, "subject_id")

    @cached_property
    def judged_by_indicator(self) -> dict[str, list[Row]]:
        """Indicator → every test made for it."""
        return grouped(self.judged, "indicator")

    @cached_property
    def value_tests(self) -> dict[tuple[str, str, str, str], Row]:
        """(school, level, indicator, test) → the test of a section's value against standard or floor."""
        return {
            (str(row["subject_id"]), str(row["level"]), str(row["indicator"]), str(row["test"])): row
            for row in self.judged
            if row["test"] in VALUE_TESTS
        }

    @cached_property
    def metrics_of(self) -> dict[str, list[Row]]:
        """School code → its B1–B7 values."""
        return grouped(self.metrics, "school_code")

    @cached_property
    def metrics_by_indicator(self) -> dict[str, list[Row]]:
        """Indicator → every section's value."""
        return grouped(self.metrics, "indicator")

    @cached_property
    def sections_of(self) -> dict[str, list[Row]]:
        """School code → its sections."""
        return grouped(self.sections, "school_code")

    @cached_property
    def tests_of(self) -> dict[str, list[Row]]:
        """Indicator → the tests that the standard makes for it."""
        return grouped(self.tests, "indicator")

    @cached_property
    def limits(self) -> dict[tuple[str, str, str], Row]:
        """(indicator, level, test) → the test, for those of B1–B7."""
        return {
            (str(row["indicator"]), str(row["level"]), str(row["test"])): row
            for row in self.tests
            if row["indicator"] in SECTION_INDICATORS
        }

    @cached_property
    def files_of(self) -> dict[str, list[Row]]:
        """School code → the files received of it."""
        return grouped((row for row in self.received if row["school_code"]), "school_code")

    @cached_property
    def digests(self) -> dict[str, str]:
        """File → sha256 as read."""
        return {str(row["file"]): str(row["sha256"] or "") for row in self.received}

    @cached_property
    def faults_of(self) -> dict[str, list[Row]]:
        """School code → what was asked or noted of its figures or in its files."""
        owner = {str(row["file"]): str(row["school_code"]) for row in self.received if row["school_code"]}
        found: dict[str, list[Row]] = {}
        for row in self.faults:
            subject = row["subject_id"] if row["subject_id"] in self.school_names else owner.get(str(row["file"]))
            if subject:
                found.setdefault(str(subject), []).append(row)
        return found

    @property
    def open_queries(self) -> list[Row]:
        """Queries that nobody has explained."""
        return [row for row in self.faults if row["severity"] == "query" and not row["explanation"]]

    def gap_keys(self, subject: str) -> set[FigureKey]:
        """The figures of a subject that stand on the gap list."""
        return {figure_key(row) for row in self.gaps_of.get(subject, [])}


def read_facts(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> Facts:
    """Read all of a partition. Raises LookupError where it is not published."""
    here = partition_is(year, county)
    summary = reader.county_summary(connection, year, county)

    def rows(query: str) -> list[Row]:
        return rows_of(connection, query.format(here=here))

    gap_columns = f"SELECT {', '.join(reader.GAP_FIELDS)} FROM marts.gap_list WHERE {here}"  # noqa: S608
    traces = [*tracing.trace_schools(connection, year, county), *tracing.trace_county(connection, year, county)]
    figures: dict[str, dict[FigureKey, Figure]] = {}
    for trace in traces:
        of_subject = figures.setdefault(trace.subject.id, {})
        for figure in trace.figures:
            of_subject[trace.indicator, figure.level, figure.item] = figure
    return Facts(
        year,
        county,
        summary,
        reader.verdict_rows(connection, year, county),
        rows(_GAPS.replace("{gaps}", gap_columns)),
        rows("SELECT * EXCLUDE (year, county, provisional) FROM marts.schools WHERE {here} ORDER BY school_code"),
        rows(
            "SELECT * EXCLUDE (year, county, provisional) FROM marts.sections WHERE {here} "
            "ORDER BY school_code, list_position(['primary', 'junior'], level)"
        ),
        rows(_METRICS),
        rows(
            "SELECT * EXCLUDE (year, county, provisional) FROM marts.county_balance WHERE {here} "
            "ORDER BY list_position(['primary', 'junior'], level), indicator"
        ),
        rows(
            "SELECT * EXCLUDE (year, county, provisional) FROM marts.county_metrics WHERE {here} "
            "ORDER BY indicator, verdict IS NULL, denominator IS NULL, item, "
            "list_position(['primary', 'junior'], level)"
        ),
        rows(_JUDGED),
        rows(_NEAR),
        rows(_TESTS),
        rows("SELECT * EXCLUDE (year, county) FROM evidence.standard_parameters WHERE {here} ORDER BY ALL"),
        reader.fault_rows(connection, year, county),
        change_rows(connection, year, county),
        rows("SELECT file, sha256, edition, school_code FROM evidence.received WHERE {here} ORDER BY file"),
        figures,
    )


def grouped(rows: Iterable[Row], name: str) -> dict[str, list[Row]]:
    """Rows by the value of a column, in order."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(str(row[name]), []).append(row)
    return found


def figure_key(row: Row) -> FigureKey:
    """The figure that a gap or a judged row speaks of."""
    level, item = row.get("level"), row.get("item")
    return str(row["indicator"]), str(level) if level else None, str(item) if item else None


def in_order(keys: Iterable[FigureKey]) -> list[FigureKey]:
    """Figures by indicator, level and item."""
    return sorted(
        keys,
        key=lambda key: (
            INDICATORS.index(key[0]) if key[0] in INDICATORS else len(INDICATORS),
            LEVELS.index(key[1]) if key[1] in LEVELS else len(LEVELS),
            key[2] or "",
        ),
    )
