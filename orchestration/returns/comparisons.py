"""A county's returns against what should resemble them: last year's, the school itself, the county's own totals.

Nothing here is certain, so everything here is a query; how far figures may differ stands in
``layouts/tolerances.csv``, what a county's figure should be the sum of in ``layouts/derived_figures.csv``.
A figure that carries an error is left out, so that one mistake is told once.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from orchestration.returns.checks import Figures, Key, number_text
from orchestration.returns.faults import Fault, fault
from orchestration.returns.layout import LAYOUTS
from orchestration.returns.school_return import COMPULSORY_LEVELS, SchoolReturn
from orchestration.returns.values import Value

_ASSETS = ("teaching_area_m2", "gym_area_m2", "sports_ground_area_m2", "equipment_value_wan")
_CLASSROOMS = ("ordinary_rooms", "rooms")  # whichever the edition states


@dataclass(frozen=True)
class Former:
    """A figure as last year's published snapshot has it, and the cells it stood in."""

    number: Decimal
    place: str


LastYear = Mapping[Key, Former]


@cache
def tolerances() -> dict[str, tuple[Decimal, ...]]:
    """How far figures may differ before anybody is asked: name → value or values."""
    with (LAYOUTS / "tolerances.csv").open(encoding="utf-8", newline="") as lines:
        return {row["name"]: tuple(Decimal(part) for part in row["value"].split()) for row in csv.DictReader(lines)}


def check_against_last_year(figures: Figures, last: LastYear, schools: Iterable[str]) -> list[Fault]:
    """Pupils of a section that changed too much, areas and equipment that fell. Schools new this year are not asked."""
    faults: list[Fault] = []
    most = tolerances()["pupils_change"][0]
    for code in schools:
        for level in sorted(COMPULSORY_LEVELS):
            key: Key = ("school_level", code, level, "pupils")
            now, former = figures.number(key), last.get(key)
            # A section that closed is told by the school without pupils, or by its absence from the sections.
            if now and former and former.number and abs(now - former.number) > most * former.number:
                change = (now - former.number) / former.number * 100
                faults.append(_differs("pupils_changed", figures, key, now, f"{_text(former)}，增减 {change:+.1f}%"))
        for name in _ASSETS:
            key = ("school_resource", code, None, name)
            now, former = figures.number(key), last.get(key)
            if now is not None and former and now < former.number:
                faults.append(_differs("assets_fell", figures, key, now, f"不少于{_text(former)}"))
    return faults


def _text(former: Former) -> str:
    return f"上年 {number_text(former.number)}（{former.place}）"


def check_shells(figures: Figures, schools: Mapping[str, SchoolReturn]) -> list[Fault]:
    """Schools that exist on paper: no pupils, or else no teachers, or else no classrooms, as they say themselves."""
    faults: list[Fault] = []
    for code, school in schools.items():
        if school.scope not in ("compulsory", "special") or not school.levels:
            continue
        for fault_code, keys in (
            ("school_without_pupils", [("school_level", code, level, "pupils") for level in school.levels]),
            ("school_without_teachers", _teachers(figures, code, school.levels)),
            ("school_without_classrooms", _classrooms(figures, code)),
        ):
            numbers = [figures.number(key) for key in keys]
            if keys and all(number == 0 for number in numbers):
                faults.append(_differs(fault_code, figures, keys[0], Decimal(0), "大于 0，或说明原因"))
                break
    return faults


def _teachers(figures: Figures, code: str, levels: Iterable[str]) -> list[Key]:
    """The levels' own teachers; where a level states none (senior), the whole school's."""
    keys: list[Key] = [("school_level", code, level, "teachers") for level in levels]
    whole: Key = ("school_resource", code, None, "teachers_total")
    return [key for key in [*keys, whole] if figures.cells(key)]


def _classrooms(figures: Figures, code: str) -> list[Key]:
    keys: list[Key] = [("school_resource", code, None, name) for name in _CLASSROOMS]
    return [key for key in keys if figures.cells(key)]


@dataclass(frozen=True)
class Derived:
    """A figure of the county return that the school returns also give.

    ``figure`` is ``schools`` (how many of the types, with at least so many pupils) or a count of a level.
    """

    record: str
    record_id: str
    figure: str
    types: tuple[str, ...]
    level: str | None
    least_pupils: Decimal


@cache
def derived_figures() -> tuple[Derived, ...]:
    """Every figure of the county return that can be counted in the school returns."""
    with (LAYOUTS / "derived_figures.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(
            Derived(
                row["record"], row["record_id"], row["figure"], tuple(row["types"].split()), row["level"] or None,
                Decimal(row["least_pupils"] or 0),
            )
            for row in csv.DictReader(lines)
        )  # fmt: skip


def check_county_totals(figures: Figures, schools: Mapping[str, SchoolReturn]) -> list[Fault]:
    """表Ⅰ and the special-school counts of B14 and B24 against the school returns. Call only with all of them read."""
    faults: list[Fault] = []
    for derived in derived_figures():
        key: Key = (derived.record, derived.record_id, None, "value")
        stated, counted = figures.number(key), _counted(figures, schools, derived)
        if stated is not None and counted is not None and stated != counted:
            faults.append(_differs("workbooks_differ", figures, key, stated, f"各校汇总 {number_text(counted)}"))
    return faults


def _counted(figures: Figures, schools: Mapping[str, SchoolReturn], derived: Derived) -> Decimal | None:
    """The figure from the school returns, None where a part of it is missing or in error."""
    total = Decimal(0)
    for code, school in schools.items():
        if derived.figure != "schools":
            if derived.level in school.levels:
                number = figures.number(("school_level", code, derived.level, derived.figure))
                if number is None:
                    return None
                total += number
        elif school.school_type and school.school_type.type_code in derived.types and not school.is_campus:
            pupils = [figures.number(("school_level", code, level, "pupils")) for level in school.levels]
            if derived.least_pupils and None in pupils:
                return None
            total += sum(number for number in pupils if number) >= derived.least_pupils
    return total


def _differs(code: str, figures: Figures, key: Key, now: Decimal, expected: str) -> Fault:
    at: Value = figures.cells(key)[0]
    subject = None if at.record in ("county_profile", "county_return") else at.record_id
    return fault(
        code, at.file, sheet=at.sheet, cell=at.cell, field=at.label, found=number_text(now), expected=expected,
        subject_id=subject,
    )  # fmt: skip
