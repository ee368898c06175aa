"""The roster: the supplement's list together with what the schools handed in (rules §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.returns.campuses import join_rows_of_one_code
from orchestration.returns.checks import check_values
from orchestration.returns.export import ExportReturn
from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.supplement import ROOMS_SHEET, SCHOOLS_SHEET, Supplement
from orchestration.returns.text import normalise
from orchestration.returns.values import Value

SCHOOLS_FOLDER = "schools"
_OUT_OF_SCOPE = {
    "special": "special_school",
    "vocational": "vocational_school",
    "senior": "senior_school",
    "preschool": "preschool",
}
_NEVER_LISTED = ("vocational", "senior", "preschool")


@dataclass
class Roster:
    """The schools that count, by code, with their values, and what is wrong.

    ``unread`` are the names, by code, of those that handed in what cannot be used: they are on the roster, and
    missing. ``lost_campuses`` are campuses of which the same is true. ``doubts`` are as in `Findings`.
    """

    schools: dict[str, SchoolReturn] = field(default_factory=lambda: {})
    values: list[Value] = field(default_factory=lambda: [])
    faults: list[Fault] = field(default_factory=lambda: [])
    unread: dict[str, str] = field(default_factory=lambda: {})
    lost_campuses: list[SchoolReturn] = field(default_factory=lambda: [])
    doubts: list[Place] = field(default_factory=lambda: [])


def settle_roster(
    schools: Iterable[SchoolReturn],
    supplement: Supplement,
    exports: Collection[ExportReturn] = (),
    ignored: Sequence[str] = (),
) -> Roster:
    """Which schools count: one return each, on the list. Faults say which do not, and which are missing.

    ``ignored`` are workbooks not read for their names: a school that is missing may stand in one of them.
    """
    roster = Roster()
    first: dict[str, SchoolReturn] = {}
    campuses: list[SchoolReturn] = []
    for school in sorted(schools, key=_canonical_first):
        roster.faults += school.findings.faults
        roster.doubts += school.findings.doubts
        if school.code is None:
            continue
        if school.shares_code:
            campuses.append(school)
        elif school.code in first:
            roster.faults.append(_duplicate(school, first[school.code]))
        else:
            first[school.code] = school
            _settle(roster, school, supplement)
    for campus in campuses:
        parent = roster.schools.get(str(campus.code))
        if parent is not None and not campus.trusted:
            roster.lost_campuses.append(campus)
        elif parent is not None:
            roster.values += campus.findings.values
            roster.faults += [*check_values(campus.findings.values), join_rows_of_one_code(campus, parent)]
    if all(export.complete for export in exports):
        unread = {name for export in exports for name in export.unread_names}
        for code, name in supplement.listed.items():
            if code not in first and normalise(name) not in unread:
                roster.faults.append(_missing(supplement, code, name, exports, ignored))
    return roster


def _settle(roster: Roster, school: SchoolReturn, supplement: Supplement) -> None:
    code, scope = str(school.code), school.scope
    sheet, cell = school.code_cell or (None, None)
    listed = code in supplement.listed or not supplement.complete or scope in _NEVER_LISTED
    if not listed and not school.is_campus:
        roster.faults.append(
            fault(
                "unlisted_school", school.file, sheet=sheet, cell=cell, field="学校标识码", found=code,
                expected=f"{supplement.file} › {SCHOOLS_SHEET} 中的标识码", subject_id=code,
            )
        )  # fmt: skip
    if scope in _OUT_OF_SCOPE:
        roster.faults.append(
            fault(_OUT_OF_SCOPE[scope], school.file, sheet=sheet, field=school.name or code, subject_id=code)
        )
    if not school.trusted or school.school_type is None:
        if school.is_campus:
            roster.lost_campuses.append(school)
        elif scope not in _NEVER_LISTED:
            roster.unread[code] = school.name or code
        return
    roster.schools[code] = school
    roster.values += school.findings.values
    roster.faults += check_values(school.findings.values)


def _duplicate(school: SchoolReturn, original: SchoolReturn) -> Fault:
    sheet, cell = school.code_cell or (None, None)
    other = "" if original.file == school.file else f"（{original.file} 已报）"
    return fault(
        "duplicate_school", school.file, sheet=sheet, cell=cell, field="学校标识码", found=school.code,
        expected=f"一校一份{other}", subject_id=school.code,
        doubts=[value.place for value in original.findings.values],
    )  # fmt: skip


def _missing(
    supplement: Supplement, code: str, name: str, exports: Collection[ExportReturn], ignored: Sequence[str]
) -> Fault:
    wanted = f"{SCHOOLS_FOLDER}/{code}_{name}.xlsx"
    if exports:
        wanted = "、".join(sorted(export.file for export in exports)) + f" 中有该校的行，或 {wanted}"
    return fault(
        "missing_school", supplement.file, sheet=SCHOOLS_SHEET, cell=supplement.code_cells[code], field=name or code,
        expected=wanted, subject_id=code,
        detail=f"另有 {'、'.join(ignored)} 因文件名不合规定没有读取" if ignored else "",
    )  # fmt: skip


def missing_rooms(schools: dict[str, SchoolReturn], supplement: Supplement) -> list[Fault]:
    """Schools with primary or junior pupils that list no music or art room at all."""
    if not supplement.complete:
        return []
    return [
        fault(
            "missing_rooms", supplement.file, sheet=ROOMS_SHEET, field=school.name or code, expected="一室一行",
            subject_id=code,
        )
        for code, school in schools.items()
        if {"primary", "junior"} & set(school.levels)
        and code in supplement.listed
        and code not in supplement.room_schools
    ]  # fmt: skip


def _canonical_first(school: SchoolReturn) -> tuple[bool, bool, str]:
    """Of two returns of a school the original is the county's export, or what is named as its edition names files."""
    code, name = school.code or "", normalise(school.name or "")
    stem = normalise(Path(school.file).stem)
    kind = normalise(school.school_type.name) if school.school_type else ""
    usual = {f"{code}_{name}", f"{name}_{code}", f"{name}({kind})_{code}"}
    return school.file.startswith(f"{SCHOOLS_FOLDER}/"), stem not in usual, school.file
