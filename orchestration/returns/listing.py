"""Sheets that are lists: one header row, then one row an entry. Columns are found by header text in any order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from orchestration.returns.faults import fault
from orchestration.returns.text import normalise
from orchestration.returns.values import Findings, Source
from orchestration.returns.workbook import Sheet, Workbook

_DEEPEST_HEADER = 15


@dataclass(frozen=True)
class Listing:
    """A list sheet: where its columns stand and which rows carry anything."""

    sheet: Sheet
    source: Source
    columns: dict[str, int]
    first_row: int

    def rows(self) -> Iterator[int]:
        """Row numbers (zero-based) below the header that are not wholly blank."""
        for row in range(self.first_row, len(self.sheet.grid)):
            if any(normalise(cell) for cell in self.sheet.grid[row]):
                yield row

    def raw(self, row: int, header: str) -> object:
        """The raw cell of a column."""
        return self.sheet.at(row, self.columns[header])


def open_listing(
    book: Workbook, sheet_name: str, headers: Sequence[str], findings: Findings, optional: Sequence[str] = ()
) -> Listing | None:
    """Find a list sheet's header row. None, with faults in ``findings``, where the sheet or a column is not there."""
    if sheet_name not in book.sheet_names:
        findings.faults.append(
            fault(
                "missing_sheet",
                book.file,
                sheet=sheet_name,
                found="、".join(book.sheet_names)[:200],
                expected=sheet_name,
            )
        )
        return None
    sheet = book.sheet(sheet_name)
    wanted = {normalise(header): header for header in (*headers, *optional)}
    best_row, best = -1, dict[str, list[int]]()
    for row, cells in enumerate(sheet.grid[:_DEEPEST_HEADER]):
        found: dict[str, list[int]] = {}
        for column, cell in enumerate(cells):
            header = wanted.get(normalise(cell)) if isinstance(cell, str) and cell else None
            if header:
                found.setdefault(header, []).append(column)
        if len(found) > len(best):
            best_row, best = row, found
    there = "、".join(str(cell) for cell in sheet.grid[best_row] if cell)[:200] if best_row >= 0 else "空表"
    sound = True
    for header in headers:
        if header not in best:
            findings.faults.append(
                fault("missing_column", book.file, sheet=sheet_name, field=header, found=there, expected=header)
            )
            sound = False
    for header, columns in best.items():
        if len(columns) > 1:
            findings.faults.append(
                fault("ambiguous_column", book.file, sheet=sheet_name, field=header, found=there, expected=header)
            )
            sound = False
    if not sound:
        return None
    return Listing(
        sheet, Source(book.file, book.sha256), {name: columns[0] for name, columns in best.items()}, best_row + 1
    )
