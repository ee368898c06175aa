"""Standard output as a calm place for tables: CJK widths, wrapping, no colour when it is not a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from orchestration.publication import wording

if TYPE_CHECKING:
    from orchestration.cli.output import Result

# Below this many columns some columns are put together.
_WIDE = 76
# Blanks between columns (one of padding, one of the box), and the least a wrapped column gets.
_GAP = 2
_NARROWEST = 8
# Wider than any terminal; and the rule between rows that are told value by value.
_ENDLESS = 100_000
_RULE = 20
_STYLES = {"不达标": "red", "数据缺失": "yellow", "缺报": "yellow", "错误": "red", "被拒": "red", "试算": "yellow"}


class _Console(Console):
    """A console that leaves a closed pipe to the command, which ends quietly."""

    def on_broken_pipe(self) -> None:
        """Called by rich while the error is being handled."""
        raise BrokenPipeError


class Screen:
    """Standard output as rich sees it: no markup in text, no colour when it is not a terminal."""

    def __init__(self) -> None:
        self.console = _Console(file=sys.stdout, markup=False, highlight=False, emoji=False)

    @property
    def wide(self) -> bool:
        """Whether there is room for every column of its own."""
        return self.console.width >= _WIDE

    def line(self, text: str = "", style: str = "") -> None:
        """One paragraph."""
        for part in _wrapped(" ".join(wording.clean(text).split()), self.console.width).split("\n"):
            self._print(part, style)

    def heading(self, result: Result, name: str) -> None:
        """County, year, edition; and that it is only a trial, if it is."""
        place = f"{result.county_name}（{result.county}）" if result.county_name else result.county or ""
        year = f"{wording.school_year(result.year)} " if result.year else ""
        self.line(f"{place} {year}{name}".strip(), "bold")
        if result.standard:
            self.line(f"标准 {result.standard}", "dim")
        if result.provisional:
            self.line("试算：有错误的数值按缺报处理，不作正式结论。", "yellow")
        self.line()

    def table(self, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> None:
        """A table; a column is (title, how): ``right`` and ``keep`` are never broken, ``left`` is wrapped, and so is
        ``first``, but only once every ``left`` is at its narrowest.

        Where the columns do not fit, one line a value, row after row: a figure that is cut is another figure.
        """
        cells = [[wording.clean(value) for value in row] for row in rows]
        titles = [wording.clean(title) for title, _ in columns]
        room = self.console.width - _GAP * (len(columns) - 1)
        widths = [
            max(wording.width(line) for row in [titles, *cells] for line in row[n].split("\n"))
            for n in range(len(columns))
        ]
        wrap = [n for n, (_, how) in enumerate(columns) if how == "left"]
        first = [n for n, (_, how) in enumerate(columns) if how == "first"]
        room -= sum(width for n, width in enumerate(widths) if n not in {*wrap, *first})
        least = {n: _least(titles[n], [row[n] for row in cells], widths[n]) for n in (*first, *wrap)}
        if room < sum(least.values()):
            self._records(titles, cells)
            return
        shares = _shares(room - sum(least[n] for n in wrap), {n: widths[n] for n in first}, least)
        shares |= _shares(room - sum(shares.values()), {n: widths[n] for n in wrap}, least)
        wrapped = [
            [_wrapped(value, shares[n]) if n in shares else value for n, value in enumerate(row)] for row in cells
        ]
        grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for title, (_, how) in zip(titles, columns, strict=True):
            grid.add_column(Text(title), justify="right" if how == "right" else "left", no_wrap=True, overflow="fold")
        for row in wrapped:
            grid.add_row(*(Text(value, style=_STYLES.get(value, "")) for value in row))
        # What is wider than we thought (rich has its own opinion of some characters) would be cropped.
        if self.console.measure(grid, options=self.console.options.update(width=_ENDLESS)).maximum > self.console.width:
            self._records(titles, cells)
        else:
            self.console.print(grid)

    def _records(self, titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        for number, row in enumerate(rows):
            if number:
                self._print("─" * min(_RULE, self.console.width), "dim")
            for title, value in zip(titles, row, strict=True):
                for part in _wrapped(f"{title}：{value}", self.console.width).split("\n"):
                    self._print(part, _STYLES.get(value, ""))

    def _print(self, text: str, style: str = "") -> None:
        """One line, whatever its length: a terminal breaks it, and nothing is lost."""
        self.console.print(Text(text, style=style), soft_wrap=True)


def _wrapped(text: str, columns: int) -> str:
    """Lines of so many columns; of more where a number needs them."""
    columns = max(columns, *map(len, wording.numbers(text)), 0)
    return "\n".join(line for part in text.split("\n") for line in wording.wrapped(part, columns))


def _least(title: str, values: Sequence[str], width: int) -> int:
    """The least that a wrapped column takes: its title, and the longest of its numbers, are not broken."""
    numbers = (len(number) for value in values for number in wording.numbers(value))
    return max(wording.width(title), min(width, _NARROWEST), max(numbers, default=0))


def _shares(room: int, wanted: dict[int, int], least: dict[int, int]) -> dict[int, int]:
    """Divide the room among columns: what a column does not need goes to those that are short of it."""
    shares: dict[int, int] = {}
    spare = room - sum(least[column] for column in wanted)
    more = {column: max(width - least[column], 0) for column, width in wanted.items()}
    for left, (column, width) in zip(
        range(len(more), 0, -1), sorted(more.items(), key=lambda entry: entry[1]), strict=True
    ):
        given = min(width, spare // left)
        shares[column] = least[column] + given
        spare -= given
    return shares
