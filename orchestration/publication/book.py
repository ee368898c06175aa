"""What every xlsx paper shares: the heading, one workbook with its formats, tables that print on A4.

Text is always written as text, so that nothing in a return can become a formula. The same rows give the same
bytes: no time is written.
"""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from orchestration.publication import wording

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

BODY_FONT = "宋体"
HEAD_FONT = "黑体"
BODY_SIZE = 10
LINE_HEIGHT = 13.5
# Excel shows no row higher than 409 points; a taller text gets several rows that are merged.
TALLEST_ROW = 400.0
CENTRED: dict[str, object] = {"align": "center"}
LEFT: dict[str, object] = {"align": "left", "indent": 1}
RIGHT: dict[str, object] = {"align": "right", "indent": 1}
# What xlsx holds: rows and columns of a sheet, characters of a cell.
MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 1_048_576, 16_384, 32_767
_A4 = 9
_CUT = "…（全文见 CSV 或 JSON）"


class TooMuchError(Exception):
    """A workbook cannot hold it; the message (Chinese) says what."""


class Headed(Protocol):
    """What a paper's heading is taken from."""

    @property
    def year(self) -> int | None: ...
    @property
    def county(self) -> str | None: ...
    @property
    def county_name(self) -> str | None: ...
    @property
    def standard(self) -> str | None: ...
    @property
    def fingerprint(self) -> str | None: ...
    @property
    def provisional(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of a paper."""

    year: int | None
    county: str | None
    county_name: str | None
    standard: str | None
    fingerprint: str | None
    provisional: bool = False

    @classmethod
    def of(cls, source: Headed) -> Heading:
        """The heading of whatever knows its partition: a record, a partition in hand, the rows of a command."""
        return cls(
            source.year, source.county, source.county_name, source.standard, source.fingerprint, source.provisional
        )  # fmt: skip

    @property
    def place(self) -> str:
        """桓台县（370321）2017/2018 学年."""
        name = f"{self.county_name}（{self.county}）" if self.county_name else self.county or ""
        return f"{name}{wording.school_year(self.year)}" if self.year else name

    @property
    def provenance(self) -> str:
        """The line under the title: edition and fingerprint, and whether this is only a trial."""
        parts = [
            f"标准：{self.standard}" if self.standard else "",
            f"数据指纹：{self.fingerprint}" if self.fingerprint else "",
            "试算：有错误的数值按缺报处理，不作正式结论" if self.provisional else "",
        ]
        return "　".join(part for part in parts if part)


class Book:
    """A workbook with the formats that all its sheets share."""

    def __init__(self, path: Path, heading: Heading) -> None:
        import xlsxwriter

        self.heading = heading
        self._path = path
        # A zip that a full disk has cut short is finished once more when it is forgotten, and complains on stderr.
        self._content = BytesIO()
        self.book: Workbook = xlsxwriter.Workbook(
            self._content, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        created = datetime(heading.year, 9, 1) if heading.year else datetime(2000, 1, 1)  # noqa: DTZ001
        self.book.set_properties({"title": heading.place, "created": created})
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **wanted: object) -> Format:
        """A format, made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            base: dict[str, object] = {"font_name": BODY_FONT, "font_size": BODY_SIZE, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**base, **wanted})
        return self._formats[key]

    def cell(self, **wanted: object) -> Format:
        """A format of a table's cell."""
        return self.format(**{"border": 1, "border_color": "#9AA3AD", "text_wrap": True, **wanted})

    def sheet(self, name: str, columns: Sequence[tuple[str, float]], title: str, printed: int | None = None) -> Table:
        """A new sheet with title, provenance and header row; of the columns the first ``printed`` are printed."""
        return Table(self, self.book.add_worksheet(name), columns, title, printed or len(columns))

    def write(self, sheet: Worksheet, at: tuple[int, int], size: tuple[int, int], value: object, form: Format) -> None:
        """Write one value at (row, column) into a cell of (rows, columns): a number as a number, all else as text."""
        row, column = at
        rows, columns = size
        if rows * columns > 1:
            sheet.merge_range(row, column, row + rows - 1, column + columns - 1, "", form)
        if isinstance(value, int | float) and not isinstance(value, bool):
            sheet.write_number(row, column, value, form)
        elif text := fit(wording.clean(wording.joined(value))):
            sheet.write_string(row, column, text, form)
        else:
            sheet.write_blank(row, column, None, form)

    def print_setup(self, sheet: Worksheet, first: int, last: int, *, landscape: bool = True) -> None:
        """A4, fitted to the width, rows ``first`` to ``last`` repeated on every page, page numbers below."""
        sheet.set_paper(_A4)
        if landscape:
            sheet.set_landscape()
        else:
            sheet.set_portrait()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.repeat_rows(first, last)
        trial = "（试算）" if self.heading.provisional else ""
        left = wording.clean(f"{self.heading.place}{trial}").replace("&", "&&")[:90]
        sheet.set_footer(f'&L&"{BODY_FONT}"&9{left}&C&"{BODY_FONT}"&9第 &P 页，共 &N 页')

    def close(self) -> None:
        """Write the file. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error
        self._path.write_bytes(self._content.getvalue())


class Table:
    """One sheet being filled from the top."""

    def __init__(
        self, paper: Book, sheet: Worksheet, columns: Sequence[tuple[str, float]], title: str, printed: int
    ) -> None:
        self._paper = paper
        self._sheet = sheet
        self._widths = [width for _, width in columns]
        self._last = len(columns) - 1
        self._printed = printed
        mark = "【试算】" if paper.heading.provisional else ""
        self._merged(0, mark + title, paper.format(font_name=HEAD_FONT, font_size=16, align="center"))
        sheet.set_row(0, 30)
        self._merged(1, paper.heading.provenance, paper.format(font_size=9, font_color="#4A5560"))
        sheet.set_row(1, 16)
        head = paper.cell(font_name=HEAD_FONT, align="center", bg_color="#E8ECF1")
        for column, (name, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, fit(wording.clean(name)), head)
        sheet.set_row(2, 22 if all(wording.width(name) < width for name, width in columns) else 34)
        self._header = 2
        self._next = 3
        paper.print_setup(sheet, self._header, self._header)
        sheet.freeze_panes(self._header + 1, 1)

    def band(self, text: str) -> None:
        """A row across the whole table."""
        self._merged(self._next, text, self._paper.cell(font_name=HEAD_FONT, bg_color="#F4F6F8"))
        self._sheet.set_row(self._next, height_of(lines_of(text, sum(self._widths[: self._printed])), least=20))
        self._next += 1

    def row(
        self,
        values: Sequence[object],
        strong: Sequence[int] = (),
        number_formats: Mapping[int, str] | None = None,
    ) -> None:
        """One row; numbers stay numbers, all else is text; ``strong`` columns are set bold."""
        texts = [value if is_number(value) else fit(wording.clean(wording.joined(value))) for value in values]
        lines = max(
            (
                lines_of(text, width)
                for text, width in zip(texts[: self._printed], self._widths, strict=False)
                if isinstance(text, str)
            ),
            default=1,
        )
        heights = heights_of(lines)
        if self._next + len(heights) > MOST_ROWS:  # xlsxwriter would leave them out without a word
            raise TooMuchError(f"xlsx 的一张表最多 {MOST_ROWS} 行")
        for column, value in enumerate(texts):
            bold = {"bold": True} if column in strong else {}
            if isinstance(value, str):
                short = wording.width(value) <= 10 and self._widths[column] <= 15
                wrap = {"text_wrap": column < self._printed}
                form = self._paper.cell(num_format="@", **CENTRED if short else LEFT, **bold, **wrap)
            else:
                form = self._paper.cell(num_format=(number_formats or {}).get(column, "General"), **RIGHT, **bold)
            self._paper.write(self._sheet, (self._next, column), (len(heights), 1), value, form)
        for height in heights:
            self._sheet.set_row(self._next, height)
            self._next += 1

    def finish(self, *, filtered: bool = False) -> None:
        """Set what depends on the number of rows."""
        last = max(self._next - 1, self._header)
        self._sheet.print_area(0, 0, last, self._printed - 1)
        if filtered and last > self._header:
            self._sheet.autofilter(self._header, 0, last, self._last)

    def _merged(self, row: int, text: str, form: Format) -> None:
        self._paper.write(self._sheet, (row, 0), (1, self._printed), text, form)


def fit(text: str) -> str:
    """What a cell holds of it; what is cut says so."""
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - len(_CUT)] + _CUT


def lines_of(text: str, width: float) -> int:
    """How many lines the text takes in a column of this width."""
    usable = max(width - 2, 4)
    return sum(max(ceil(wording.width(line) / usable), 1) for line in text.split("\n"))


def is_number(value: object) -> bool:
    """Whether a cell should hold it as a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def height_of(lines: int, least: float = 0) -> float:
    """The height in points of a row of so many lines, not above what Excel can show."""
    return min(max(lines * LINE_HEIGHT + 6, least), TALLEST_ROW)


def heights_of(lines: int) -> list[float]:
    """Heights of the rows that so many lines take: one, or several for a text taller than a row can be."""
    needed = lines * LINE_HEIGHT + 6
    count = ceil(needed / TALLEST_ROW)
    return [needed / count] * count
