"""Papers as xlsx: the gap list in the form of the plan's Annex 2, and any reading command's rows.

Made to be printed on A4 landscape: fitted to the width, header row on every page, page numbers, Chinese fonts.
Text is always written as text, so that nothing in a return can become a formula. The same rows give the same
bytes: no time is written.
"""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import wording

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Row = Mapping[str, object]

_BODY_FONT = "宋体"
_HEAD_FONT = "黑体"
_BODY_SIZE = 10
_LINE_HEIGHT = 13.5
_TALLEST_ROW = 400.0
_CENTRED: dict[str, object] = {"align": "center"}
_LEFT: dict[str, object] = {"align": "left", "indent": 1}
_RIGHT: dict[str, object] = {"align": "right", "indent": 1}
_CELL_LIMIT = 32_767
_A4 = 9
_CUT = "…（全文见 CSV 或 JSON）"

# 组别 of the plan's table, by the indicator each begins with.
_GROUPS = {
    "B1": "一、资源配置（B1–B7）",
    "B8": "二、政府保障程度（B8–B22）",
    "B23": "三、教育质量（B23–B31）",
    "C1": "四、社会认可度（C1）",
    "V": "五、一票否决（V）",
}
_LIST_COLUMNS = (("指标", 36), ("达标情况", 40), ("整改措施", 46), ("完成时限", 15), ("责任单位", 22))
_DETAIL_COLUMNS = (
    ("序号", 5),
    ("指标", 6),
    ("学段", 6),
    ("对象", 18),
    ("标识码", 12),
    ("项目", 13),
    ("检验", 9),
    ("结论", 8),
    ("实际", 10),
    ("限值", 9),
    ("单位", 9),
    ("差额", 9),
    ("差额单位", 7),
    ("整改措施", 40),
    ("完成时限", 12),
    ("责任单位", 15),
)
# The widest column of a plain sheet, and of fields that read well in less; longer text is wrapped.
_WIDEST = 32
_WIDEST_OF = {"title": 24, "responsible_units": 20, "deadline_text": 14, "sha256": 24, "label": 24}


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands on top of a paper."""

    year: int | None
    county: str | None
    county_name: str | None
    standard: str | None
    fingerprint: str | None
    provisional: bool = False

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


def write_gap_list(path: Path, heading: Heading, verdicts: Sequence[Row], gaps: Sequence[Row]) -> None:
    """Write the official gap list (问题清单): sheet 问题清单, all indicators; sheet 明细, one row a gap.

    ``verdicts`` and ``gaps`` are rows of ``reader.verdict_rows`` and ``reader.gap_rows``, in their order.
    """
    paper = _Paper(path, heading)
    _list_sheet(paper, verdicts)
    _detail_sheet(paper, gaps)
    paper.close()


def write_rows(path: Path, heading: Heading, name: str, fields: Sequence[str], rows: Sequence[Row]) -> None:
    """Write rows as one sheet with Chinese headings; coded values as their Chinese words."""
    paper = _Paper(path, heading)
    texts = [[_value(row.get(field), field) for field in fields] for row in rows]
    columns = [
        (wording.HEADINGS.get(field, field), _fitting(field, [t[n] for t in texts])) for n, field in enumerate(fields)
    ]
    sheet = paper.sheet(name, columns, f"{heading.place}{name}")
    for values in texts:
        sheet.row(values)
    sheet.finish(filtered=True)
    paper.close()


def _list_sheet(paper: _Paper, verdicts: Sequence[Row]) -> None:
    sheet = paper.sheet("问题清单", _LIST_COLUMNS, f"{paper.heading.place}义务教育优质均衡发展问题清单")
    for verdict in verdicts:
        indicator = str(verdict["indicator"])
        if indicator in _GROUPS:
            sheet.band(_GROUPS[indicator])
        clause = wording.joined(verdict.get("clause") or verdict.get("title"))
        sheet.row(
            [
                clause if clause.startswith(indicator) else f"{indicator} {clause}",
                wording.joined(verdict.get("statement")),
                wording.joined(verdict.get("measure")),
                wording.deadline(verdict),
                wording.joined(verdict.get("responsible_units")),
            ],
            strong=() if verdict["verdict"] == "met" else (0, 1),
        )
    sheet.finish()


def _detail_sheet(paper: _Paper, gaps: Sequence[Row]) -> None:
    sheet = paper.sheet("明细", _DETAIL_COLUMNS, f"{paper.heading.place}问题清单明细")
    indicator = None
    for gap in gaps:
        if gap["indicator"] != indicator:
            indicator = gap["indicator"]
            sheet.band(f"{indicator} {wording.joined(gap.get('title'))}")
        sheet.row(
            [
                gap.get("position"),
                gap["indicator"],
                wording.word("level", gap.get("level")),
                gap.get("subject_name"),
                gap.get("subject_id"),
                gap.get("item"),
                wording.word("test", gap.get("test")),
                wording.word("verdict", gap.get("verdict")),
                gap.get("observed") if gap.get("observed") is not None else gap.get("note"),
                gap.get("required"),
                gap.get("unit"),
                gap.get("shortfall"),
                gap.get("shortfall_unit"),
                gap.get("measure"),
                wording.deadline(gap),
                wording.joined(gap.get("responsible_units")),
            ],
            strong=(7,),
            number_formats=_number_formats(gap),
        )
    if not gaps:
        sheet.band("没有差距，也没有缺报。")
    sheet.finish(filtered=bool(gaps))


def _number_formats(gap: Row) -> dict[int, str]:
    """Formats of 实际, 限值 and 差额: as many decimals as keep a value visibly on its side of the limit."""
    observed, required = gap.get("observed"), gap.get("required")
    if gap.get("unit") == wording.RATIO_UNIT:
        scaled = 100.0
        least, percent = 1, "%"
    else:
        scaled = 1.0
        least, percent = (4 if gap.get("test") == "balance" else 2), ""
    decimals = least
    if isinstance(observed, int | float) and isinstance(required, int | float):
        decimals = wording.decimals_needed(observed * scaled, required * scaled, least)
    whole = isinstance(observed, int | float) and float(observed).is_integer() and not percent
    form = ("0" if whole else f"0.{'0' * decimals}") + percent
    limit = _plain_form(required, percent)
    shortfall = gap.get("shortfall")
    if gap.get("test") == "balance":
        difference = "0.0000"
    else:
        difference = "#,##0.00" if isinstance(shortfall, float) and not shortfall.is_integer() else "#,##0"
    return {8: form, 9: limit, 11: difference}


def _plain_form(value: object, percent: str) -> str:
    if not isinstance(value, int | float):
        return "General"
    return f"0.0{percent}" if percent else "General"


def _value(value: object, field: str) -> object:
    coded = wording.word(field, value)
    if isinstance(coded, bool):
        return "是" if coded else "否"
    if isinstance(coded, list | tuple):
        return wording.joined(coded)  # pyright: ignore[reportUnknownArgumentType]
    return coded


def _fitting(field: str, values: Sequence[object]) -> float:
    """A column width for these values: wide enough for most, never endless."""
    title = wording.HEADINGS.get(field, field)
    longest = max((_width(value) for value in values if value is not None), default=0)
    heading = wording.width(title) if wording.width(title) <= 8 else 8  # a longer heading is wrapped
    return min(max(longest, heading) + 3, _WIDEST_OF.get(field, _WIDEST))


def _width(value: object) -> int:
    """Columns that a value takes; of a long fraction only the first places need be seen."""
    return min(wording.width(str(value)), 9) if isinstance(value, float) else wording.width(str(value))


class _Paper:
    """A workbook with the formats that all its sheets share."""

    def __init__(self, path: Path, heading: Heading) -> None:
        import xlsxwriter

        self.heading = heading
        self.book: Workbook = xlsxwriter.Workbook(
            str(path), {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        )
        created = datetime(heading.year, 9, 1) if heading.year else datetime(2000, 1, 1)  # noqa: DTZ001
        self.book.set_properties({"title": heading.place, "created": created})
        self._formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def format(self, **wanted: object) -> Format:
        """A format, made once."""
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            base: dict[str, object] = {"font_name": _BODY_FONT, "font_size": _BODY_SIZE, "valign": "vcenter"}
            self._formats[key] = self.book.add_format({**base, **wanted})
        return self._formats[key]

    def cell(self, **wanted: object) -> Format:
        """A format of a table's cell."""
        return self.format(border=1, border_color="#9AA3AD", text_wrap=True, **wanted)

    def sheet(self, name: str, columns: Sequence[tuple[str, float]], title: str) -> _Sheet:
        """A new sheet with title, provenance and header row."""
        return _Sheet(self, self.book.add_worksheet(name), columns, title)

    def close(self) -> None:
        """Write the file. Raises OSError."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self.book.close()
        except FileCreateError as error:
            raise OSError(str(error)) from error


class _Sheet:
    """One sheet being filled from the top."""

    def __init__(self, paper: _Paper, sheet: Worksheet, columns: Sequence[tuple[str, float]], title: str) -> None:
        self._paper = paper
        self._sheet = sheet
        self._widths = [width for _, width in columns]
        self._last = len(columns) - 1
        mark = "【试算】" if paper.heading.provisional else ""
        self._merged(0, mark + title, paper.format(font_name=_HEAD_FONT, font_size=16, align="center"))
        sheet.set_row(0, 30)
        self._merged(1, paper.heading.provenance, paper.format(font_size=9, font_color="#4A5560"))
        sheet.set_row(1, 16)
        head = paper.cell(font_name=_HEAD_FONT, align="center", bg_color="#E8ECF1")
        for column, (name, width) in enumerate(columns):
            sheet.set_column(column, column, width)
            sheet.write_string(2, column, name, head)
        sheet.set_row(2, 22 if all(wording.width(name) < width for name, width in columns) else 34)
        self._header = 2
        self._next = 3
        self._print_setup()

    def band(self, text: str) -> None:
        """A row across the whole table."""
        self._merged(self._next, text, self._paper.cell(font_name=_HEAD_FONT, bg_color="#F4F6F8"))
        self._sheet.set_row(self._next, 20)
        self._next += 1

    def row(
        self,
        values: Sequence[object],
        strong: Sequence[int] = (),
        number_formats: Mapping[int, str] | None = None,
    ) -> None:
        """One row; numbers stay numbers, all else is text; ``strong`` columns are set bold."""
        lines = 1
        for column, value in enumerate(values):
            bold = {"bold": True} if column in strong else {}
            if isinstance(value, int | float) and not isinstance(value, bool):
                form = (number_formats or {}).get(column, "General")
                self._sheet.write_number(self._next, column, value, self._paper.cell(num_format=form, **_RIGHT, **bold))
                continue
            text = _fit(wording.clean(wording.joined(value)))
            short = wording.width(text) <= 10 and self._widths[column] <= 15
            form = self._paper.cell(num_format="@", **_CENTRED if short else _LEFT, **bold)
            if text:
                self._sheet.write_string(self._next, column, text, form)
            else:
                self._sheet.write_blank(self._next, column, None, form)
            lines = max(lines, _lines(text, self._widths[column]))
        self._sheet.set_row(self._next, min(lines * _LINE_HEIGHT + 6, _TALLEST_ROW))
        self._next += 1

    def finish(self, *, filtered: bool = False) -> None:
        """Set what depends on the number of rows."""
        last = max(self._next - 1, self._header)
        self._sheet.print_area(0, 0, last, self._last)
        if filtered and last > self._header:
            self._sheet.autofilter(self._header, 0, last, self._last)

    def _merged(self, row: int, text: str, form: Format) -> None:
        text = _fit(wording.clean(text))
        if self._last:
            self._sheet.merge_range(row, 0, row, self._last, "", form)
        self._sheet.write_string(row, 0, text, form)

    def _print_setup(self) -> None:
        sheet, heading = self._sheet, self._paper.heading
        sheet.set_paper(_A4)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
        sheet.center_horizontally()
        sheet.repeat_rows(self._header)
        sheet.freeze_panes(self._header + 1, 1)
        trial = "（试算）" if heading.provisional else ""
        left = f"{heading.place}{trial}".replace("&", "&&")[:90]
        sheet.set_footer(f'&L&"{_BODY_FONT}"&9{left}&C&"{_BODY_FONT}"&9第 &P 页，共 &N 页')


def _fit(text: str) -> str:
    """Excel holds 32,767 characters in a cell; what is cut says so."""
    return text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - len(_CUT)] + _CUT


def _lines(text: str, width: float) -> int:
    """How many lines the text takes in a column of this width."""
    usable = max(width - 2, 4)
    return sum(max(ceil(wording.width(line) / usable), 1) for line in text.split("\n"))
