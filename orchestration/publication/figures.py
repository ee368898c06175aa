"""Figures put together from their addends: sums, totals, and whether they make what was published.

Cells come from reading the returns and rows from `tracing`; here they are only added up. Standard library only.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.publication.reader import Row
from orchestration.publication.wording import RATIO_UNIT

TRACE_FIELDS = (
    *("role", "part", "level", "item", "label", "value", "weight", "weight_text", "contribution"),
    *("file", "sha256", "sheet", "cell", "as_written", "state", "school_code", "school_name"),
    *("record", "record_id", "record_level", "field", "correction", "explanation"),
)
# Records whose addends count one each; their value is only shown.
_COUNTED = "room"
_ADDEND_KEY = ("record", "record_id", "record_level", "field", "addend_position", "weight")


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


def trace_of(indicator: str, subject: Subject, chosen: Sequence[Row], published: Sequence[Row]) -> Trace:
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
                level=text_or_none(figure_key[0]),
                item=text_or_none(figure_key[1]),
                value=value if isinstance(value, float) else None,
                unit=text_or_none(known.get("unit")),
                text=text_or_none(known.get("text")) or _conclusion(rows),
                cv=cv if isinstance(cv, float) else None,
                rows=rows,
            )
        )
    return Trace(indicator, subject, figures, disagreements)


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
    return next((text_or_none(row["as_written"]) for row in rows if row["role"] == "conclusion"), None)


def text_or_none(value: object) -> str | None:
    """Text as it is, None for anything else."""
    return value if isinstance(value, str) else None
