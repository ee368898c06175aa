"""Sheets that people fill: bordered, validated, protected but for the cells to write in, ready to print on A4.

Belongs here: how a template looks and what a cell of each kind accepts. What stands in it is `templates`' to say.
The same arguments give the same bytes: no time is written.
"""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.returns.numbers import MAX_AMOUNT, MAX_COUNT, choices
from orchestration.returns.text import a1

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

BODY_FONT, HEAD_FONT = "宋体", "黑体"
_A4 = 9
_EPOCH = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a file property, the same whenever it is written
_INK, _HEAD, _CLOSED, _OPEN = "#9AA3AD", "#E8ECF1", "#F1F3F5", "#FFFDF2"
_ALLOWED = {
    "format_columns": True, "format_rows": True, "sort": True, "autofilter": True, "insert_rows": False,
    "delete_rows": False, "select_locked_cells": True, "select_unlocked_cells": True,
}  # fmt: skip
_NUMBER_FORMATS = {
    "count": "0", "year": "0", "decimal": "General", "fraction": "0.0###", "date": "yyyy-mm-dd",
}  # fmt: skip
_HINTS = {
    "count": ("填整数", "填 0 或正整数；没有填 0，不要留空，不带单位。"),
    "decimal": ("填数字", "填 0 或正数，可带小数；单位见表中，不换算。"),
    "fraction": ("填小数", "填 0 到 1 之间的小数，如 0.082，不填百分数。"),
    "year": ("填年份", "填四位年份，如 1998。"),
    "date": ("填日期", "填日期，如 2018-09-30。"),
    "school_code": ("填标识码", "10 位学校（机构）标识码，按文本填写，保留开头的 0。"),
    "cell": ("填单元格", "如 E6，与 junheng faults 或退回单所列一致。"),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of a list: header, kind of `numbers.cast` (or ``cell``, ``any``), width, and a note on the header.

    ``options`` are the choices where they are not the kind's own; ``once`` asks that no value stands twice.
    """

    header: str
    kind: str
    width: float
    note: str = ""
    options: Sequence[str] = ()
    once: bool = False


class Template:
    """A workbook being written, with the formats its sheets share."""

    def __init__(self, path: Path, title: str) -> None:
        import xlsxwriter

        self.book: Workbook = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        self.book.set_properties({"title": title, "created": _EPOCH})
        self.title = title
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}
        self._lists = 0

    def format(self, **wanted: object) -> Format:
        """A format, made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            base: dict[str, object] = {"font_name": BODY_FONT, "font_size": 10.5, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**base, **wanted})
        return self._formats[key]

    def boxed(self, **wanted: object) -> Format:
        """A format with a thin border and wrapped text."""
        return self.format(**{"border": 1, "border_color": _INK, "text_wrap": True, **wanted})

    @property
    def head(self) -> Format:
        """A header cell: closed to writing."""
        return self.boxed(font_name=HEAD_FONT, align="center", bg_color=_HEAD, locked=True)

    @property
    def closed(self) -> Format:
        """A cell with text of ours."""
        return self.boxed(locked=True, indent=1)

    @property
    def barred(self) -> Format:
        """A cell that is not filled in."""
        return self.boxed(locked=True, bg_color=_CLOSED)

    @property
    def free(self) -> Format:
        """A cell that may be written in and need not be."""
        return self.boxed(locked=False, num_format="@", indent=1)

    def open(self, kind: str, bordered: bool = True) -> Format:
        """A cell to write in."""
        look: dict[str, object] = {"locked": False, "num_format": _NUMBER_FORMATS.get(kind, "General")}
        if kind in ("school_code", "cell"):
            look |= {"num_format": "@", "align": "center"}
        elif choices(kind) or kind in ("year", "date"):
            look["align"] = "center"
        elif kind == "text":
            look |= {"num_format": "@", "indent": 1}
        return self.boxed(bg_color=_OPEN, **look) if bordered else self.format(text_wrap=True, **look)

    def sheet(self, name: str, *, landscape: bool = True, header_row: int | None = None) -> Worksheet:
        """A protected sheet that prints on A4, fitted to the width."""
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.protect("", _ALLOWED)
        sheet.set_paper(_A4)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        footer = f"{self.title}　{name}".replace("&", "&&")[:90]
        sheet.set_footer(f'&L&"{BODY_FONT}"&9{footer}&R&"{BODY_FONT}"&9第 &P 页，共 &N 页')
        if header_row is not None:
            sheet.repeat_rows(header_row)
            sheet.freeze_panes(header_row + 1, 0)
        return sheet

    def guide(self, lines: Sequence[str]) -> None:
        """The sheet 填写说明, last in the book: what to mind, one paragraph a row."""
        sheet = self.sheet("填写说明", landscape=False)
        sheet.set_column(0, 0, 4)
        sheet.set_column(1, 1, 74)
        title = self.format(font_name=HEAD_FONT, font_size=15, align="center", text_wrap=True)
        sheet.merge_range(0, 0, 0, 1, self.title, title)
        sheet.set_row(0, 34)
        for number, line in enumerate(lines, 1):
            sheet.write_number(number, 0, number, self.format(align="center", valign="top"))
            sheet.write_string(number, 1, line, self.format(text_wrap=True, valign="top"))
            sheet.set_row(number, 17 * ceil(_width(line) / 80) + 8)

    def options(self, values: Sequence[str]) -> str:
        """A range of choices too long to stand in the validation itself, on a hidden sheet."""
        self._lists += 1
        sheet: Worksheet = self.book.add_worksheet(f"选项{self._lists}")
        sheet.hide()
        sheet.protect()
        for row, value in enumerate(values):
            sheet.write_string(row, 0, value)
        return f"='选项{self._lists}'!$A$1:$A${len(values)}"

    def close(self) -> None:
        """Write the file. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error


def write_list(
    template: Template, name: str, columns: Sequence[Column], filled: Sequence[Sequence[str]], *, room: int, drawn: int
) -> None:
    """A list sheet: header in row 1, ``filled`` rows given, ``room`` rows to write in, of which ``drawn`` are ruled."""
    sheet = template.sheet(name, header_row=0)
    last = max(room, len(filled))
    lists = {column.header: template.options(column.options) for column in columns if column.options}
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width, template.open(column.kind, bordered=False))
        sheet.write_string(0, number, column.header, template.head)
        if column.note:
            sheet.write_comment(
                0, number, column.note, {"x_scale": 2, "y_scale": 1.2, "font_size": 9, "author": "均衡"}
            )
        for row in range(1, max(drawn, len(filled)) + 1):
            value = filled[row - 1][number] if row <= len(filled) else ""
            if value:
                sheet.write_string(row, number, value, template.open(column.kind))
            else:
                sheet.write_blank(row, number, None, template.open(column.kind))
        rule = validation(column, 1, last, number, lists.get(column.header))
        if rule:
            sheet.data_validation(1, number, last, number, rule)
    ruled = template.book.add_format({"border": 1, "border_color": _INK})
    sheet.conditional_format(
        max(drawn, len(filled)) + 1, 0, max(last, drawn + 1), len(columns) - 1,
        {"type": "formula", "criteria": f"=COUNTA($A{max(drawn, len(filled)) + 2}:${a1(0, len(columns) - 1)[:-1]}"
         f"{max(drawn, len(filled)) + 2})>0", "format": ruled},
    )  # fmt: skip
    tall = 2 if any(_width(column.header) > column.width for column in columns) else 1
    sheet.set_row(0, 18 * tall + 6)
    for row, values in enumerate(filled, 1):
        lines = max(ceil((_width(value) + 2) / column.width) for value, column in zip(values, columns, strict=True))
        sheet.set_row(row, max(15.0 * lines + 4, 20))
    for row in range(len(filled) + 1, drawn + 1):
        sheet.set_row(row, 20)


def validation(column: Column, first: int, last: int, number: int, options: str | None = None) -> dict[str, Any] | None:
    """What the cells of a column accept (zero-based rows), with the sentence shown while one is filled."""
    cell = a1(first, number)
    rule: dict[str, Any] | None = None
    own = choices(column.kind)
    if options:
        rule = {"validate": "list", "source": options, "error_type": "warning"}
    elif own:
        rule = {"validate": "list", "source": list(own)}
    elif column.kind == "count":
        rule = {"validate": "integer", "criteria": "between", "minimum": 0, "maximum": int(MAX_COUNT) - 1}
    elif column.kind == "year":
        rule = {"validate": "integer", "criteria": "between", "minimum": 1800, "maximum": 2100}
    elif column.kind == "decimal":
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": int(MAX_AMOUNT) - 1}
    elif column.kind == "fraction":
        rule = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
    elif column.kind == "date":
        rule = {"validate": "date", "criteria": ">=", "value": dt.date(2000, 1, 1)}
    elif column.kind == "school_code":
        span = f"{a1(first, number)[0]}${first + 1}:{a1(first, number)[0]}${last + 1}"
        once = f",COUNTIF(${span.replace(':', ':$')},{cell})=1" if column.once else ""
        rule = {"validate": "custom", "value": f"=AND(LEN({cell})=10,ISNUMBER(VALUE({cell})){once})"}
    elif column.kind == "cell":
        rule = {"validate": "length", "criteria": "between", "minimum": 2, "maximum": 10}
    if rule is None:
        return None
    title, text = _HINTS.get(column.kind, ("从列表中选", "点右侧箭头，从列表中选：" + "、".join(own)))
    if options:
        title, text = "从列表中选", "点右侧箭头，从列表中选。"
    if column.once:
        text += "一校一行，不要重复。"
    return {
        "ignore_blank": True, "input_title": title, "input_message": text, "error_title": column.header[:32],
        "error_message": text, **rule,
    }  # fmt: skip


def _width(text: str) -> int:
    """Columns the text takes: CJK characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
