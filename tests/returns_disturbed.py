"""A workbook as many hands leave it: the same figures through extra rows and columns, another order, odd widths."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.returns.layout import editions, school_types
from orchestration.returns.text import normalise

_FULL_WIDTH = str.maketrans("0123456789.,()", "０１２３４５６７８９．，（）")


@dataclass
class Plan:
    """Old row and column numbers (from 1) in their new order; None is an extra one."""

    rows: list[int | None]
    columns: list[int | None]


def header_texts() -> frozenset[str]:
    """Every header and row text that a layout table knows, normalised, but for what a school may be called as well."""
    found: set[str] = set()
    for edition in editions():
        for places in edition.places.values():
            for place in places:
                found.update(place.row, place.block, *place.column)
    return frozenset(found - {kind.name for kind in school_types().values()})


def disturb(source: Path, target: Path, plan: Callable[[Worksheet], Plan], seed: int, text_numbers: bool = True) -> int:
    """Rewrite a workbook by a plan a sheet, headers through line breaks, numbers as text. Returns how many numbers."""
    chance = random.Random(seed)
    known = header_texts()
    book = openpyxl.load_workbook(source)
    rewritten = openpyxl.Workbook()
    rewritten.remove(rewritten.worksheets[0])
    numbers = 0
    for sheet in book.worksheets:
        order = plan(sheet)
        new = rewritten.create_sheet(sheet.title)
        for row, old_row in enumerate(order.rows, 1):
            for column, old_column in enumerate(order.columns, 1):
                if old_row is None or old_column is None:
                    continue
                value: Any = sheet.cell(old_row, old_column).value
                if isinstance(value, str) and normalise(value) in known:
                    value = _odd_header(value, chance)
                elif text_numbers and isinstance(value, int | float) and not isinstance(value, bool):
                    value = _odd_number(value, chance)
                    numbers += 1
                if value is not None:
                    new.cell(row, column).value = value
        for row in (row for row, old in enumerate(order.rows, 1) if old is None):
            new.cell(row, order.columns.index(None) + 1).value = "（本行为手工添加）"
        _merge(sheet, new, order)
    rewritten.save(target)
    return numbers


def _odd_header(text: str, chance: random.Random) -> str:
    middle = len(text) // 2
    widened = text.translate(_FULL_WIDTH) if chance.random() < 0.5 else text
    return f"　{widened[:middle]}\n {widened[middle:]} "


def _odd_number(value: float, chance: random.Random) -> str:
    plain = str(int(value)) if float(value).is_integer() else repr(value)
    whole, _, decimals = plain.partition(".")
    grouped = f"{int(whole):,}" + (f".{decimals}" if decimals else "")
    return chance.choice([plain, f" {plain} ", plain.translate(_FULL_WIDTH), grouped, grouped.translate(_FULL_WIDTH)])


def _merge(old: Worksheet, new: Worksheet, order: Plan) -> None:
    """Merge again what is still in one piece, extra rows and columns within included."""
    for area in old.merged_cells.ranges:
        rows = [n for n, row in enumerate(order.rows, 1) if row is not None and area.min_row <= row <= area.max_row]
        columns = [n for n, c in enumerate(order.columns, 1) if c is not None and area.min_col <= c <= area.max_col]
        if rows and columns and _whole(order.rows, rows) and _whole(order.columns, columns):
            kept = new.cell(rows[0], columns[0])
            anchor = old.cell(area.min_row, area.min_col).value
            if kept.value is None and anchor is not None and len(rows) == 1:
                kept.value = anchor
            new.merge_cells(
                start_row=rows[0], end_row=rows[-1], start_column=columns[0], end_column=columns[-1]
            )  # fmt: skip


def _whole(order: list[int | None], places: list[int]) -> bool:
    within = [order[place - 1] for place in range(places[0], places[-1] + 1)]
    return sum(one is not None for one in within) == len(places)


def header_end(sheet: Worksheet) -> int | None:
    """Number of the row 甲 | 乙 | 1 …, None in a sheet without one."""
    for row in range(1, min(sheet.max_row, 60) + 1):
        if any(normalise(cell.value) == "甲" for cell in sheet[row] if isinstance(cell.value, str)):
            return row
    return None


def form_plan(sheet: Worksheet, blocks: bool) -> Plan:
    """A form with rows added above and among the data, columns added left and within; without blocks, rows reversed."""
    columns: list[int | None] = [None, *range(1, sheet.max_column + 1), None]
    end = header_end(sheet)
    if end is None:
        return Plan([None, *range(1, sheet.max_row + 1)], columns)
    columns.insert(len(columns) - 2, None)
    data = list(range(end + 1, sheet.max_row + 1))
    ordered = data if blocks else data[::-1]
    return Plan([None, *range(1, end + 1), *ordered[:1], None, *ordered[1:]], columns)


def export_plan(sheet: Worksheet, seed: int) -> Plan:
    """An export with its top-level column groups and its rows shuffled, a column, header and data rows added."""
    chance = random.Random(seed)
    spans = {area.min_col: area.max_col for area in sheet.merged_cells.ranges if area.min_row == area.max_row == 2}
    groups: list[list[int | None]] = []
    column = 1
    while column <= sheet.max_column:
        last = spans.get(column, column)
        groups.append(list(range(column, last + 1)))
        column = last + 1
    chance.shuffle(groups)
    groups.insert(len(groups) // 2, [None])
    data = list(range(7, sheet.max_row + 1))
    chance.shuffle(data)
    rows: list[int | None] = [None, 1, 2, 3, None, 4, 5, 6, *data[:1], None, *data[1:]]
    return Plan(rows, [column for group in groups for column in group])
