"""Campuses (是否计校数 0, no 教学点): their figures join the school they belong to, which is told and can be traced.

The parent is the school whose code the row bears, else the one in the same town that the campus's name names. A
figure joins by its cell: the parent's figure then has several cells, which add up like any other's.

Where no parent is clear, the figures of every school that could be it are short of the campus's: all of them are in
doubt, since a school that lacks a campus's pupils would else be found to have room enough. The same goes for the
parent of a campus whose own figures cannot be used.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.school_return import LEVELS, SchoolReturn
from orchestration.returns.supplement import Supplement
from orchestration.returns.text import normalise
from orchestration.returns.values import MISSING, ZERO_BLANK, Findings, Value, type_of

_ADDED_UP = ("count", "decimal")
_JOINED = ("school_level", "school_resource", "supplement")
_CATCHMENT = "_in_catchment"


def join_campuses(
    schools: dict[str, SchoolReturn], supplement: Supplement, values: list[Value], lost: Iterable[SchoolReturn] = ()
) -> Findings:
    """Let every campus among ``schools`` join its parent, in ``schools``, ``supplement`` and ``values``.

    Found is a fault for each: which school it joined, or that no parent is clear (it then stays among ``schools``).
    ``lost`` are campuses whose figures cannot be used, which has been told already.
    """
    found = Findings()
    lost = list(lost)
    campuses = [school for school in schools.values() if school.is_campus]
    if not campuses and not lost:
        return found
    towns = {
        value.record_id: normalise(value.value)
        for value in values
        if value.record == "supplement" and value.field == "town" and isinstance(value.value, str)
    }
    for campus in sorted(campuses, key=lambda school: str(school.code)):
        parent, possible = _parent(campus, schools.values(), towns)
        if parent is None:
            town = towns.get(str(campus.code), "")
            expected = f"{town}有一所计校数、名称为该校区名称开头部分的学校"
            doubts = _figures([campus, *possible], values)
            found.faults.append(
                _told(campus, "campus_without_parent", found=campus.name, expected=expected, doubts=doubts)
            )
            continue
        _join(campus, parent, supplement, values)
        del schools[str(campus.code)]
        found.faults.append(joined(campus, parent))
    for campus in lost:
        parent = schools.get(str(campus.code)) if campus.shares_code else None
        found.doubts += _figures([parent] if parent else _parent(campus, schools.values(), towns)[1], values)
    return found


def _figures(schools: Iterable[SchoolReturn], values: Iterable[Value]) -> list[Place]:
    """Where everything stands that a campus adds to."""
    codes = {school.code for school in schools}
    return [
        value.place
        for value in values
        if value.record_id in codes and value.record in _JOINED and type_of(value.record, value.field).kind in _ADDED_UP
    ]


def join_rows_of_one_code(campus: SchoolReturn, parent: SchoolReturn) -> Fault:
    """A campus whose row bears the parent's own code: its cells already are the parent's; its levels join."""
    parent.levels = tuple(level for level in LEVELS if level in {*parent.levels, *campus.levels})
    return joined(campus, parent)


def joined(campus: SchoolReturn, parent: SchoolReturn) -> Fault:
    """What is said of a campus that joined its school."""
    detail = f"{campus.name or campus.code}（{campus.code}）并入{parent.name or parent.code}（{parent.code}）"
    return _told(campus, "campus_joined", detail=detail)


def _told(
    campus: SchoolReturn, code: str, found: str | None = None, expected: str | None = None, detail: str = "",
    doubts: Iterable[Place] = (),
) -> Fault:  # fmt: skip
    at = next((value for value in campus.findings.values if value.field == "counted_as_school"), None)
    sheet, cell = (at.sheet, at.cell) if at else campus.code_cell or (None, None)
    return fault(
        code, campus.file, sheet=sheet, cell=cell, field="是否计校数", found=found, expected=expected,
        subject_id=campus.code, detail=detail, doubts=doubts,
    )  # fmt: skip


def _parent(
    campus: SchoolReturn, schools: Iterable[SchoolReturn], towns: dict[str, str]
) -> tuple[SchoolReturn | None, list[SchoolReturn]]:
    """The one school that the campus's name begins with, else contains; the longest name says most.

    With it all that it could be: those the name fits equally well, or, where it fits none, every one in the town.
    """
    town, name = towns.get(str(campus.code)), normalise(campus.name or "")
    near = [
        school
        for school in schools
        if school.name
        and not school.is_campus
        and campus.scope in ("", school.scope)
        and not (school.school_type and school.school_type.type_code == "218")
        and (not town or towns.get(str(school.code)) in (None, town))
    ]
    for named in (str.startswith, str.__contains__):
        fitting = [school for school in near if named(name, normalise(school.name)) and normalise(school.name) != name]
        longest = max((len(normalise(school.name)) for school in fitting), default=0)
        best = [school for school in fitting if len(normalise(school.name)) == longest]
        if fitting:
            return (best[0] if len(best) == 1 else None), best
    return None, near


def _join(campus: SchoolReturn, parent: SchoolReturn, supplement: Supplement, values: list[Value]) -> None:
    code, into = str(campus.code), str(parent.code)
    own = set(parent.levels)
    parent.levels = tuple(level for level in LEVELS if level in own | set(campus.levels))
    for value in values:
        if value.record == "room" and value.field == "school_code" and value.value == code:
            value.value = into
        elif value.record_id == code and value.record in _JOINED:
            if _adds_up(value, campus.levels):
                value.record_id = into
        elif value.record == "supplement" and value.record_id == into and value.state == MISSING:
            level = value.field.removesuffix(_CATCHMENT)
            if value.field.endswith(_CATCHMENT) and level not in own and level in campus.levels:
                value.value, value.state = Decimal(0), ZERO_BLANK  # the parent alone has no such pupils
    supplement.listed.pop(code, None)
    if code in supplement.room_schools:
        supplement.room_schools.add(into)


def _adds_up(value: Value, levels: tuple[str, ...]) -> bool:
    if type_of(value.record, value.field).kind not in _ADDED_UP:
        return False
    level = value.field.removesuffix(_CATCHMENT)
    return not (value.field.endswith(_CATCHMENT) and value.state == MISSING and level not in levels)
