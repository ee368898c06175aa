"""Find a field's cell in a sheet by header text (LAYOUT §0), whatever rows and columns stand around it.

Four ways: ``matrix`` (row label × column header path), ``below`` (a header, the value under it, on the row labelled
名称 or 代码 where the form pairs them), ``right`` (a label, the value right of it), ``column`` (a column header path;
one entry a row). Units in brackets at the end of a header or label do not count for finding it; they are kept, to be
checked (`Locator.stated_units`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from orchestration.returns.layout import FieldPlace, split_unit, units
from orchestration.returns.text import normalise
from orchestration.returns.workbook import Sheet

_NUMBERING_MARK = "甲"  # the row 甲 | 乙 | 1 | 2 … closes the header
_NUMBERING = re.compile(r"[甲乙丙丁]|\d{1,3}")
_DEEPEST_HEADER = 60
_UNIT_COLUMNS = frozenset({"计量单位", "单位"})
_SHEET_UNIT = re.compile(r"单位:([^:]+)$")


@dataclass(frozen=True)
class Position:
    """A cell found (zero-based)."""

    row: int
    column: int


class Header(NamedTuple):
    """One step of a column's header path: its normalised text without the unit, and the cell that carries it."""

    text: str
    row: int
    column: int


@dataclass(frozen=True)
class NotFound:
    """Why a field has no cell: a code of the fault catalogue and what was looked for."""

    code: str
    sought: str


_Form = tuple[tuple[FieldPlace, ...], tuple[tuple[object, ...], ...], tuple[object, ...]]
_MOST_FORMS = 64
_known_forms: dict[tuple[int, int], tuple[_Form, Locator]] = {}


def locator_of(sheet: Sheet, places: tuple[FieldPlace, ...]) -> Locator:
    """A locator for a sheet; the one of an earlier sheet where all texts and merged cells are the same.

    Where a field stands depends on nothing else, and a county's schools fill in the same form. Not for sheets of
    rows, whose first entry is found by its values.
    """
    if not places:
        return Locator(sheet, places)
    # A blank and a number are both no text: pupils of a grade that one school has and another has not.
    texts = tuple([tuple([cell if cell.__class__ is str and cell else None for cell in row]) for row in sheet.grid])
    form: _Form = (places, texts, tuple(sheet.merges))
    key = (id(places), hash(form[1:]))
    known = _known_forms.get(key)
    if known is not None and known[0][0] is places and known[0][1:] == form[1:]:
        _known_forms[key] = _known_forms.pop(key)  # the least used go first: identity sheets never come twice
        return known[1]
    locator = Locator(sheet, places)
    if not sheet.amended and not any(place.how == "column" for place in places):
        if len(_known_forms) >= _MOST_FORMS:
            _known_forms.pop(next(iter(_known_forms)))
        _known_forms[key] = (form, locator)
    return locator


class Locator:
    """Answers where fields stand in one sheet. ``places`` are all fields of its form (they bound the header)."""

    def __init__(self, sheet: Sheet, places: Sequence[FieldPlace]) -> None:
        self._sheet = sheet
        self._places = places
        self._blocks = frozenset[str]().union(*(place.block for place in places)) if places else frozenset[str]()
        self._columns: dict[tuple[frozenset[str], ...], int | NotFound] = {}
        self._found: dict[int, tuple[FieldPlace, Position | NotFound]] = {}
        self._texts: list[list[str]] = [
            [_text(cell) if cell.__class__ is str and cell else "" for cell in row]  # type: ignore[arg-type]
            for row in sheet.grid
        ]

    def find(self, place: FieldPlace) -> Position | NotFound:
        """The cell of a field."""
        known = self._found.get(id(place))
        if known is None or known[0] is not place:  # an id may be another's once its owner is gone
            known = self._found[id(place)] = (place, self._find(place))
        return known[1]

    def _find(self, place: FieldPlace) -> Position | NotFound:
        if place.how == "matrix":
            return self._matrix(place)
        if place.how == "below":
            return self._below(place)
        if place.how == "right":
            return self._right(place)
        raise ValueError(f"unknown way to locate a cell: {place.how}")

    def labels(self, row: int, column: int) -> list[str]:
        """The texts left of a cell: what labels its row."""
        return [text for text in self._texts[row][:column] if text]

    def stated_units(self, position: Position) -> Iterator[tuple[str, Position]]:
        """Units stated for a cell and where, nearest first: 计量单位 of its row, its label, its header, the sheet."""
        for column, path in enumerate(self.paths):
            if path and path[-1].text in _UNIT_COLUMNS and (text := self._unit_at(position.row, column)):
                yield text, Position(position.row, column)
        row = self._sheet.grid[position.row][: position.column] if position.row < len(self._sheet.grid) else []
        for column, cell in enumerate(row):
            if isinstance(cell, str) and (unit := split_unit(normalise(cell))[1]):
                yield unit, Position(position.row, column)
        path = self.paths[position.column] if position.column < len(self.paths) else []
        for header in reversed(path):
            if unit := split_unit(normalise(self._sheet.at(header.row, header.column)))[1]:
                yield unit, Position(header.row, header.column)
        yield from self._sheet_unit

    def _unit_at(self, row: int, column: int) -> str | None:
        text = normalise(self._sheet.at(row, column))
        return text if text in units() else None

    @cached_property
    def _sheet_unit(self) -> list[tuple[str, Position]]:
        """表号：… 单位：平方米 above the header; several units in one heading say nothing of a single figure."""
        for row, texts in enumerate(self._texts[: self.data_start]):
            for column, text in enumerate(texts):
                if (stated := _SHEET_UNIT.search(text)) and stated[1] in units():
                    return [(stated[1], Position(row, column))]
        return []

    @cached_property
    def _places_of(self) -> dict[str, list[tuple[int, int]]]:
        """Text → the cells (row, column) that carry it, in reading order."""
        index: dict[str, list[tuple[int, int]]] = {}
        for row, texts in enumerate(self._texts):
            for column, text in enumerate(texts):
                if text:
                    index.setdefault(text, []).append((row, column))
        return index

    def _rows_with(self, accepted: Iterable[str], start: int, end: int, left_of: int | None = None) -> list[int]:
        """The rows from ``start`` to ``end`` that carry one of the texts (left of a column), in order."""
        rows = {
            row
            for text in accepted
            for row, column in self._places_of.get(text, ())
            if start <= row < end and (left_of is None or column < left_of)
        }
        return sorted(rows)

    def first_text(self, accepted: Iterable[str]) -> Position | None:
        """The first cell, in reading order, that carries one of the normalised texts."""
        found = [places[0] for text in accepted if (places := self._places_of.get(text))]
        return Position(*min(found)) if found else None

    # -- matrix ------------------------------------------------------------------------------------------------

    @cached_property
    def data_start(self) -> int:
        """First row below the header: after 甲 | 乙, else the first row with a label that is sought.

        In a sheet of rows: the first row below the headers sought that says something where they stand.
        """
        for row, texts in enumerate(self._texts[:_DEEPEST_HEADER]):
            if _NUMBERING_MARK in texts:
                return row + 1
        if any(place.how == "column" for place in self._places):
            return self._first_entry()
        labels = frozenset[str]().union(*(place.row for place in self._places if place.how == "matrix"))
        rows = self._rows_with(labels, 0, len(self._texts))
        return rows[0] if rows else len(self._texts)

    def _first_entry(self) -> int:
        """Row of the first entry under one-step headers (标识码, 名称): their merged cells aside, what comes next."""
        headers = frozenset[str]().union(*(place.column[0] for place in self._places if len(place.column) == 1))
        anchors: list[tuple[int, int]] = []
        for row, texts in enumerate(self._texts[:_DEEPEST_HEADER]):
            found = [(row, column) for column, text in enumerate(texts) if text in headers]
            anchors = max(anchors, found, key=len)
        if not anchors:
            return len(self._texts)
        first = 1 + max(self._extent(Position(row, column))[0] for row, column in anchors)
        columns = sorted({column for _, column in anchors})
        for row in range(first, len(self._texts)):
            said = [text for column in columns if (text := normalise(self._sheet.at(row, column)))]
            if said and not all(_NUMBERING.fullmatch(text) for text in said):
                return row
        return len(self._texts)

    @cached_property
    def paths(self) -> list[list[Header]]:
        """Header path of each column, top to bottom, merged headers spread over the columns they span."""
        bottom = self.data_start
        if 0 < bottom <= len(self._texts) and _NUMBERING_MARK in self._texts[bottom - 1]:
            bottom -= 1
        width = max((len(row) for row in self._texts), default=0)
        spread = [
            [Header(text, row, column) if text else None for column, text in enumerate(texts)]
            + [None] * (width - len(texts))
            for row, texts in enumerate(self._texts[:bottom])
        ]
        for (top, left), (last, right) in self._sheet.merges:
            if top < bottom and left < width:
                anchor = spread[top][left]
                for row in range(top, min(last + 1, bottom)):
                    for column in range(left, min(right + 1, width)):
                        spread[row][column] = anchor
        paths: list[list[Header]] = []
        for column in range(width):
            path: list[Header] = []
            for row in spread:
                header = row[column]
                if header is not None and (not path or path[-1].text != header.text):
                    path.append(header)
            paths.append(path)
        return paths

    @cached_property
    def _path_texts(self) -> list[list[str]]:
        return [[header.text for header in path] for path in self.paths]

    @cached_property
    def _columns_under(self) -> dict[str, set[int]]:
        """Header text → the columns that have it in their path."""
        index: dict[str, set[int]] = {}
        for column, path in enumerate(self._path_texts):
            for text in path:
                index.setdefault(text, set()).add(column)
        return index

    def column(self, place: FieldPlace) -> int | NotFound:
        """The column of a field, or why there is none."""
        if place.column not in self._columns:
            self._columns[place.column] = self._match_column(place)
        return self._columns[place.column]

    def _match_column(self, place: FieldPlace) -> int | NotFound:
        """Match the path from tight to loose: whole suffix, adjacent steps, steps in order (shallowest first)."""
        ranked: list[tuple[int, int, int]] = []
        under = self._columns_under
        steps = [set[int]().union(*(under.get(text, ()) for text in step)) for step in place.column]
        for column in sorted(set[int].intersection(*steps)) if steps else range(len(self._path_texts)):
            rank = _rank(self._path_texts[column], place.column)
            if rank is not None:
                ranked.append((*rank, column))
        if not ranked:
            return NotFound("missing_column", place.column_text)
        best = min(ranked)[:2]
        columns = [column for *rank, column in ranked if tuple(rank) == best]
        return columns[0] if len(columns) == 1 else NotFound("ambiguous_column", place.column_text)

    def rows_of_block(self, place: FieldPlace) -> tuple[int, int] | NotFound:
        """The rows (from, to) that a field may stand in: its block, up to the next block of the form."""
        start, end = self.data_start, len(self._texts)
        if not place.block:
            return start, end
        heads = self._rows_with(place.block, start, end)
        if not heads:
            return NotFound("missing_row", place.row_text)
        others = self._rows_with(self._blocks - place.block, heads[0] + 1, end)
        return heads[0], others[0] if others else end

    def _matrix(self, place: FieldPlace) -> Position | NotFound:
        column = self.column(place)
        if isinstance(column, NotFound):
            return column
        bounds = self.rows_of_block(place)
        if isinstance(bounds, NotFound):
            return bounds
        rows = self._rows_with(place.row, *bounds, left_of=column)
        if not rows:
            return NotFound("missing_row", place.row_text)
        return Position(rows[0], column) if len(rows) == 1 else NotFound("ambiguous_row", place.row_text)

    # -- below and right ---------------------------------------------------------------------------------------

    def _extent(self, position: Position) -> tuple[int, int]:
        """Last row and column of the merged range that begins at a cell."""
        for (top, left), (last, right) in self._sheet.merges:
            if (top, left) == (position.row, position.column):
                return last, right
        return position.row, position.column

    def _below(self, place: FieldPlace) -> Position | NotFound:
        header = self.first_text(place.column[0])
        if header is None:
            return NotFound("missing_column", place.column_text)
        last, _ = self._extent(header)
        if not place.row:
            return Position(last + 1, header.column)
        rows = self._rows_with(place.row, last + 1, len(self._texts), left_of=header.column)
        return Position(rows[0], header.column) if rows else NotFound("missing_row", place.row_text)

    def _right(self, place: FieldPlace) -> Position | NotFound:
        label = self.first_text(place.row)
        if label is None:
            return NotFound("missing_row", place.row_text)
        _, right = self._extent(label)
        return Position(label.row, right + 1)


@lru_cache(maxsize=65536)
def _text(cell: str) -> str:
    """A cell as headers and labels are compared: normalised, without its unit."""
    return split_unit(normalise(cell))[0]


def _rank(path: Sequence[str], steps: Sequence[frozenset[str]]) -> tuple[int, int] | None:
    """How tightly a header path carries the steps: (tier, extra depth), smaller is tighter; None if it does not."""
    size = len(steps)
    adjacent = [
        start
        for start in range(len(path) - size + 1)
        if all(path[start + offset] in step for offset, step in enumerate(steps))
    ]
    if adjacent:
        return (0, 0) if adjacent[-1] + size == len(path) else (1, len(path))
    position = -1
    for step in steps:
        position = next((index for index in range(position + 1, len(path)) if path[index] in step), -1)
        if position < 0:
            return None
    return (2, len(path)) if path[-1] in steps[-1] else (3, len(path))
