"""Blank forms, made from the layout tables that read them back: what a template writes, the reader reads.

``county-return`` 县级填报表, ``school-supplement`` 学校补充填报表, ``explanations`` 质询说明, ``corrections`` 更正.
"""

# xlsxwriter ships no stubs.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from orchestration.returns import corrections, explanations
from orchestration.returns.county_return import EVIDENCED, HEADERS, NUMBER_KINDS, PROFILE_SHEET
from orchestration.returns.faults import catalogue
from orchestration.returns.layout import CountyItem, county_items, field_types, profile_lines
from orchestration.returns.supplement import ROOMS_SHEET, SCHOOLS_SHEET
from orchestration.returns.template_sheets import HEAD_FONT, Column, Template, validation, write_list

_A_LINE = 4  # items of 表Ⅰ that stand beside each other
_SCHOOLS, _ROOMS, _ANSWERS = 600, 4000, 1000  # rows that carry validation
# Rows that are ruled and printed while empty: a page of them.
_DRAWN = {SCHOOLS_SHEET: 40, ROOMS_SHEET: 23, explanations.SHEET: 34, corrections.SHEET: 34}
_GAP = "　"
_SIGNATURES = ("填表人：", "审核人：", "单位负责人：", "填表日期：")


@dataclass(frozen=True)
class Subject:
    """Whose form it is, as far as known, and the open queries that a form of explanations begins with."""

    year: int | None = None
    county: str | None = None
    county_name: str | None = None
    queries: Sequence[Mapping[str, object]] = field(default_factory=tuple)

    @property
    def heading(self) -> str:
        """The line of 表Ⅰ that names county and year, with blanks for what is not known."""
        year = f"{self.year}/{self.year + 1}" if self.year else _GAP * 2 + "/" + _GAP * 2
        return (
            f"县（市、区）：{self.county_name or _GAP * 4}{_GAP * 2}行政区划代码：{self.county or _GAP * 4}{_GAP * 2}"
            f"统计年度：{year}学年初"
        )

    @property
    def title(self) -> str:
        """桓台县（370321）2017/2018 学年, as far as known."""
        place = f"{self.county_name or ''}{f'（{self.county}）' if self.county else ''}"
        return place + (f"{self.year}/{self.year + 1} 学年" if self.year else "")


def write_template(kind: str, path: Path, subject: Subject) -> None:
    """Write one of TEMPLATES. Raises KeyError for another kind, OSError where the file cannot be written."""
    title, write = TEMPLATES[kind]
    template = Template(path, f"{subject.title}{title}")
    write(template, subject)
    template.close()


# -- county return -----------------------------------------------------------------------------------------------


def _county_return(template: Template, subject: Subject) -> None:
    _profile(template, subject)
    for name in dict.fromkeys(item.sheet for item in county_items()):
        _items(template, name, [item for item in county_items() if item.sheet == name])
    template.guide(
        [
            "浅黄色的格由县里填写；灰色的格不填；表头、项目和单位已锁定，请不要改动，改动后系统读不出。",
            "表Ⅰ第 2 行写明县名、六位行政区划代码和统计年度，例如“统计年度：2017/2018学年初”，与所报学年一致。",
            "应填的格不能留空：没有数量的填 0；留空按缺报处理，缺报不能判为达标。",
            "数值按“单位”一栏的单位填写，系统不作换算；比例不填，由系统用分子、分母计算；校际差异率填小数，如 0.082。",
            "定性项目在“结论”一栏选择；B8–B30 有结论的，写明佐证材料名称，没有佐证材料会提出质询。",
            "文件名保持 county_return.xlsx，放在 学年/县代码 文件夹内，例如 2017/370321/county_return.xlsx。",
        ]
    )


def _profile(template: Template, subject: Subject) -> None:
    sheet = template.sheet(PROFILE_SHEET, header_row=1)
    width = _A_LINE * 2
    for column in range(width):
        sheet.set_column(column, column, 7 if column % 2 else 22)
    title = "表Ⅰ　义务教育优质均衡发展县（市、区）基本情况表"
    sheet.merge_range(0, 0, 0, width - 1, title, template.format(font_name=HEAD_FONT, font_size=15, align="center"))
    sheet.merge_range(1, 0, 1, width - 1, subject.heading, template.format(locked=False, bg_color="#FFFDF2"))
    sheet.set_row(0, 34)
    sheet.set_row(1, 24)
    for number, line in enumerate(profile_lines()):
        row, column = 2 + number // _A_LINE * 2, number % _A_LINE * 2
        sheet.write_string(row, column, line.label, template.head)
        sheet.write_string(row, column + 1, line.line, template.head)
        sheet.merge_range(row + 1, column, row + 1, column + 1, None, template.open(line.kind))
        rule = validation(Column(line.label, line.kind, 0), row + 1, row + 1, column)
        if rule:
            sheet.data_validation(row + 1, column, row + 1, column, rule)
        sheet.set_row(row, 34)
        sheet.set_row(row + 1, 26)
    below = 2 + ceil(len(profile_lines()) / _A_LINE) * 2
    for column in range(width):
        signature = _SIGNATURES[column // 2] if column % 2 == 0 and column // 2 < len(_SIGNATURES) else ""
        sheet.write_string(below, column, signature, template.format(locked=False))
    sheet.set_row(below, 30)


def _items(template: Template, name: str, items: Sequence[CountyItem]) -> None:
    sheet = template.sheet(name, header_row=0)
    indicator, item_column, value, unit, conclusion, evidence = range(len(HEADERS))
    notes = {
        "数值": "数量项填这一栏：按“单位”填数字；等级填 Ⅰ–Ⅳ（Ⅳ 最高）。",
        "结论": "定性项从列表中选；数量项不填，由系统计算后判断。",
        "佐证材料": "有结论的项目（浅黄色）必须写佐证材料名称；其余可写可不写。",
    }
    for column, (header, width) in enumerate(zip(HEADERS, (11, 46, 16, 8, 12, 42), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, header, template.head)
        if header in notes:
            sheet.write_comment(0, column, notes[header], {"x_scale": 2, "font_size": 9, "author": "均衡"})
    sheet.set_row(0, 26)
    for row, item in enumerate(items, 1):
        numeric = item.kind in NUMBER_KINDS
        sheet.write_string(row, indicator, item.written, template.boxed(locked=True, align="center"))
        sheet.write_string(row, item_column, item.item, template.closed)
        sheet.write_string(row, unit, item.unit, template.boxed(locked=True, align="center"))
        asked, other = (value, conclusion) if numeric else (conclusion, value)
        sheet.write_blank(row, asked, None, template.open(item.kind))
        sheet.write_blank(row, other, None, template.barred)
        told = not numeric and item.indicator in EVIDENCED
        sheet.write_blank(row, evidence, None, template.open("text") if told else template.free)
        rule = validation(Column(item.item, item.kind, 0), row, row, asked)
        if rule:
            sheet.data_validation(row, asked, row, asked, rule)
        sheet.set_row(row, 18 * ceil(len(item.item) / 20) + 3)


# -- school supplement -------------------------------------------------------------------------------------------

_WIDTHS = {"名称": 24, "所在乡镇": 12, "教室名称": 16, "标识码": 14}
_SUPPLEMENT_NOTES = {
    "certified_teachers": "具有相应教师资格证的小学、初中专任教师数（特教学校为全校）。",
    "trained_teachers": "5 年内完成 360 学时培训的小学、初中专任教师数（特教学校为全校）。",
    "budget_yuan": "全校公用经费年度预算，单位：元。",
    "funded_pupils": "核定公用经费时所按的学生数；不足 100 人的学校、教学点应按 100 人核定。",
    "allocated_yuan": "全年实际拨付的公用经费，单位：元。",
    "training_yuan": "公用经费中用于教师培训的经费，单位：元。",
    "primary_in_catchment": "小学在校生中就近划片入学的人数；没有小学的空着。",
    "junior_in_catchment": "初中在校生中就近划片入学的人数；没有初中的空着。",
    "boarding": "是否寄宿制学校，与统计报表一致。",
    "area_m2": "一间的使用面积，单位：㎡；几间分行填写，不合并。",
    "kind": "音乐或美术；两类分别计算，不合计。",
}


def _supplement(template: Template, _subject: Subject) -> None:
    for name, record, room in ((SCHOOLS_SHEET, "supplement", _SCHOOLS), (ROOMS_SHEET, "room", _ROOMS)):
        columns = [
            Column(
                what.label, what.kind, _WIDTHS.get(what.label, 13 if record == "supplement" else 15),
                _SUPPLEMENT_NOTES.get(what.field, ""),
                once=record == "supplement" and what.field == "school_code",
            )
            for (owner, _), what in field_types().items()
            if owner == record
        ]  # fmt: skip
        write_list(template, name, columns, [], room=room, drawn=_DRAWN[name])
    template.guide(
        [
            "“学校情况”一校一行，列出全县所有小学、初中、一贯制学校、完全中学、教学点、特殊教育学校，不列职业学校。"
            "这张表是名单：名单内而没有报送年报的学校按缺报处理。",
            "标识码为 10 位文本，开头的 0 要保留；从别处粘贴时请选“只粘贴值”，以免覆盖单元格格式。",
            "没有小学（初中）的学校，小学（初中）片内在校生数空着；有该学段而空着是缺报。其余各栏没有数量的填 0。",
            "“音乐美术专用教室”一室一行；一间也没有的学校不要填 0 行，请在质询说明中写明。",
            f"带校验的行：学校情况 {_SCHOOLS} 行，音乐美术专用教室 {_ROOMS} 行；不够时可继续往下填，照样读取。",
            "文件名保持 school_supplement.xlsx，放在 学年/县代码 文件夹内。",
        ]
    )


# -- explanations and corrections ----------------------------------------------------------------------------------


def explainable_codes() -> list[str]:
    """The codes an explanation may name, each with the sentence it stands for."""
    return [f"{code} {rule.summary}" for code, rule in catalogue().items() if rule.explainable]


def _explanations(template: Template, subject: Subject) -> None:
    kinds = {"单元格": "cell", "日期": "date"}
    widths = {"文件": 34, "工作表": 16, "单元格": 10, "代码": 30, "说明": 46, "说明人": 12, "日期": 13}
    notes = {
        "文件": "质询所在的文件，如 schools/2137032108_索镇中心小学.xlsx；只写文件名也可以。",
        "代码": "质询的代码，从列表中选。",
        "说明": "为什么这样填是对的，有什么依据。",
    }
    columns = [
        Column(
            header, kinds.get(header, "text"), widths[header], notes.get(header, ""),
            explainable_codes() if header == "代码" else (),
        )
        for header in explanations.HEADERS
    ]  # fmt: skip
    filled = [
        [*(str(query.get(name) or "") for name in ("file", "sheet", "cell")), _code(query), "", "", ""]
        for query in subject.queries
    ]
    write_list(template, explanations.SHEET, columns, filled, room=_ANSWERS, drawn=_DRAWN[explanations.SHEET])
    template.guide(
        [
            "一行说明一个质询。文件、工作表、单元格、代码与 junheng faults 或退回单所列一致。",
            "写明说明和说明人，质询才算有了说明；有了说明的质询不再计为未了，说明会随数字一起列出。",
            "单位存疑等标明可说明的错误，说明之后不再阻止载入；其余错误须由学校改正，或用更正表更正。",
            "问题已经改正的，请删去对应的说明；对不上任何质询的说明本身会成为一个质询。",
            f"学校也可以在自己的年报工作簿里加一张“{explanations.SCHOOL_SHEET}”，表头相同，文件一栏可不填。",
            "文件名保持 explanations.xlsx，放在 学年/县代码 文件夹内。",
        ]
    )


def _code(query: Mapping[str, object]) -> str:
    code = str(query.get("code") or "")
    return f"{code} {catalogue()[code].summary}" if code in catalogue() else code


def _corrections(template: Template, _subject: Subject) -> None:
    kinds = {"单元格": "cell", "有效期至": "date", "原值": "any", "更正值": "any"}
    widths = {"文件": 32, "工作表": 14, "单元格": 9, "原值": 13, "更正值": 13, "更正人": 10, "理由": 24, "依据": 24,
              "有效期至": 13}  # fmt: skip
    notes = {
        "文件": "要更正的文件，如 schools/2137032108_索镇中心小学.xlsx；只写文件名也可以。",
        "原值": "表中现在的值，照抄；现为空格的空着。现值与原值不同时更正不采用。",
        "更正值": "采用的值；要改为空格的写“空”。标识码等按文本填写。",
        "依据": "文件、实测记录等，名称或编号。",
        "有效期至": "过了这一天更正不再采用，须由学校重新报送。",
    }
    columns = [
        Column(header, kinds.get(header, "text"), widths[header], notes.get(header, ""))
        for header in corrections.HEADERS
    ]
    write_list(template, corrections.SHEET, columns, [], room=_ANSWERS, drawn=_DRAWN[corrections.SHEET])
    template.guide(
        [
            "更正只用于学校不能重新报送的情形；原工作簿不改动，更正列在每个用到它的数字旁边。",
            "一行更正一格。除“原值”可为空格外，各栏都要填写：谁更正、为什么、依据是什么、到什么时候为止。",
            "只有表中现值仍是“原值”、且未过有效期时才采用；对不上、已过期的更正是错误，须改正或删去这一行。",
            "学校重新报送后，请删去对应的更正。",
            "文件名保持 corrections.xlsx，放在 学年/县代码 文件夹内。",
        ]
    )


TEMPLATES: dict[str, tuple[str, Callable[[Template, Subject], None]]] = {
    "county-return": ("县级填报表", _county_return),
    "school-supplement": ("学校补充填报表", _supplement),
    "explanations": ("质询说明", _explanations),
    "corrections": ("更正表", _corrections),
}
