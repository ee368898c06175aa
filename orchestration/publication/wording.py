"""Chinese words and printed forms of codes, fields and numbers, shared by the terminal and the papers.

A figure is never rounded across the line it is judged by: 0.8996 against 0.9 prints as 0.8996, not 0.90.
Light: standard library only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

VERDICTS = {"met": "达标", "not_met": "不达标", "missing": "数据缺失"}
LEVELS = {"primary": "小学", "junior": "初中", "senior": "高中", "special": "特教"}
TESTS = {"standard": "标准", "floor": "底线", "balance": "差异系数", "rule": "要求", "detail": "其中学校"}
SEVERITIES = {"error": "错误", "missing": "缺报", "query": "质询", "out_of_scope": "不计入"}
SUBJECTS = {"section": "学校学段", "school": "学校", "county": "全县"}
ROLES = {"numerator": "分子", "denominator": "分母", "addend": "加项", "conclusion": "结论"}
KINDS = {"section": "学校", "balance": "全县", "file": "文件", "value": "数值"}
CHANGES = {"added": "新增", "removed": "撤去", "changed": "改变"}
SCOPES = {"county": "全县", "indicator": "指标", "school": "学校", "section": "学段", "test": "单项检验"}
STATES = {"reported": "已填", "zero_blank": "空格即零", "missing": "缺报", "error": "错误"}
INDICATORS = (*(f"B{number}" for number in range(1, 32)), "C1", "V")
# The parts of the rule, as ``marts.form_groups`` names them: what each is called, and the indicators that stand in it.
PARTS = {
    "resources": ("资源配置", INDICATORS[:7]),
    "guarantee": ("政府保障程度", INDICATORS[7:22]),
    "quality": ("教育质量", INDICATORS[22:31]),
    "approval": ("社会认可度", INDICATORS[31:32]),
    "veto": ("一票否决", INDICATORS[32:]),
}
# Judged section by section.
SECTION_INDICATORS = PARTS["resources"][1]

HEADINGS = {
    "indicator": "指标",
    "title": "名称",
    "test": "检验",
    "level": "学段",
    "subject_type": "对象类别",
    "subject_id": "标识码",
    "subject_name": "对象",
    "item": "项目",
    "verdict": "结论",
    "observed": "实际",
    "required": "限值",
    "ratio": "实际/限值",
    "shortfall": "差额",
    "shortfall_unit": "差额单位",
    "numerator": "分子",
    "denominator": "分母",
    "unit": "单位",
    "measure": "整改措施",
    "responsible_units": "责任单位",
    "deadline": "完成日期",
    "deadline_text": "完成时限",
    "note": "说明",
    "position": "序号",
    "provisional": "试算",
    "sections_judged": "判定学段数",
    "sections_short": "未达学段数",
    "primary_mean": "小学均值",
    "primary_cv": "小学差异系数",
    "junior_mean": "初中均值",
    "junior_cv": "初中差异系数",
    "statement": "达标情况",
    "clause": "指标要求",
    "kind": "类别",
    "school_code": "标识码",
    "school_name": "学校",
    "pupils": "在校生数",
    "classes": "班级数",
    "value": "值",
    "mean": "全县均值",
    "standard_deviation": "标准差",
    "cv": "差异系数",
    "sections": "学段数",
    "floor_verdict": "底线结论",
    "severity": "类别",
    "code": "代码",
    "file": "文件",
    "sheet": "工作表",
    "cell": "单元格",
    "field": "字段",
    "found": "现为",
    "expected": "应为",
    "message": "说明",
    "year": "学年",
    "county": "区划代码",
    "county_name": "县",
    "loaded": "已载入",
    "refused": "被拒",
    "standard": "标准",
    "fingerprint": "指纹",
    "county_verdict": "全县结论",
    "gaps": "差距",
    "missing": "数据缺失",
    "queries": "质询",
    "run_id": "运行",
    "loaded_at": "载入时间",
    "refused_run_id": "被拒运行",
    "refused_at": "被拒时间",
    "refused_errors": "错误数",
    "role": "角色",
    "part": "所属",
    "label": "名称",
    "weight": "权重",
    "weight_text": "权重算式",
    "contribution": "计入",
    "sha256": "sha256",
    "as_written": "表中写作",
    "state": "填报状态",
    "record": "记录",
    "record_id": "记录标识",
    "correction": "更正",
    "explanation": "质询说明",
    "explained_by": "说明人",
    "change": "变化",
    "scope": "范围",
    "old": "原为",
    "new": "现为",
    "old_file": "原文件",
    "old_sheet": "原工作表",
    "old_cell": "原单元格",
    "revision": "修订",
}

_WORDS: Mapping[str, Mapping[str, str]] = {
    "verdict": VERDICTS,
    "floor_verdict": VERDICTS,
    "county_verdict": VERDICTS,
    "level": LEVELS,
    "test": TESTS,
    "severity": SEVERITIES,
    "subject_type": SUBJECTS,
    "role": ROLES,
    "part": {**ROLES, "text": "结论"},
    "kind": {**KINDS, "verdict": "结论"},
    "change": CHANGES,
    "scope": SCOPES,
    "old": VERDICTS,
    "new": VERDICTS,
    "state": STATES,
}
RATIO_UNIT = "比值"
# Units that say what a bare number is, and are not written after it.
_SILENT_UNITS = frozenset({"", "比值", "差异系数", "差异率", "结论"})
_MOST_DECIMALS = 10
# No line may begin with these; elsewhere one may break between any two CJK characters, and at blanks.
_NO_LINE_START = "，。、；：！？）》”】〕"
_NO_LINE_END = "（《“‘【〔"
# Characters that no category names and no XML holds.
_NO_XML = "\ufffe\uffff"
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?%?")
_PIECE = re.compile(r"[\x21-\x7e]+|\s+|.", re.DOTALL)


def word(field: str, value: object) -> object:
    """The Chinese word of a coded value; any other value as it is."""
    if isinstance(value, str):
        return _WORDS.get(field, {}).get(value, value)
    return value


def joined(value: object) -> str:
    """A list of names as the plan writes them (、); None as nothing; else its text."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "、".join(str(part) for part in value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return str(value)


def trimmed(value: float, decimals: int) -> str:
    """Rounded half up, trailing zeros dropped, thousands not grouped."""
    text = rounded(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def rounded(value: float, decimals: int) -> str:
    """Half up on the number as it is written, always so many decimals; a nought has no sign."""
    quantum = Decimal(1).scaleb(-decimals)
    number = Decimal(repr(value)).quantize(quantum, rounding=ROUND_HALF_UP)
    return f"{abs(number) if number == 0 else number:f}"


def decimals_needed(value: float, limit: float | None, least: int) -> int:
    """How many decimals keep a value visibly on its own side of the limit."""
    if limit is None or value == limit:
        return least
    decimals = least
    while decimals < _MOST_DECIMALS and rounded(value, decimals) == rounded(limit, decimals):
        decimals += 1
    return decimals


def figure(value: object, unit: object, limit: object = None, decimals: int = 2) -> str:
    """A number with its unit: ``4.17人/百名学生``, ``93.8%`` for ratios, ``59个``; an em dash where there is none."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "—"
    number = float(value)
    line = float(limit) if isinstance(limit, int | float) and not isinstance(limit, bool) else None
    if unit == RATIO_UNIT:
        return f"{trimmed(number * 100, decimals_needed(number * 100, None if line is None else line * 100, 1))}%"
    least = 4 if unit in {"差异系数", "差异率"} else decimals
    suffix = "" if not isinstance(unit, str) or unit in _SILENT_UNITS else unit
    return f"{trimmed(number, decimals_needed(number, line, least))}{suffix}"


def shortfall(row: Mapping[str, object]) -> str:
    """The shortfall of a gap row with its unit: ``2人``, ``134.52㎡``."""
    unit = row.get("shortfall_unit")
    return figure(row.get("shortfall"), unit, 0.0)


def deadline(row: Mapping[str, object]) -> str:
    """The deadline as the plan words it, else the date."""
    return joined(row.get("deadline_text") or row.get("deadline"))


def subject(row: Mapping[str, object]) -> str:
    """A gap's subject with what within it is meant: ``桓台县实验学校（音乐）``."""
    name = joined(row.get("subject_name") or row.get("subject_id"))
    return f"{name}（{row['item']}）" if row.get("item") else name


def local_time(stamp: object) -> str:
    """An ISO moment as the clock on the wall shows it, to the minute."""
    if not isinstance(stamp, str):
        return "—"
    return f"{datetime.fromisoformat(stamp).astimezone():%Y-%m-%d %H:%M}"


def width(text: str) -> int:
    """Columns the text takes on a terminal or in a sheet: CJK characters take two."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def wrapped(text: str, columns: int) -> list[str]:
    """Break a paragraph into lines of at most ``columns``; CJK between characters, the rest at blanks."""
    lines: list[list[str]] = [[]]
    for match in _PIECE.finditer(" ".join(text.split())):
        piece = match.group()
        line = lines[-1]
        if line and width("".join(line) + piece) > columns:
            if (piece in _NO_LINE_START or line[-1] in _NO_LINE_END) and len(line) > 1:  # keep the two together
                lines.append([line.pop()])
            else:
                lines.append([])
        while width(piece) > columns:  # a word longer than the line: no number in it is broken that fits
            end = _break(piece, columns)
            lines[-1].append(piece[:end])
            lines.append([])
            piece = piece[end:]
        if lines[-1] or not piece.isspace():
            lines[-1].append(piece)
    return ["".join(line).rstrip() for line in lines if line]


def _break(word: str, columns: int) -> int:
    """Where a word is broken that is longer than the line: before the number that the line's end would cut."""
    cut = next((match for match in _NUMBER.finditer(word) if match.start() < columns < match.end()), None)
    return cut.start() if cut and cut.start() else columns


def numbers(text: str) -> list[str]:
    """The numbers in a text, as they are written."""
    return _NUMBER.findall(text)


def clean(text: str) -> str:
    """Text that cannot steer a terminal or break XML: control and direction characters become a visible sign."""
    return "".join(
        char if char == "\n" or (unicodedata.category(char) not in {"Cc", "Cf", "Cs"} and char not in _NO_XML) else "�"
        for char in text
    )


def place(row: Mapping[str, object]) -> str:
    """file › sheet › cell, as far as known."""
    return " › ".join(str(row[name]) for name in ("file", "sheet", "cell") if row.get(name))


def school_year(year: int) -> str:
    """2017 → 2017/2018 学年."""
    return f"{year}/{year + 1} 学年"


def counted(verdicts: Mapping[str, object], names: Sequence[str] = ("met", "not_met", "missing")) -> str:
    """达标 3、不达标 40、数据缺失 1."""
    return "、".join(f"{VERDICTS[name]} {verdicts[name]}" for name in names)
