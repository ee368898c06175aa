"""Consistency of located values: totals against parts, parts against wholes, forms against the supplement.

Each finding stands where it can be mended: a disagreeing sum at its total, a part that exceeds its whole at the part.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from decimal import Decimal

from orchestration.returns.faults import Fault, fault
from orchestration.returns.layout import part_rules, total_rules
from orchestration.returns.text import display
from orchestration.returns.values import MISSING, Value

Key = tuple[str, str, str | None, str]
Place = tuple[str, str | None, str | None]  # file, sheet, cell


class Figures:
    """Located values by (record, record_id, level, field); several cells under one key are addends."""

    def __init__(self, values: Iterable[Value], wrong: Container[Place] = ()) -> None:
        """``wrong`` are cells that carry an error: no figure made of one is a number."""
        self._wrong = wrong
        self._by_key: dict[Key, list[Value]] = defaultdict(list)
        for value in values:
            self._by_key[(value.record, value.record_id, value.level, value.field)].append(value)

    def __iter__(self) -> Iterator[Key]:
        """Every figure read."""
        return iter(self._by_key)

    def cells(self, key: Key) -> list[Value]:
        """The cells of a figure, none if it was not read."""
        return self._by_key.get(key, [])

    def number(self, key: Key) -> Decimal | None:
        """The figure, or None where any of its cells is missing or faulty."""
        cells = self.cells(key)
        if not cells or any(
            not isinstance(cell.value, Decimal) or (cell.file, cell.sheet, cell.cell) in self._wrong for cell in cells
        ):
            return None
        return sum((cell.value for cell in cells if isinstance(cell.value, Decimal)), Decimal(0))


def number_text(value: Decimal) -> str:
    """An exact number without trailing zeros: 8314.57, 26."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def check_values(values: list[Value]) -> list[Fault]:
    """Every total and part rule of the layout tables over one file's, or one partition's, values."""
    figures = Figures(values)
    faults: list[Fault] = []
    for record, record_id, level, name in figures:
        for rule in total_rules():
            if (record, name) == (rule.record, rule.total):
                faults += _total(figures, (record, record_id, level, name), rule.parts, rule.label)
        for part in part_rules():
            if record == part.record == "school_level" or record in ("school_resource", "supplement"):
                if (record, name) == (part.record, part.part):
                    faults += _part(figures, (record, record_id, level, name), (record, record_id, level, part.whole))
            elif record == part.record and record_id == part.part and name == "value":
                faults += _part(figures, (record, record_id, None, name), (record, part.whole, None, name))
    return faults


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
        )
    ]


def _part(figures: Figures, part: Key, whole: Key) -> list[Fault]:
    smaller, larger = figures.number(part), figures.number(whole)
    if smaller is None or larger is None or smaller <= larger:
        return []
    at, of = figures.cells(part)[0], figures.cells(whole)[0]
    return [exceeds(at, number_text(smaller), f"不超过{of.label} {number_text(larger)}（{place_of(at, of)}）")]


def place_of(at: Value, of: Value) -> str:
    """Where the other number stands, as briefly as it is clear."""
    parts = [of.file] if of.file != at.file else []
    if of.file != at.file or of.sheet != at.sheet:
        parts.append(of.sheet)
    return " › ".join([*parts, of.cell])


def exceeds(at: Value, found: str, expected: str) -> Fault:
    """A part that exceeds its whole, at the part."""
    subject = at.record_id.split("|")[0] if at.record == "county_return" else at.record_id
    return fault(
        "part_exceeds_whole",
        at.file,
        sheet=at.sheet,
        cell=at.cell,
        field=at.label,
        found=found,
        expected=expected,
        subject_id=subject,
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
            for name in ("certified_teachers", "trained_teachers"):
                number = figures.number(("supplement", code, None, name))
                if number is not None and number > most:
                    faults.append(
                        exceeds(
                            figures.cells(("supplement", code, None, name))[0],
                            number_text(number),
                            f"不超过统计报表的专任教师 {number_text(most)}",
                        )
                    )
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
    sheets = "、".join(
        dict.fromkeys(figures.cells(("school_level", code, level, "teachers"))[0].sheet for level in by_level)
    )
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
        )
    ]


def _catchment(figures: Figures, code: str, level: str, taught: bool) -> list[Fault]:
    """片内在校生数: asked where the school has pupils of the level (LAYOUT §5), and never above their number."""
    key = ("supplement", code, None, f"{level}_in_catchment")
    cells = figures.cells(key)
    pupils = figures.number(("school_level", code, level, "pupils"))
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
                found=blank.as_written or "空",
                expected=f"填写{blank.label}",
                subject_id=code,
            )
        ]
    number = figures.number(key)
    if taught and number is not None and pupils is not None and number > pupils:
        return [exceeds(cells[0], number_text(number), f"不超过统计报表的在校生数 {number_text(pupils)}")]
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
