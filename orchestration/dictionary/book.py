"""The dictionary as a workbook: 字段, 指标, 填报字段, 条文; A4 landscape, header row on every page, all of it text."""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from math import ceil
from pathlib import Path

from orchestration.dictionary.content import ENTRY_FIELDS, RECORDS, Content, entries
from orchestration.publication import wording

HEADINGS = {
    **{"schema": "模式", "table": "表", "column": "字段", "label": "名称", "type": "类型", "unit": "单位"},
    **{"description": "含义", "formula": "算法", "clause": "条文", "source": "来源报表与表头"},
}
_BODY, _HEAD = "宋体", "黑体"
_LINE, _TALLEST = 13.5, 400.0
Columns = Sequence[tuple[str, float]]
_ENTRIES: Columns = tuple(
    zip([HEADINGS[name] for name in ENTRY_FIELDS], (9, 16, 19, 14, 17, 11, 30, 30, 26, 44), strict=True)
)
_TABLES: Columns = (("模式", 10), ("表", 18), ("说明", 70), ("键", 46), ("字段数", 8))
_FIGURES: Columns = (("指标", 7), ("名称", 30), ("学段", 7), ("单位", 10), ("算法", 90))
_FIELDS: Columns = (("记录", 16), ("字段", 24), ("名称", 28), ("单位", 8), ("空格", 10), ("报表与表头", 90))
_CLAUSES: Columns = (("指标或参数", 24), ("简称", 34), ("条文", 66), ("解读", 50))


def write(path: Path, content: Content) -> None:
    """Write the workbook. Raises OSError."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    buffer = BytesIO()  # a zip that a full disk has cut short complains once more when it is forgotten
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"title": "均衡数据字典", "created": datetime(2000, 1, 1)})  # noqa: DTZ001 - no time is told
    base: dict[str, object] = {"font_name": _BODY, "font_size": 10, "valign": "vcenter", "text_wrap": True}
    cell = book.add_format({**base, "border": 1, "border_color": "#9AA3AD", "num_format": "@"})
    head = book.add_format(
        {**base, "font_name": _HEAD, "border": 1, "border_color": "#9AA3AD", "bg_color": "#E8ECF1", "align": "center"}
    )
    title = book.add_format({"font_name": _HEAD, "font_size": 16})

    def sheet(name: str, columns: Columns, rows: Iterable[Sequence[object]]) -> None:
        page = book.add_worksheet(name)
        page.write_string(0, 0, f"均衡数据字典　{name}　（约定版本 {content.contract}）", title)
        page.set_row(0, 26)
        last = 1
        for column, (heading, width) in enumerate(columns):
            page.set_column(column, column, width)
            page.write_string(1, column, heading, head)
        for last, row in enumerate(rows, 2):
            lines = 1
            for column, value in enumerate(row):
                text = wording.clean(wording.joined(value))
                page.write_string(last, column, text, cell)
                usable = columns[column][1] - 1
                lines = max(lines, ceil(wording.width(text) / usable))
            page.set_row(last, min(lines * _LINE + 4, _TALLEST))
        page.set_paper(9)
        page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        page.repeat_rows(1)
        page.freeze_panes(2, 0)
        page.autofilter(1, 0, last, len(columns) - 1)
        page.set_footer(f'&L&"{_BODY}"&9均衡数据字典 {name}&C&"{_BODY}"&9第 &P 页，共 &N 页')

    sheet("字段", _ENTRIES, ([row[name] for name in ENTRY_FIELDS] for row in entries(content)))
    sheet(
        "表", _TABLES,
        ([t.schema, t.name, t.description, "、".join(t.key), len(t.columns)] for t in content.tables),
    )  # fmt: skip
    sheet("指标", _FIGURES, ([f.indicator, f.name, f.level, f.unit, f.formula] for f in content.figures))
    sheet(
        "填报字段", _FIELDS,
        ([RECORDS[f.record], f.name, f.label, f.unit, f.blank, f.place] for f in content.fields),
    )  # fmt: skip
    sheet("条文", _CLAUSES, ([c.code, c.title, c.text, c.reading] for c in content.clauses))
    try:
        book.close()
    except FileCreateError as error:
        raise OSError(str(error)) from error
    path.write_bytes(buffer.getvalue())
