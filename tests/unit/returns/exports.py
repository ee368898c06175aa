"""A small county as an export: Huantai's cut to a few schools, changed by column headers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.returns.partition import PartitionReturns
from tests.unit.returns.shapes import EXPORT, copy_shape, read

FIRST_ROW = 7
TOWN_PRIMARY, POINT, NINE_YEAR, COMPLETE, SPECIAL = (
    "2137032108", "2137032139", "3137032105", "3137032104", "5137032101",
)  # fmt: skip
CODES = (TOWN_PRIMARY, POINT, NINE_YEAR, COMPLETE, SPECIAL)


class County:
    """An export and its supplement, to be changed and read."""

    def __init__(self, raw: Path, codes: tuple[str, ...] = CODES) -> None:
        self.raw, self.folder = raw, copy_shape("wide", raw)
        self.book = openpyxl.load_workbook(self.folder / EXPORT)
        self.supplement = openpyxl.load_workbook(self.folder / "school_supplement.xlsx")
        for sheet, first, column in (
            *((sheet, FIRST_ROW, 2) for sheet in self.book.worksheets),
            *((sheet, 2, 1) for sheet in self.supplement.worksheets),
        ):
            for row in range(sheet.max_row, first - 1, -1):
                if str(sheet.cell(row, column).value) not in codes:
                    sheet.delete_rows(row)

    def column(self, sheet: str, path: str) -> int:
        """Number of the column under headers, given as 班数/合计."""
        steps = path.split("/")
        for column in range(1, self.book[sheet].max_column + 1):
            if _path(self.book[sheet], column)[-len(steps) :] == steps:
                return column
        raise LookupError(path)

    def row(self, sheet: str, code: str) -> int:
        """Number of a school's row."""
        for row in range(FIRST_ROW, self.book[sheet].max_row + 1):
            if self.book[sheet].cell(row, 2).value == code:
                return row
        raise LookupError(code)

    def cell(self, sheet: str, code: str, path: str) -> str:
        """Address of a school's cell."""
        return f"{get_column_letter(self.column(sheet, path))}{self.row(sheet, code)}"

    def set(self, sheet: str, code: str, values: Mapping[str, Any]) -> None:
        """Write values of a school by header path."""
        for path, value in values.items():
            self.book[sheet][self.cell(sheet, code, path)] = value

    def copy_row(self, sheet: str, code: str, new_code: str, values: Mapping[str, Any]) -> None:
        """A further row as that of a school, with another code."""
        target, source = self.book[sheet].max_row + 1, self.row(sheet, code)
        for column in range(1, self.book[sheet].max_column + 1):
            self.book[sheet].cell(target, column, self.book[sheet].cell(source, column).value)
        self.book[sheet].cell(target, 2, new_code)
        for path, value in values.items():
            self.book[sheet].cell(target, self.column(sheet, path)).value = value

    def list_school(self, like: str, code: str, name: str, town: str | None) -> None:
        """A row of the supplement as that of another school."""
        sheet = self.supplement["学校情况"]
        headers = [cell.value for cell in sheet[1]]
        [row] = [row for row in range(2, sheet.max_row + 1) if str(sheet.cell(row, 1).value) == like]
        values = [cell.value for cell in sheet[row]]
        values[0], values[1], values[headers.index("所在乡镇")] = code, name, town
        sheet.append(values)

    def set_listed(self, code: str, values: Mapping[str, Any]) -> None:
        """Write values of a school into the supplement by header."""
        sheet = self.supplement["学校情况"]
        headers = [cell.value for cell in sheet[1]]
        [row] = [row for row in range(2, sheet.max_row + 1) if str(sheet.cell(row, 1).value) == code]
        for header, value in values.items():
            sheet.cell(row, headers.index(header) + 1).value = value

    def read(self) -> PartitionReturns:
        """Save and read."""
        self.book.save(self.folder / EXPORT)
        self.supplement.save(self.folder / "school_supplement.xlsx")
        return read(self.raw)


def _path(sheet: Worksheet, column: int) -> list[str]:
    """Headers above a column, from the merged rows 2–6."""
    path: list[str] = []
    for row in range(2, FIRST_ROW):
        value = sheet.cell(row, column).value
        for area in sheet.merged_cells.ranges:
            if area.min_row <= row <= area.max_row and area.min_col <= column <= area.max_col:
                value = sheet.cell(area.min_row, area.min_col).value
        if value is not None and (not path or path[-1] != value):
            path.append(str(value))
    return path


def unexpected(returns: PartitionReturns) -> set[tuple[str, str, str | None, str | None]]:
    """Every fault but that 表Ⅰ counts more schools than this small county has."""
    return {
        (found.severity, found.code, found.sheet, found.cell)
        for found in returns.faults
        if found.code not in ("workbooks_differ", "special_school")
    }
