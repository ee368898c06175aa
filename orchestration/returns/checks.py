"""Consistency of located values: totals against parts, parts against wholes, forms against the supplement.

Each finding stands where it can be mended: a disagreeing sum at its total, a part that exceeds its whole at the part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal
from functools import cache

from orchestration.returns.faults import Fault, Place, fault
from orchestration.returns.layout import PartRule, TotalRule, part_rules, total_rules
from orchestration.returns.text import display
from orchestration.returns.values import MISSING, Value

Key = tuple[str, str, str | None, str]
_OF_A_SCHOOL = frozenset({"school_level", "school_resource", "supplement"})

_Cells = dict[tuple[str | None, str], list[Value]]  # by level and field
_RECORDS_AT_HAND = 16


class Figures:
    """Located values by (record, record_id, level, field); several cells under one key are addends.

    Only the records last asked for are indexed to the field: a whole county's index would be larger than its values.
    """

    def __init__(self, values: Iterable[Value], wrong: Container[Place] = ()) -> None:
        """``wrong`` are cells that carry an error: no figure made of one is a number."""
        self._wrong = wrong
        self._by_record: dict[tuple[str, str], list[Value]] = defaultdict(list)
        self._at_hand: dict[tuple[str, str], _Cells] = {}
        for value in values:
            self._by_record[value.record, value.record_id].append(value)

    def __iter__(self) -> Iterator[Key]:
        """Every figure read."""
        for record, record_id in self._by_record:
            for level, name in self._cells_of(record, record_id):
                yield record, record_id, level, name

    def _cells_of(self, record: str, record_id: str) -> _Cells:
        cells = self._at_hand.get((record, record_id))
        if cells is None:
            cells = _Cells()
            for value in self._by_record.get((record, record_id), ()):
                cells.setdefault((value.level, value.field), []).append(value)
            if len(self._at_hand) >= _RECORDS_AT_HAND:
                del self._at_hand[next(iter(self._at_hand))]
            self._at_hand[record, record_id] = cells
        return cells

    def cells(self, key: Key) -> list[Value]:
        """The cells of a figure, none if it was not read."""
        record, record_id, level, name = key
        return self._cells_of(record, record_id).get((level, name), [])

    def number(self, key: Key) -> Decimal | None:
        """The figure, or None where any of its cells is missing or faulty."""
        cells = self.cells(key)
        if not cells or any(
            not isinstance(cell.value, Decimal) or (cell.file, cell.sheet, cell.cell) in self._wrong for cell in cells
        ):
            return None
        return sum((cell.value for cell in cells if isinstance(cell.value, Decimal)), Decimal(0))


def doubted(figures: Figures, *keys: Key) -> list[Place]:
    """The cells of figures that disagree; what one of them is the total of is in doubt with it."""
    parts = [
        (record, record_id, level, part)
        for record, record_id, level, name in keys
        for rule in _totals_of(record, name)
        for part in rule.parts
    ]
    return [cell.place for key in dict.fromkeys([*keys, *parts]) for cell in figures.cells(key)]


def number_text(value: Decimal) -> str:
    """An exact number without trailing zeros: 8314.57, 26."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_values(values: list[Value]) -> list[Fault]:
    """Every total and part rule of the layout tables over one file's, or one partition's, values."""
    figures = Figures(values)
    faults: list[Fault] = []
    for record, record_id, level, name in figures:
        key = (record, record_id, level, name)
        for rule in _totals_of(record, name):
            faults += _total(figures, key, rule.parts, rule.label)
        of_a_school = record in _OF_A_SCHOOL
        for rule in _parts_of(record, name if of_a_school else record_id) if of_a_school or name == "value" else ():
            parts, wholes = (
                [(record, record_id, level, one) if of_a_school else (record, one, None, name) for one in ones]
                for ones in (rule.parts, rule.wholes)
            )
            faults += _part(figures, rule, parts, wholes)
    return faults


@cache
def _totals_of(record: str, name: str) -> tuple[TotalRule, ...]:
    return tuple(rule for rule in total_rules() if (rule.record, rule.total) == (record, name))


@cache
def _parts_of(record: str, whole: str) -> tuple[PartRule, ...]:
    """What may not exceed a whole: fields of a school's record, 项目 of the county return, lines of 表Ⅰ."""
    return tuple(rule for rule in part_rules() if (rule.record, rule.wholes[0]) == (record, whole))


def _total(figures: Figures, key: Key, parts: tuple[str, ...], label: str) -> list[Fault]:
    record, record_id, level, _ = key
    total = figures.number(key)
    keys = [(record, record_id, level, part) for part in parts if figures.cells((record, record_id, level, part))]
    numbers = [figures.number(part) for part in keys]
    if total is None or not keys or any(number is None for number in numbers):
        return []
    summed = sum((number for number in numbers if number is not None), Decimal(0))
    if summed == total:
        return []
    at = figures.cells(key)[0]
    first, last = figures.cells(keys[0])[0], figures.cells(keys[-1])[-1]
    span = f"{first.cell}–{last.cell}" if first.sheet == last.sheet == at.sheet else label
    return [
        fault(
            "sum_mismatch",
            at.file,
            sheet=at.sheet,
            cell=at.cell,
            field=at.label,
            found=number_text(total),
            expected=f"{label} {number_text(summed)}（{span}）",
            subject_id=record_id,
            doubts=doubted(figures, key),
        )
    ]


def _part(figures: Figures, rule: PartRule, parts: list[Key], wholes: list[Key]) -> list[Fault]:
    there = [key for key in parts if figures.cells(key)]
    numbers = [number for key in there if (number := figures.number(key)) is not None]
    limits = [number for key in wholes if (number := figures.number(key)) is not None]
    if not there or len(numbers) < len(there) or len(limits) < len(wholes):
        return []
    smaller, larger = sum(numbers, Decimal(0)), sum(limits, Decimal(0))
    # Where one part alone exceeds the whole, that is told of it.
    if smaller <= larger or (len(numbers) > 1 and max(numbers) > larger):
        return []
    if rule.code == "part_above_whole" and not larger:
        return []  # a school without teachers is asked about those
    cells = [figures.cells(key)[0] for key in there]
    at = cells[numbers.index(max(numbers))]
    addends = [f"{cell.label} {number_text(number)}" for cell, number in zip(cells, numbers, strict=True) if number]
    found = f"{' + '.join(addends)} = {number_text(smaller)}" if len(addends) > 1 else number_text(smaller)
    of = [figures.cells(key)[0] for key in wholes]
    place = "、".join(place_of(at, cell) for cell in of)
    expected = f"不超过{' + '.join(cell.label for cell in of)} {number_text(larger)}（{place}）"
    return [exceeds(at, found, expected, doubted(figures, *there, *wholes), rule.code)]


def place_of(at: Value, of: Value) -> str:
    """Where the other number stands, as briefly as it is clear."""
    parts = [of.file] if of.file != at.file else []
    if of.file != at.file or of.sheet != at.sheet:
        parts.append(of.sheet)
    return " › ".join([*parts, of.cell])


def exceeds(at: Value, found: str, expected: str, doubts: Iterable[Place], code: str = "part_exceeds_whole") -> Fault:
    """A part that exceeds its whole, at the part."""
    subject = at.record_id.split("|")[0] if at.record == "county_return" else at.record_id
    return fault(
        code,
        at.file,
        sheet=at.sheet,
        cell=at.cell,
        field=at.label,
        found=found,
        expected=expected,
        subject_id=subject,
        doubts=doubts,
    )


def check_between_forms(values: list[Value], levels: dict[str, tuple[str, ...]], names: dict[str, str]) -> list[Fault]:
    """School workbooks against each other's forms and against the supplement.

    ``levels`` gives the levels of each school that reported, ``names`` the name in its workbook.
    """
    figures = Figures(values)
    faults: list[Fault] = []
    for code, own in levels.items():
        teachers = {level: figures.number(("school_level", code, level, "teachers")) for level in own}
        faults += _teachers_total(figures, code, teachers)
        compulsory = [number for level, number in teachers.items() if level != "senior"]
        if compulsory and all(number is not None for number in compulsory):
            most = sum((number for number in compulsory if number is not None), Decimal(0))
            stated: list[Key] = [("school_level", code, level, "teachers") for level in teachers if level != "senior"]
            for name in ("certified_teachers", "trained_teachers"):
                key: Key = ("supplement", code, None, name)
                number = figures.number(key)
                if number is not None and number > most:
                    expected = f"不超过统计报表的专任教师 {number_text(most)}"
                    doubts = doubted(figures, key, *stated)
                    faults.append(exceeds(figures.cells(key)[0], number_text(number), expected, doubts))
        for level in ("primary", "junior"):
            faults += _catchment(figures, code, level, level in own)
        faults += _identity(figures, code, names.get(code))
    return faults


def _teachers_total(figures: Figures, code: str, by_level: dict[str, Decimal | None]) -> list[Fault]:
    key = ("school_resource", code, None, "teachers_total")
    total = figures.number(key)
    if total is None or not by_level or any(number is None for number in by_level.values()):
        return []
    summed = sum((number for number in by_level.values() if number is not None), Decimal(0))
    if summed == total:
        return []
    at = figures.cells(key)[0]
    own: list[Key] = [("school_level", code, level, "teachers") for level in by_level]
    sheets = "、".join(dict.fromkeys(figures.cells(one)[0].sheet for one in own))
    return [
        fault(
            "sum_mismatch",
            at.file,
            sheet=at.sheet,
            cell=at.cell,
            field=at.label,
            found=number_text(total),
            expected=f"各学段专任教师之和 {number_text(summed)}（{sheets}）",
            subject_id=code,
            doubts=doubted(figures, key, *own),
        )
    ]


def _catchment(figures: Figures, code: str, level: str, taught: bool) -> list[Fault]:
    """片内在校生数: asked where the school has pupils of the level (LAYOUT §5), and never above their number."""
    key = ("supplement", code, None, f"{level}_in_catchment")
    cells = figures.cells(key)
    of_level: Key = ("school_level", code, level, "pupils")
    pupils = figures.number(of_level)
    if not cells:
        return []
    blank = next((cell for cell in cells if cell.state == MISSING), None)
    if taught and blank is not None and pupils != 0:
        return [
            fault(
                "missing_value",
                blank.file,
                sheet=blank.sheet,
                cell=blank.cell,
                field=blank.label,
                found=blank.as_used,
                expected=f"填写{blank.label}",
                subject_id=code,
            )
        ]
    number = figures.number(key)
    if taught and number is not None and pupils is not None and number > pupils:
        expected = f"不超过统计报表的在校生数 {number_text(pupils)}"
        return [exceeds(cells[0], number_text(number), expected, doubted(figures, key, of_level))]
    return []


def _identity(figures: Figures, code: str, name: str | None) -> list[Fault]:
    from orchestration.returns.supplement import same_name

    faults: list[Fault] = []
    listed = figures.cells(("supplement", code, None, "school_name"))
    if name and listed and isinstance(listed[0].value, str) and not same_name(name, listed[0].value):
        faults.append(
            fault(
                "name_mismatch",
                listed[0].file,
                sheet=listed[0].sheet,
                cell=listed[0].cell,
                field=listed[0].label,
                found=listed[0].value,
                expected=name,
                subject_id=code,
            )
        )
    boards = figures.cells(("supplement", code, None, "boarding"))
    form = figures.cells(("school", code, None, "form_boarding"))
    if boards and form and boards[0].value and form[0].value and boards[0].value != form[0].value:
        faults.append(
            fault(
                "boarding_mismatch",
                boards[0].file,
                sheet=boards[0].sheet,
                cell=boards[0].cell,
                field=boards[0].label,
                found=display(boards[0].value),
                expected=f"{form[0].value}（{form[0].file} › {form[0].sheet} › {form[0].cell}）",
                subject_id=code,
            )
        )
    return faults
