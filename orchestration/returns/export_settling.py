"""The rows of one school in an export → one `SchoolReturn`: what must agree agrees, and counts once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from orchestration.returns.school_return import COMPULSORY_LEVELS, LEVELS, SchoolReturn, settle_identity, settle_levels
from orchestration.returns.values import ERROR, MISSING, Findings, Value, type_of

_ATTACHED_CLASSES = frozenset({"219", "319"})  # 附设小学班, 附设普通初中班: rows of their host school
_ONE_SCHOOL = ("school_name", "type_code", "operator_code", "urban_rural_code", "counted_as_school")
_LEVEL_NAMES = {"primary": "小学", "junior": "初中"}
Key = tuple[str, str | None, str]


@dataclass
class Entry:
    """One row: its sheet, the identity fields by name, and the figures with what is wrong with them."""

    form: str
    sheet: str
    identity: dict[str, Value]
    findings: Findings = field(default_factory=Findings)
    trusted: bool = True

    @property
    def is_attached(self) -> bool:
        """Whether the row is that of 附设班 of another kind of school."""
        kind = self.identity.get("type_code")
        return kind is not None and kind.value in _ATTACHED_CLASSES

    def figures(self) -> dict[Key, list[Value]]:
        """Cells by what they say; several cells of one key are addends."""
        found: dict[Key, list[Value]] = {}
        for value in self.findings.values:
            found.setdefault((value.record, value.level, value.field), []).append(value)
        return found


def settle_school(school: SchoolReturn, entries: list[Entry], levels_read: Collection[str | None]) -> None:
    """Fill a school from its rows (never none): the host's identity, every level's figures, each once.

    ``levels_read`` are the levels whose sheets are there at all.
    """
    host = next((entry for entry in entries if not entry.is_attached), entries[0])
    school.trusted = all(entry.trusted for entry in entries)
    school.findings.values += host.identity.values()
    for entry in entries:
        school.findings.faults += entry.findings.faults
    settle_identity(school, host.identity)
    for entry in entries:
        if entry is not host and not entry.is_attached:
            _agree_on_identity(school, host, entry)
    if school.scope == "vocational":
        return  # identified, then listed as out of scope; its figures are not needed
    figures: dict[Key, list[Value]] = {}
    for entry in entries:
        for key, cells in entry.figures().items():
            if key in figures:
                _agree(school, figures[key], cells)
            else:
                figures[key] = cells
    values = [value for cells in figures.values() for value in cells]
    school.findings.values += values
    kept = settle_levels(school, values)
    if school.scope in ("senior", "preschool"):
        dropped = {id(value) for value in kept}
        school.findings.values = [value for value in school.findings.values if id(value) not in dropped]
        return
    _settle_rows(school, figures, levels_read)


def _agree_on_identity(school: SchoolReturn, host: Entry, entry: Entry) -> None:
    for name in _ONE_SCHOOL:
        one, other = host.identity.get(name), entry.identity.get(name)
        if one is not None and other is not None and one.value != other.value:
            if other.state == MISSING and type_of("school", name).blank == "missing":
                school.findings.report_missing(other, school.code)
            elif None not in (one.value, other.value):
                expected = f"{one.as_used}（{one.sheet} › {one.cell}）"
                school.report_at("rows_disagree", other, expected, [one.place, other.place])


def _agree(school: SchoolReturn, kept: list[Value], repeated: list[Value]) -> None:
    """A figure of the whole school stands on each row. A blank one is taken from the other row and reported.

    Which of two that disagree is right, or whether one beside an error is, nobody can tell: neither is to be used.
    """
    one, other = _sum(kept), _sum(repeated)
    both = [cell.place for cell in (*kept, *repeated)]
    if any(cell.state == ERROR for cell in (*kept, *repeated)):
        school.findings.doubts += both
        return
    if one == other:
        return
    if one is not None and other is not None:
        expected = f"{kept[0].as_used}（{kept[0].sheet} › {kept[0].cell}）"
        school.report_at("rows_disagree", repeated[0], expected, both)
        return
    blank = repeated if other is None else kept
    if type_of(blank[0].record, blank[0].field).blank == "missing":
        school.findings.report_missing(blank[0], school.code)
    if one is None:
        for cell, written in zip(kept, repeated, strict=True):
            for name in ("value", "state", "sheet", "cell", "as_written", "correction"):
                setattr(cell, name, getattr(written, name))


def _sum(cells: list[Value]) -> Decimal | None:
    numbers = [cell.value for cell in cells if isinstance(cell.value, Decimal)]
    return sum(numbers, Decimal(0)) if numbers else None


def _settle_rows(school: SchoolReturn, figures: dict[Key, list[Value]], levels_read: Collection[str | None]) -> None:
    """各学段在校生数 against the rows there are: pupils without a row are an error; neither of them is no level."""
    levels = set(school.levels)
    for level in sorted(COMPULSORY_LEVELS):
        own = figures.get(("school_level", level, "pupils"))
        stated = figures.get(("school_level", level, "pupils_stated"))
        said = stated[0] if stated else None
        number = said.value if said is not None and isinstance(said.value, Decimal) else None
        if own is None and number:
            levels.add(level)
            if said is not None and level in levels_read:
                expected = f"工作表“{_LEVEL_NAMES[level]}”中有该校的行"
                school.report_at("missing_level_row", said, expected)
        elif own is None and level in levels and level in levels_read and (said is None or said.state != ERROR):
            levels.discard(level)
            sheet, cell = school.code_cell or (None, None)
            school.report("level_without_row", sheet, cell, _LEVEL_NAMES[level], school.name, None)
        elif own is not None and said is not None and number is not None:
            pupils = _sum(own)
            if pupils is not None and pupils != number:
                expected = f"{own[0].as_used}（{own[0].sheet} › {own[0].cell}）"
                school.report_at("rows_disagree", said, expected, [cell.place for cell in (said, *own)])
    school.levels = tuple(level for level in LEVELS if level in levels)
