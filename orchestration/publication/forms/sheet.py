"""One official form as a sheet: title, 填报 line, merged headers, body, notes, signatures; ready for A4."""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.publication import wording
from orchestration.publication.book import (
    BODY_FONT,
    CENTRED,
    HEAD_FONT,
    LEFT,
    Book,
    fit,
    height_of,
    heights_of,
    is_number,
    lines_of,
)

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MISSING = "缺报"
NOTHING = "——"
_SIGNATURES = ("县（市、区）人民政府（盖章）：", "负责人（签字）：", "填表人：", "填表日期：　　　年　　月　　日")
_LEAST_ROW = 21.0


class FormSheet:
    """A form being filled from the top. Rows and columns count from 0."""

    def __init__(self, book: Book, name: str, title: str, widths: Sequence[float], *, landscape: bool = True) -> None:
        self.book = book
        self.widths = list(widths)
        self.sheet: Worksheet = book.book.add_worksheet(name)
        self._landscape = landscape
        self._columns = len(widths)
        self._head = (2, 2)
        self.next = 2
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        mark = "【试算】" if book.heading.provisional else ""
        self._across(0, f"{mark}{name}　{title}", book.format(font_name=HEAD_FONT, font_size=16, align="center"), 34)
        heading = book.heading
        year = f"{heading.year}/{heading.year + 1}学年初" if heading.year else ""
        place = f"县（市、区）：{heading.county_name or ''}　　行政区划代码：{heading.county or ''}　　统计年度：{year}"
        self._across(1, place, book.format(font_size=10.5), 20)

    @property
    def head_format(self) -> Format:
        """Of header cells."""
        return self._bordered(font_name=HEAD_FONT, bg_color="#EEF1F5", **CENTRED)

    def head(self, at: tuple[int, int], text: str, size: tuple[int, int] = (1, 1)) -> None:
        """A header cell of ``size`` (rows, columns), merged where it is more than one."""
        self.book.write(self.sheet, at, size, text, self.head_format)

    def head_done(self, first: int, last: int, heights: Sequence[float], frozen: int = 0) -> None:
        """Rows ``first`` to ``last`` are the header, repeated on every page; the body begins below."""
        for row, height in zip(range(first, last + 1), heights, strict=True):
            self.sheet.set_row(row, height)
        self._head = (first, last)
        self.next = last + 1
        self.sheet.freeze_panes(self.next, frozen)

    def put(self, at: tuple[int, int], value: object, form: str = "General", size: tuple[int, int] = (1, 1)) -> None:
        """A body cell, centred: a number in its format, text as text."""
        self.book.write(
            self.sheet, at, size, value, self._bordered(num_format=form if is_number(value) else "@", **CENTRED)
        )

    def label(self, at: tuple[int, int], text: str, size: tuple[int, int] = (1, 1), *, strong: bool = False) -> None:
        """A body cell of words, set left."""
        bold = {"font_name": HEAD_FONT} if strong else {}
        self.book.write(self.sheet, at, size, text, self._bordered(num_format="@", **LEFT, **bold))

    def row(self, values: Sequence[tuple[object, str]], left: Sequence[int] = ()) -> int:
        """One body row of (value, number format); columns in ``left`` are words. Returns its number."""
        texts = [
            (value if is_number(value) else fit(wording.clean(wording.joined(value))), form) for value, form in values
        ]
        lines = max(
            lines_of(text, width) for (text, _), width in zip(texts, self.widths, strict=True) if isinstance(text, str)
        )
        row, heights = self.next, heights_of(lines)
        for column, (value, form) in enumerate(texts):
            if column in left:
                self.label((row, column), str(value), (len(heights), 1))
            else:
                self.put((row, column), value, form, (len(heights), 1))
        self.heights(heights)
        return row

    def heights(self, heights: Sequence[float], least: float = _LEAST_ROW) -> None:
        """Set the heights of the next rows, and go below them."""
        for height in heights:
            self.sheet.set_row(self.next, max(height, least))
            self.next += 1

    def sentence(self, at: tuple[int, int], pieces: Sequence[tuple[str, bool]], rows: int = 1) -> None:
        """A sentence whose filled blanks (second of the pair) are underlined."""
        cell = self._bordered(num_format="@", **LEFT)
        shown = [(wording.clean(text), blank) for text, blank in pieces if text]
        whole = "".join(text for text, _ in shown)
        if len(shown) < 2 or fit(whole) != whole:
            self.book.write(self.sheet, at, (rows, 1), whole, cell)
            return
        if rows > 1:
            self.sheet.merge_range(at[0], at[1], at[0] + rows - 1, at[1], "", cell)
        plain, underlined = self.book.format(), self.book.format(underline=1)
        parts: list[str | Format] = []
        for text, blank in shown:
            parts += [underlined if blank else plain, text]
        self.sheet.write_rich_string(*at, *parts, cell)

    def notes(self, lines: Sequence[str]) -> None:
        """Remarks under the table, numbered where there are several, the paper's provenance last."""
        form = self.book.format(font_size=9, text_wrap=True, valign="top")
        told = [line for line in lines if line]
        if len(told) > 1:
            told = [f"{number}. {line}" for number, line in enumerate(told, 1)]
        told = [f"注：{line}" if number == 0 else f"　　{line}" for number, line in enumerate(told)]
        for text in [*told, self.book.heading.provenance]:
            height = height_of(lines_of(text, sum(self.widths) * 1.1)) if text else 0
            self._across(self.next, text, form, max(height - 2, 15))
            self.next += 1

    def finish(self) -> None:
        """The lines for seal and signatures, and everything the printer needs."""
        self.sheet.set_row(self.next, 8)
        self.next += 1
        share = self._columns / len(_SIGNATURES)
        form = self.book.format(font_name=BODY_FONT, font_size=10.5)
        cuts = [round(share * number) for number in range(len(_SIGNATURES) + 1)]
        if self._columns < len(_SIGNATURES):
            self._across(self.next, "　　　　　　".join(_SIGNATURES[:2]), form, 26)
            self._across(self.next + 1, "　　　　　　　　　　　　　　　　".join(_SIGNATURES[2:]), form, 26)
            self.next += 2
        else:
            for text, start, end in zip(_SIGNATURES, cuts[:-1], cuts[1:], strict=True):
                self.book.write(self.sheet, (self.next, start), (1, end - start), text, form)
            self.sheet.set_row(self.next, 26)
            self.next += 1
        self.book.print_setup(self.sheet, *self._head, landscape=self._landscape)
        self.sheet.print_area(0, 0, self.next - 1, self._columns - 1)

    def _across(self, row: int, text: str, form: Format, height: float) -> None:
        self.book.write(self.sheet, (row, 0), (1, self._columns), text, form)
        self.sheet.set_row(row, height)

    def _bordered(self, **wanted: object) -> Format:
        return self.book.format(border=1, text_wrap=True, **wanted)


def shown(value: object, absent: str = MISSING) -> object:
    """The value, or the word for its absence: nothing that is missing may look like nought."""
    return absent if value is None else value


def decimals(least: int, value: object, *limits: object) -> int:
    """Decimals that print ``value`` visibly on its own side of every limit, at least ``least``."""
    if not isinstance(value, int | float):
        return least
    known = [float(limit) for limit in limits if isinstance(limit, int | float)]
    return max([least, *(wording.decimals_needed(float(value), limit, least) for limit in known)])


def fixed(places: int, mark: str = "") -> str:
    """A number format with so many decimals, and a sign behind the number that is part of its print."""
    number = f"0.{'0' * places}" if places else "0"
    return f'{number}"{mark}"' if mark else number


def as_stated(value: object) -> str:
    """A format that shows every decimal that was reported, at most four."""
    if not isinstance(value, float) or value.is_integer():
        return "0"
    return fixed(len(wording.trimmed(value, 4).partition(".")[2]))
