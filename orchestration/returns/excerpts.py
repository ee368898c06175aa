"""The neighbourhood of a cell as people see it: two rows and columns around, under their headers, beside their labels.

For return slips, so that a school finds the cell without counting rows. Shown as written; nothing is interpreted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.returns.faults import clip
from orchestration.returns.isolation import Task, read_isolated, size_of
from orchestration.returns.targets import position_of
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.workbook import Refused, Sheet, Workbook, open_workbook

AROUND = 2
_HEADER_STEPS = 3  # the lowest headers of a column say what it is; those above only what the form is
_NUMBERING_MARK = "甲"
_SCALE = re.compile(r"[A-Z]{1,2}|\d{1,3}")  # column letters and numbers that some forms print
_DEEPEST_HEADER = 60


@dataclass(frozen=True)
class Excerpt:
    """A piece of a sheet. ``headers`` has one text a column, ``rows`` (row number, label, cells); ``marked`` is the
    address of the cell in question, ``columns`` the letters."""

    sheet: str
    marked: str
    columns: tuple[str, ...]
    headers: tuple[str, ...]
    rows: tuple[tuple[int, str, tuple[str, ...]], ...]


Place = tuple[str, str]  # sheet, cell


def excerpts(
    folder: Path, places: dict[str, list[Place]], digests: dict[str, str]
) -> dict[tuple[str, str, str], Excerpt]:
    """(file, sheet, cell) → its neighbourhood, read anew. ``places`` are the cells wanted of each file.

    A file that cannot be read, or is no longer the one that was checked (sha256 in ``digests``), gives none.
    """
    files = sorted(places)
    tasks = [
        Task(read_excerpts, (folder, file, places[file], digests.get(file, "")), file, size_of(folder / file))
        for file in files
    ]
    found: dict[tuple[str, str, str], Excerpt] = {}
    for file, result in zip(files, read_isolated(tasks), strict=True):
        if isinstance(result, list):
            for excerpt in result:  # type: ignore[assignment]
                if isinstance(excerpt, Excerpt):
                    found[file, excerpt.sheet, excerpt.marked] = excerpt
    return found


def read_excerpts(folder: Path, file: str, places: Sequence[Place], sha256: str) -> list[Excerpt]:
    """The neighbourhoods of one file's cells; none where the file is another than the one checked."""
    try:
        book = open_workbook(folder, file)
    except Refused:
        return []
    if sha256 and book.sha256 != sha256:
        return []
    return [found for sheet, cell in places if (found := _excerpt(book, sheet, cell)) is not None]


def _excerpt(book: Workbook, sheet_name: str, cell: str) -> Excerpt | None:
    if sheet_name not in book.sheet_names:
        return None
    try:
        sheet = book.sheet(sheet_name)
    except Refused:
        return None
    row, column = position_of(cell)
    height, width = len(sheet.grid), max((len(cells) for cells in sheet.grid), default=0)
    if row > height + AROUND or column > width + AROUND:
        return None
    spread = _Spread(sheet, width)
    top, left = max(0, row - AROUND), max(0, column - AROUND)
    rows, columns = range(top, row + AROUND + 1), range(left, column + AROUND + 1)
    return Excerpt(
        sheet_name,
        cell,
        tuple(a1(0, one).rstrip("1") for one in columns),
        tuple(spread.header(one, top) for one in columns),
        tuple((one + 1, spread.label(one, left), tuple(spread.shown(one, at) for at in columns)) for one in rows),
    )


class _Spread:
    """A sheet whose merged cells all show what stands in their corner."""

    def __init__(self, sheet: Sheet, width: int) -> None:
        self._sheet = sheet
        self._corners: dict[tuple[int, int], tuple[int, int]] = {}
        self._titles: set[tuple[int, int]] = set()
        height = len(sheet.grid)
        for (top, left), (bottom, right) in sheet.merges:
            last_row, last_column = min(bottom, height), min(right, width)
            if (last_column - left) * 2 > width:  # over half the sheet: a title, no header
                self._titles.add((top, left))
            for row in range(top, last_row + 1):
                for column in range(left, last_column + 1):
                    self._corners[row, column] = (top, left)
        self._headers = self._header_rows()

    def _header_rows(self) -> range:
        """The rows that head the columns: down to the row 甲 | 乙 | 1 …; without one, the first row that is no title,
        and those its merged cells reach."""
        for row, cells in enumerate(self._sheet.grid[:_DEEPEST_HEADER]):
            if _NUMBERING_MARK in (normalise(cell) for cell in cells if isinstance(cell, str)):
                return range(row)
        for row, cells in enumerate(self._sheet.grid[:_DEEPEST_HEADER]):
            said = [column for column, cell in enumerate(cells) if cell != "" and (row, column) not in self._titles]
            if len(said) > 1:
                reached = [bottom for (top, left), (bottom, _) in self._sheet.merges if top == row and left in said]
                return range(row, min(max([row, *reached]), _DEEPEST_HEADER) + 1)
        return range(0)

    def shown(self, row: int, column: int) -> str:
        """A cell as a person sees it; what is merged into another is blank."""
        if self._corners.get((row, column), (row, column)) != (row, column):
            return ""
        return self._text(row, column)

    def _text(self, row: int, column: int) -> str:
        raw = self._sheet.at(row, column)
        if raw == "":
            raw = self._sheet.hollow.get(a1(row, column), "")
        return clip(display(raw), 24)

    def header(self, column: int, above: int) -> str:
        """The lowest header texts over a column, where they lie above the piece shown."""
        texts: list[str] = []
        for row in self._headers:
            if row >= above:
                break
            corner = self._corners.get((row, column), (row, column))
            raw = self._sheet.at(*corner)
            if corner in self._titles or not isinstance(raw, str) or _SCALE.fullmatch(normalise(raw)):
                continue
            text = clip(raw, 24)
            if text and not _is_number(text) and text not in texts[-1:]:
                texts.append(text)
        return " / ".join(texts[-_HEADER_STEPS:])

    def label(self, row: int, left: int) -> str:
        """What labels a row: the last texts left of the piece shown."""
        texts: list[str] = []
        for column in range(left):
            corner = self._corners.get((row, column), (row, column))
            raw = self._sheet.at(*corner)
            if isinstance(raw, str) and corner not in self._titles:
                text = clip(raw, 24)
                if text and not _is_number(text) and text not in texts:
                    texts.append(text)
        return " / ".join(texts[-2:])


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[-+\d.,%\s]+", text))
