"""``trace``: from a published figure to its numerator and denominator, their addends, and the cells behind them.

Cells come from reading the returns; here they are only joined. Light: duckdb and the standard library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orchestration.publication.reader import Row, available, rows_of
from orchestration.publication.sql import literal, partition_is
from orchestration.publication.wording import INDICATORS, RATIO_UNIT

if TYPE_CHECKING:
    import duckdb

TRACE_FIELDS = (
    *("role", "part", "level", "item", "label", "value", "weight", "weight_text", "contribution"),
    *("file", "sha256", "sheet", "cell", "as_written", "state", "school_code", "school_name"),
    *("record", "record_id", "record_level", "field", "correction", "explanation"),
)
# What of them fits on a printed page.
TRACE_PAPER = (
    *("role", "level", "item", "label", "value", "weight", "weight_text", "contribution"),
    *("file", "sheet", "cell", "as_written", "correction", "explanation", "sha256"),
)
# Records whose addends count one each; their value is only shown.
_COUNTED = "room"
_ADDEND_KEY = ("record", "record_id", "record_level", "field", "addend_position", "weight")
SECTION_INDICATORS = tuple(f"B{number}" for number in range(1, 8))


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


@dataclass(frozen=True, slots=True)
class Subject:
    """A school (10-digit code) or the county (6-digit code)."""

    id: str
    name: str | None

    @property
    def is_county(self) -> bool:
        """Whether it is the county itself."""
        return len(self.id) == 6


@dataclass(frozen=True, slots=True)
class Figure:
    """One traced figure. ``value`` is the published one (per 100 pupils, ㎡/生, ratio …; null where missing);
    ``numerator`` and ``denominator`` likewise; ``rows`` have TRACE_FIELDS."""

    level: str | None
    item: str | None
    value: float | None
    unit: str | None
    text: str | None
    cv: float | None
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trace:
    """All figures of one indicator and subject; ``disagreements`` name those whose addends do not add up to
    what was published, which must never happen."""

    indicator: str
    subject: Subject
    figures: list[Figure]
    disagreements: list[str]

    @property
    def rows(self) -> list[Row]:
        """The rows of all figures, in order."""
        return [row for figure in self.figures for row in figure.rows]


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
    return _trace_of(indicator, subject, chosen, _published(connection, wanted))


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
        subject = Subject(subject_id, _word(names.get(subject_id)))
        if subject.is_county:
            published = of_county.get((indicator, None), [])
        else:
            published = of_schools.get((indicator, subject_id), []) + of_schools.get((indicator, None), [])
        traces.append(_trace_of(indicator, subject, rows, published))
    return traces


def _by_subject(published: Sequence[Row]) -> dict[tuple[str, str | None], list[Row]]:
    """What the marts publish, by indicator and school; what is every school's (units) under None."""
    found: dict[tuple[str, str | None], list[Row]] = {}
    for row in published:
        found.setdefault((str(row["indicator"]), _word(row.get("school_code"))), []).append(row)
    return found


def _ordinal(indicator: str) -> int:
    return INDICATORS.index(indicator) if indicator in INDICATORS else len(INDICATORS)


def _trace_of(indicator: str, subject: Subject, chosen: Sequence[Row], published: Sequence[Row]) -> Trace:
    """The figures that these addends, in order, make; ``published`` is what the marts say of them."""
    figures: list[Figure] = []
    disagreements: list[str] = []
    for figure_key in dict.fromkeys((row["level"], row["item"]) for row in chosen):
        parts: dict[str, list[Row]] = {}
        for row in chosen:
            if (row["level"], row["item"]) == figure_key:
                parts.setdefault("conclusion" if row["field"] == "text" else str(row["part"]), []).append(row)
        rows = [_row(cell, "conclusion") for cell in parts.pop("conclusion", [])]
        sums = {part: _sum(cells) for part, cells in parts.items()}
        known = _known(published, figure_key, sums)
        for part, cells in parts.items():
            rows += [_total(part, cells, known, sums[part]), *(_row(cell, "addend") for cell in cells)]
            if not _agree(sums[part], known.get(part)):
                disagreements.append(" ".join(str(word) for word in (indicator, *figure_key, part) if word))
        value, cv = known.get("value"), known.get("cv")
        if value is None and not subject.is_county:
            value = _school_value(known, rows)
        figures.append(
            Figure(
                level=_word(figure_key[0]),
                item=_word(figure_key[1]),
                value=value if isinstance(value, float) else None,
                unit=_word(known.get("unit")),
                text=_word(known.get("text")) or _conclusion(rows),
                cv=cv if isinstance(cv, float) else None,
                rows=rows,
            )
        )
    return Trace(indicator, subject, figures, disagreements)


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


def _known(published: Sequence[Row], figure_key: tuple[object, object], sums: Mapping[str, float | None]) -> Row:
    """The published row of a figure; empty where there is none.

    A county's ratio may be published under the ratio's name while its test bears the name of the item that is
    tested: then it is the row made of the same two numbers.
    """
    level = figure_key[0]
    named = [row for row in published if (row["level"], row["item"]) == figure_key]
    if "denominator" in sums:
        same = [
            row
            for row in published
            if row["level"] == level
            and row["denominator"] is not None
            and all(
                sums.get(part) is not None and _agree(sums[part], row[part]) for part in ("numerator", "denominator")
            )
        ]
        found = [row for row in named if row["denominator"] is not None] or same
        if found:
            return found[0]
    # The bare quantity of this name is not the value of a ratio.
    for row in named:
        if row.get("tested_in") != RATIO_UNIT or row["unit"] == RATIO_UNIT:
            return row
    return {}


def _total(part: str, cells: Sequence[Row], known: Row, computed: float | None) -> Row:
    """The part's own row: the published number, or the sum where none is published."""
    published = known.get(part)
    value = published if isinstance(published, float) else computed
    row = _row({"part": part, "level": cells[0]["level"], "item": cells[0]["item"], "value": value}, part)
    counted = [cell for cell in cells if cell["weight"] != 0.0]
    if len(counted) == 1 and counted[0]["weight"] == 1.0 and counted[0]["record"] != _COUNTED:
        for name in ("label", "file", "sha256", "sheet", "cell", "as_written", "state", "correction", "explanation"):
            row[name] = counted[0][name]  # the figure stands in one cell
    return row


def _agree(computed: float | None, published: object) -> bool:
    """Whether the addends make what was published, as far as both are known."""
    if computed is None or not isinstance(published, float):
        return True
    return math.isclose(computed, published, rel_tol=1e-9, abs_tol=1e-6)


def _school_value(known: Row, rows: Sequence[Row]) -> object:
    """A school's figure, where the marts keep none of it: the ratio, or the numerator by itself."""
    totals = {row["role"]: row["value"] for row in rows if row["role"] in {"numerator", "denominator"}}
    numerator, denominator = totals.get("numerator"), totals.get("denominator")
    if known.get("unit") != RATIO_UNIT:
        return numerator
    if not isinstance(numerator, float) or not isinstance(denominator, float) or denominator == 0.0:
        return None
    return numerator / denominator


def _sum(cells: Iterable[Row]) -> float | None:
    """Σ weight × value (rooms: Σ weight), or None while one of them is missing."""
    # A value that stands in two cells comes twice.
    addends = {tuple(cell[name] for name in _ADDEND_KEY): cell for cell in cells}
    products = [_contribution(addend, addend["addend_value"]) for addend in addends.values()]
    known = [product for product in products if product is not None]
    return math.fsum(known) if len(known) == len(products) else None


def _contribution(addend: Row, value: object) -> float | None:
    """What the addend, or one of its cells, gives to the figure. Rooms are counted, not added up."""
    weight = addend["weight"]
    if not isinstance(weight, float):
        return None
    if weight == 0.0 or addend["record"] == _COUNTED:
        return weight
    return weight * value if isinstance(value, float) else None


def _row(values: Mapping[str, object], role: str) -> Row:
    row: Row = {name: values.get(name) for name in TRACE_FIELDS}
    row["role"] = role
    if role == "addend":
        row["contribution"] = _contribution(row, row["value"])
    return row


def _conclusion(rows: Sequence[Row]) -> str | None:
    return next((_word(row["as_written"]) for row in rows if row["role"] == "conclusion"), None)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) else None


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
        there = dict.fromkeys((_word(row["level"]), _word(row["item"])) for row in addends)
        asked = "、".join(part for part in (level and f"学段 {level}", item and f"项目 {item}") if part)
        listed = "；".join(" ".join(part for part in key if part) or "不分学段和项目" for key in there)
        return FigureError(f"{figure} 没有{asked}；有：{listed}")
    found = rows_of(connection, wanted.into(_INDICATORS))
    return FigureError(f"没有 {figure}", [str(row["indicator"]) for row in found])
