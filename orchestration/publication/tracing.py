"""``trace``: from a published figure to its numerator and denominator, their addends, and the cells behind them.

Cells come from reading the returns; here they are only joined. Light: duckdb and the standard library.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.publication.figures import Subject, Trace, text_or_none, trace_of
from orchestration.publication.reader import Row, available, rows_of
from orchestration.publication.sql import literal, partition_is
from orchestration.publication.wording import INDICATORS, SECTION_INDICATORS

if TYPE_CHECKING:
    import duckdb

# What of them fits on a printed page.
TRACE_PAPER = (
    *("role", "level", "item", "label", "value", "weight", "weight_text", "contribution"),
    *("file", "sheet", "cell", "as_written", "correction", "explanation", "sha256"),
)


class SubjectError(Exception):
    """No such subject, or several; ``candidates`` are (code, name) pairs that may have been meant."""

    def __init__(self, message: str, candidates: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class FigureError(Exception):
    """The subject has no such figure; ``indicators`` are those it has."""

    def __init__(self, message: str, indicators: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.indicators = tuple(indicators)


def find_subject(
    connection: duckdb.DuckDBPyConnection, year: int, county: str, county_name: str | None, wanted: str
) -> Subject:
    """The subject meant by a code or a name (a part of a school's name will do if only one has it).

    Raises SubjectError with candidates.
    """
    wanted = wanted.strip()
    if wanted in {county, county_name}:
        return Subject(county, county_name)
    schools = [
        (str(row["school_code"]), str(row["school_name"] or ""))
        for row in rows_of(
            connection,
            f"SELECT school_code, school_name FROM marts.schools WHERE {partition_is(year, county)} "  # noqa: S608
            "ORDER BY school_code",
        )
    ]
    exact = [school for school in schools if wanted in school]
    found = exact or [school for school in schools if wanted and wanted in school[1]]
    if len(found) == 1:
        return Subject(*found[0])
    if found:
        raise SubjectError(f"“{wanted}”对应 {len(found)} 所学校，请写明标识码或全名", found)
    near = [school for school in schools if wanted.isdecimal() and wanted.lstrip("0") in school[0]]
    raise SubjectError(f"{year} 年 {county} 没有“{wanted}”这所学校", near)


def trace(
    connection: duckdb.DuckDBPyConnection,
    year: int,
    county: str,
    indicator: str,
    subject: Subject,
    *,
    level: str | None = None,
    item: str | None = None,
) -> Trace:
    """Follow every figure of the indicator and subject to its cells. Raises FigureError when there is none."""
    wanted = _Wanted(year, county, indicator, subject)
    addends = _addends(connection, wanted)
    chosen = [row for row in addends if level in {None, row["level"]} and item in {None, row["item"]}]
    if not chosen:
        raise _no_figure(connection, wanted, addends, level, item)
    return trace_of(indicator, subject, chosen, _published(connection, wanted))


def trace_schools(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Trace]:
    """Follow every figure of every school, as `trace` does one by one: by school, then indicator."""
    return _traces(connection, _Wanted(year, county, None, None, "subject_type <> 'county'"))


def trace_county(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[Trace]:
    """Follow every figure of the county itself but the means and coefficients of B1–B7, which rest on the sections'."""
    resting = ", ".join(literal(indicator) for indicator in SECTION_INDICATORS)
    return _traces(
        connection,
        _Wanted(year, county, None, None, f"subject_type = 'county' AND indicator NOT IN ({resting})"),
    )


def _traces(connection: duckdb.DuckDBPyConnection, wanted: _Wanted) -> list[Trace]:
    names = {
        row["school_code"]: row["school_name"]
        for row in rows_of(
            connection,
            f"SELECT school_code, school_name FROM marts.schools WHERE {partition_is(wanted.year, wanted.county)}",  # noqa: S608
        )
    }
    by_figure: dict[tuple[str, str], list[Row]] = {}
    for row in _addends(connection, wanted):
        by_figure.setdefault((str(row["subject_id"]), str(row["indicator"])), []).append(row)
    of_county = _by_subject(rows_of(connection, wanted.into(_COUNTY)))
    of_schools = _by_subject(rows_of(connection, wanted.into(_SCHOOL)))
    traces: list[Trace] = []
    for (subject_id, indicator), rows in sorted(by_figure.items(), key=lambda one: (one[0][0], _ordinal(one[0][1]))):
        subject = Subject(subject_id, text_or_none(names.get(subject_id)))
        if subject.is_county:
            published = of_county.get((indicator, None), [])
        else:
            published = of_schools.get((indicator, subject_id), []) + of_schools.get((indicator, None), [])
        traces.append(trace_of(indicator, subject, rows, published))
    return traces


def _by_subject(published: Sequence[Row]) -> dict[tuple[str, str | None], list[Row]]:
    """What the marts publish, by indicator and school; what is every school's (units) under None."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    for row in published:
        found.setdefault((str(row["indicator"]), text_or_none(row.get("school_code"))), []).append(row)
    return found


def _ordinal(indicator: str) -> int:
    return INDICATORS.index(indicator) if indicator in INDICATORS else len(INDICATORS)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is traced, as the conditions of a query."""

    year: int
    county: str
    indicator: str | None  # every indicator
    subject: Subject | None  # every subject
    addends: str = "true"  # which addends besides

    def into(self, query: str, cells: str = "") -> str:
        """The query with its named places filled in; ``cells`` are the columns of cells that may not be there."""
        return query.format(
            cells=cells,
            partition=partition_is(self.year, self.county),
            indicator="true" if self.indicator is None else f"indicator = {literal(self.indicator)}",
            subject="true" if self.subject is None else f"subject_id = {literal(self.subject.id)}",
            school="true" if self.subject is None else f"school_code = {literal(self.subject.id)}",
            addends=self.addends,
        )


_ADDENDS = """
    SELECT a.indicator, a.subject_id, a.part, a.level, a.item, a.label, a.weight, a.weight_text,
        CASE WHEN c.cell IS NULL THEN a.value ELSE c.value END AS value,
        c.file, c.sha256, c.sheet, c.cell, c.as_written, c.state,
        s.school_code, s.school_name, a.record, a.record_id, a.record_level, a.field, c.correction, c.explanation,
        a.value AS addend_value, a.position AS addend_position
    FROM (
        FROM evidence.figure_addends WHERE {partition} AND {indicator} AND {subject} AND {addends}
    ) AS a
    LEFT JOIN (
        SELECT year, county, record, record_id, level, field, {cells}, value, file, sha256, sheet, cell, as_written,
            state
        FROM evidence.cells
    ) AS c
        ON c.year = a.year AND c.county = a.county AND c.record = a.record AND c.record_id = a.record_id
        AND c.level IS NOT DISTINCT FROM a.record_level AND c.field = a.field
    LEFT JOIN marts.schools AS s
        ON s.year = a.year AND s.county = a.county AND s.school_code = a.record_id
    ORDER BY list_position(['primary', 'junior'], a.level) NULLS LAST, a.item NULLS FIRST,
        list_position(['numerator', 'denominator'], a.part) NULLS LAST, a.part, s.school_code NULLS LAST, a.position,
        a.record_id, a.record_level DESC, a.label, a.field, c.file, c.sheet,
        try_cast(regexp_extract(c.cell, '[0-9]+') AS INTEGER), length(c.cell), c.cell
"""


# The unit of a B1–B7 value is its standard's.
_UNIT = """(
    SELECT any_value(t.unit) FROM evidence.standards AS t
    WHERE t.year = f.year AND t.county = f.county AND t.indicator = f.indicator AND t.test = 'standard'
) AS unit"""
_BALANCE = f"""
    SELECT level, NULL AS item, numerator, denominator, mean AS value, cv, NULL AS text, {_UNIT}
    FROM marts.county_balance AS f WHERE {{partition}} AND {{indicator}}
"""  # noqa: S608
_COUNTY = """
    SELECT f.indicator, f.level, f.item, f.numerator, f.denominator, f.value, f.unit, f.text, NULL AS cv, t.tested_in
    FROM (FROM marts.county_metrics WHERE {partition} AND {indicator}) AS f
    LEFT JOIN (
        SELECT indicator, item, level, any_value(unit) AS tested_in FROM evidence.standards
        WHERE {partition} AND {indicator} AND subject_type = 'county' AND test = 'rule' GROUP BY ALL
    ) AS t ON t.indicator = f.indicator AND t.item IS NOT DISTINCT FROM f.item AND t.level IS NOT DISTINCT FROM f.level
"""
_SCHOOL = f"""
    SELECT indicator, school_code, level, NULL AS item, numerator, denominator, value, NULL AS text, NULL AS cv, {_UNIT}
    FROM marts.section_metrics AS f
    WHERE {{partition}} AND {{indicator}} AND {{school}}
    UNION ALL BY NAME
    SELECT DISTINCT indicator, level, item, unit FROM evidence.standards
    WHERE {{partition}} AND {{indicator}}
        AND subject_type IN ('section', 'school') AND test IN ('rule', 'detail')
"""  # noqa: S608
_INDICATORS = """
    SELECT DISTINCT indicator, left(indicator, 1) AS kind, try_cast(substr(indicator, 2) AS INTEGER) AS number
    FROM evidence.figure_addends WHERE {partition} AND {subject}
    ORDER BY kind, number
"""


def _addends(connection: duckdb.DuckDBPyConnection, wanted: _Wanted) -> list[Row]:
    cells = available(connection, "evidence", "cells", ("correction", "explanation"))
    return rows_of(connection, wanted.into(_ADDENDS, cells))


def _published(connection: duckdb.DuckDBPyConnection, wanted: _Wanted) -> list[Row]:
    """What the marts publish of one indicator and subject: level, item, numerator, denominator, value, unit, …"""
    county_query = _BALANCE if wanted.indicator in SECTION_INDICATORS else _COUNTY
    of_county = wanted.subject is not None and wanted.subject.is_county
    return rows_of(connection, wanted.into(county_query if of_county else _SCHOOL))


def _no_figure(
    connection: duckdb.DuckDBPyConnection,
    wanted: _Wanted,
    addends: Sequence[Row],
    level: str | None,
    item: str | None,
) -> FigureError:
    named = wanted.subject and (wanted.subject.name or wanted.subject.id)
    figure = f"{named} 的 {wanted.indicator}"
    if addends:
        there = dict.fromkeys((text_or_none(row["level"]), text_or_none(row["item"])) for row in addends)
        asked = "、".join(part for part in (level and f"学段 {level}", item and f"项目 {item}") if part)
        listed = "；".join(" ".join(part for part in key if part) or "不分学段和项目" for key in there)
        return FigureError(f"{figure} 没有{asked}；有：{listed}")
    found = rows_of(connection, wanted.into(_INDICATORS))
    return FigureError(f"没有 {figure}", [str(row["indicator"]) for row in found])
