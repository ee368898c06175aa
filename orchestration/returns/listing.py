"""Sheets that are lists: one header row, then one row an entry. Columns are found by header text in any order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from orchestration.returns.faults import fault
from orchestration.returns.layout import split_unit, units
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import Findings, Source
from orchestration.returns.workbook import Sheet, Workbook

_DEEPEST_HEADER = 15
_NUMBERING = re.compile(r"[甲乙丙丁]|\d{1,3}")  # the row 甲 | 乙 | 1 | 2 … below a header


@dataclass(frozen=True)
class Listing:
    """A list sheet: where its columns stand and which rows carry anything.

    ``other_unit`` are the columns whose header states another unit than it should: their numbers must not be used.
    """

    sheet: Sheet
    source: Source
    columns: dict[str, int]
    first_row: int
    other_unit: Collection[str] = field(default_factory=frozenset[str])

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
    """Find a list sheet's header row. None, with faults in ``findings``, where the sheet or a column is not there.

    A hidden sheet of that name, or a hidden copy of it, is a fault: nobody can tell which figures were meant."""
    hidden = book.hidden_named(sheet_name)
    findings.faults += [
        fault(
            "hidden_sheet", book.file, sheet=name, expected=f"可见的“{sheet_name}”",
            doubts=[(book.file, sheet_name, None)],
        )
        for name in hidden
    ]  # fmt: skip
    if sheet_name not in book.sheet_names and hidden:
        return None
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
    measured = {split_unit(text)[0]: header for text, header in wanted.items() if split_unit(text)[1]}
    best_row, best = -1, dict[str, list[int]]()
    for row, cells in enumerate(sheet.grid[:_DEEPEST_HEADER]):
        found: dict[str, list[int]] = {}
        for column, cell in enumerate(cells):
            header = _header_of(cell, wanted, measured) if isinstance(cell, str) and cell else None
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
    at = {name: columns[0] for name, columns in best.items()}
    other_unit = {name for name, column in at.items() if _states_other_unit(sheet.at(best_row, column), name)}
    for name in other_unit:
        cell, found_text = a1(best_row, at[name]), display(sheet.at(best_row, at[name]))
        findings.faults.append(
            fault("wrong_unit", book.file, sheet=sheet_name, cell=cell, field=name, found=found_text, expected=name)
        )
    first = best_row + 1
    if at and all(_NUMBERING.fullmatch(normalise(sheet.at(first, column))) for column in at.values()):
        first += 1
    return Listing(sheet, Source(book.file, book.sha256), at, first, other_unit)


def _header_of(cell: str, wanted: dict[str, str], measured: dict[str, str]) -> str | None:
    """The header a cell is, exactly or in another unit: 公用经费预算(万元) is 公用经费预算(元), to be complained of."""
    text = normalise(cell)
    if text in wanted:
        return wanted[text]
    head, unit = split_unit(text)
    return measured.get(head) if unit else None


def _states_other_unit(cell: object, header: str) -> bool:
    stated, expected = split_unit(normalise(cell))[1], split_unit(normalise(header))[1]
    return stated is not None and expected is not None and units()[stated] != units()[expected]
