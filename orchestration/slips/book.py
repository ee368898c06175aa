"""A slip as a workbook: one sheet, A4 upright, fitted to the width; every text is written as text."""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import unicodedata
from datetime import datetime
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.returns.excerpts import Excerpt
from orchestration.slips.slip import WORDS, Item, Slip

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_WIDTHS = (10, 6, 18, 12, 12, 12, 12, 12)  # head, row number, row label, five columns
_LAST = len(_WIDTHS) - 1
_TEXT_WIDTH = sum(_WIDTHS[1:]) - 2
_LINE = 15.0
_TALLEST = 400.0
_CELL_LIMIT = 32_767
_A4 = 9
_COLOURS = {"error": "#A40000", "missing": "#8A5A00", "query": "#00508A"}


def write_book(path: Path, slip: Slip) -> None:
    """Write the slip. Raises OSError where the file cannot be written."""
    import xlsxwriter

    buffer = BytesIO()  # a zip that a full disk has cut short complains once more when it is forgotten
    book = xlsxwriter.Workbook(buffer)
    created = datetime(slip.year, 9, 1)  # noqa: DTZ001 - the same slip gives the same bytes
    book.set_properties({"title": f"退回单 {slip.name}", "created": created})
    sheet = book.add_worksheet("退回单")
    _Writer(sheet, {name: book.add_format(style) for name, style in _styles().items()}).write(slip)
    book.close()
    path.write_bytes(buffer.getvalue())


def _styles() -> dict[str, dict[str, object]]:
    base: dict[str, object] = {"font_name": "宋体", "font_size": 10, "valign": "top", "text_wrap": True}
    box = {**base, "border": 1, "border_color": "#AAAAAA"}
    head = {**box, "bg_color": "#F2F2F2", "font_name": "黑体"}
    return {
        "title": {"font_name": "黑体", "font_size": 20, "align": "center", "valign": "vcenter"},
        "school": {"font_name": "黑体", "font_size": 13, "align": "center", "valign": "vcenter"},
        "text": base,
        "small": {**base, "font_size": 9, "font_color": "#444444"},
        "head": head,
        "cell": box,
        "bold": {**box, "bold": True},
        "piece": {**box, "font_size": 9},
        "marked": {**box, "font_size": 9, "bold": True, "bg_color": "#FFF3C4", "border": 5, "border_color": "#A40000"},
        **{
            f"place_{severity}": {**head, "font_color": colour, "font_size": 11}
            for severity, colour in _COLOURS.items()
        },
    }


class _Writer:
    def __init__(self, sheet: Worksheet, styles: dict[str, Format]) -> None:
        self._sheet, self._styles, self._row = sheet, styles, 0

    def write(self, slip: Slip) -> None:
        sheet = self._sheet
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.55, right=0.55, top=0.6, bottom=0.6)
        sheet.set_footer("&C第 &P 页，共 &N 页")
        self._line("退 回 单", "title", 34)
        self._line(f"{slip.name}　{slip.code}", "school", 24)
        self._line(slip.lead, "text")
        files = "；".join(f"{file}（sha256 {sha256[:12]}）" for file, sha256 in slip.files if sha256)
        if files:
            self._line(f"所核文件：{files}", "small")
        self._row += 1
        for number, item in enumerate(slip.items, 1):
            self._item(number, item)
        self._line("填报人：＿＿＿＿＿＿　　　　负责人：＿＿＿＿＿＿　　　　日期：＿＿＿＿＿＿", "text", 30)
        sheet.print_area(0, 0, self._row, _LAST)

    def _line(self, text: str, style: str, height: float | None = None) -> None:
        self._merged(0, text, style)
        self._sheet.set_row(self._row, height or _height(text, _TEXT_WIDTH + _WIDTHS[0]))
        self._row += 1

    def _merged(self, first: int, text: str, style: str) -> None:
        self._sheet.merge_range(self._row, first, self._row, _LAST, "", self._styles[style])
        self._text(first, text, style)

    def _text(self, column: int, text: str, style: str) -> None:
        if text:
            self._sheet.write_string(self._row, column, text[:_CELL_LIMIT], self._styles[style])
        else:
            self._sheet.write_blank(self._row, column, None, self._styles[style])

    def _item(self, number: int, item: Item) -> None:
        fault = item.fault
        place = f"{number}. 【{WORDS[fault.severity]}】{item.place}"
        self._merged(0, place, f"place_{fault.severity}")
        self._sheet.set_row(self._row, _height(place, (_TEXT_WIDTH + _WIDTHS[0]) * 0.9) + 4)
        self._row += 1
        for head, text, style in (
            ("项目", fault.field, "cell"), ("问题", item.problem, "cell"), ("现在填的", item.found, "cell"),
            ("应为", fault.expected, "cell"), ("怎样改", item.remedy, "bold"),
            ("说明", "" if fault.severity == "query" else None, "cell"),
        ):  # fmt: skip
            if text is not None:
                self._text(0, head, "head")
                self._merged(1, text, style)
                self._sheet.set_row(self._row, 30 if head == "说明" else _height(text, _TEXT_WIDTH))
                self._row += 1
        if item.excerpt:
            self._excerpt(item.excerpt)
        self._row += 1

    def _excerpt(self, excerpt: Excerpt) -> None:
        top = self._row
        lines = [("", "行标", excerpt.columns, "head"), ("", "表头", excerpt.headers, "head")]
        lines += [(str(number), label, cells, "piece") for number, label, cells in excerpt.rows]
        for number, label, cells, style in lines:
            self._text(0, "所在位置" if self._row == top else "", "head")
            self._text(1, number, "head")
            self._text(2, label, "head")
            tallest = _height(label, _WIDTHS[2])
            for offset, (letter, text) in enumerate(zip(excerpt.columns, cells, strict=True)):
                marked = bool(number) and f"{letter}{number}" == excerpt.marked
                self._text(3 + offset, text, "marked" if marked else style)
                tallest = max(tallest, _height(text, _WIDTHS[3 + offset]))
            self._sheet.set_row(self._row, tallest)
            self._row += 1


def _height(text: str, width: float) -> float:
    """Row height for wrapped text: merged cells do not fit themselves. A full-width character takes two columns."""
    lines = 0
    for line in text.split("\n"):
        size = sum(2 if unicodedata.east_asian_width(char) in "WFA" else 1 for char in line)
        lines += max(1, ceil(size / max(width - 1, 1)))
    return min(_TALLEST, lines * _LINE)
