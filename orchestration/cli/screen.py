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
        for part in wording.wrapped(wording.clean(text), self.console.width) or [""]:
            self.console.print(Text(part, style=style))

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
        ``first``, but only once every ``left`` is at its narrowest."""
        cells = [[wording.clean(value) for value in row] for row in rows]
        room = self.console.width - _GAP * (len(columns) - 1)
        widths = [
            max(wording.width(line) for row in [[title for title, _ in columns], *cells] for line in row[n].split("\n"))
            for n in range(len(columns))
        ]
        wrap = [n for n, (_, how) in enumerate(columns) if how == "left"]
        first = [n for n, (_, how) in enumerate(columns) if how == "first"]
        room -= sum(width for n, width in enumerate(widths) if n not in {*wrap, *first})
        shares = _shares(room - _NARROWEST * len(wrap), {n: widths[n] for n in first})
        shares |= _shares(room - sum(shares.values()), {n: widths[n] for n in wrap})
        for n, width in shares.items():
            for row in cells:
                row[n] = "\n".join(line for part in row[n].split("\n") for line in wording.wrapped(part, width))
        grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="bold")
        for title, how in columns:
            grid.add_column(title, justify="right" if how == "right" else "left", no_wrap=True, overflow="fold")
        for row in cells:
            grid.add_row(*(Text(value, style=_STYLES.get(value, "")) for value in row))
        self.console.print(grid)


def _shares(room: int, wanted: dict[int, int]) -> dict[int, int]:
    """Divide the room among columns: what a column does not need goes to those that are short of it."""
    shares: dict[int, int] = {}
    for left, (column, width) in zip(
        range(len(wanted), 0, -1), sorted(wanted.items(), key=lambda entry: entry[1]), strict=True
    ):
        shares[column] = max(min(width, (room - sum(shares.values())) // left), _NARROWEST)
    return shares
