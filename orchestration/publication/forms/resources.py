"""表Ⅰ, 表Ⅱ-1, 表Ⅱ-2 and 表Ⅲ: the county's profile, resources by school, balance between schools."""

from __future__ import annotations

from collections.abc import Sequence

from orchestration.publication import wording
from orchestration.publication.book import Book
from orchestration.publication.forms.reading import LEVELS, OVERALL, Forms
from orchestration.publication.forms.sheet import MISSING, NOTHING, FormSheet, as_stated, decimals, fixed, shown
from orchestration.publication.reader import Row
from orchestration.publication.wording import SECTION_INDICATORS

# Header texts of the forms; units as the standard counts.
_HEADERS = {
    "B1": ("每百名学生拥有高于规定学历教师数", "人"),
    "B2": ("每百名学生拥有县级以上骨干教师数", "人"),
    "B3": ("每百名学生拥有体育、艺术专任教师数", "人"),
    "B4": ("生均教学及辅助用房面积", "㎡"),
    "B5": ("生均体育运动场馆面积", "㎡"),
    "B6": ("生均教学仪器设备值", "元"),
    "B7": ("每百名学生拥有网络多媒体教室数", "间"),
}
_IN_A_ROW = 4
_AT_FLOOR, _BELOW_FLOOR, _OVER, _PARTIAL = "△", "▼", "▲", "*"
_OPERATORS = (
    "举办者类型：1 中央教育部门，2 中央其他部门，3 省级教育部门，4 省级其他部门，5 地级教育部门，6 地级其他部门，"
    "7 县级教育部门，8 县级其他部门，9 地方企业，10 民办；对不上的照录年报所填的代码和名称。"
)


def profile_sheet(book: Book, forms: Forms) -> None:
    """表Ⅰ: four items a row, each a name with its line number, the value below over both cells."""
    sheet = FormSheet(book, "表Ⅰ", "义务教育优质均衡发展县（市、区）基本情况表", [27, 6] * _IN_A_ROW)
    for number, line in enumerate(forms.profile):
        block, place = divmod(number, _IN_A_ROW)
        row, column = 2 + 2 * block, 2 * place
        unit = f"（{line['unit']}）" if line["unit"] else ""
        sheet.head((row, column), f"{wording.joined(line['label'])}{unit}")
        sheet.head((row, column + 1), wording.joined(line["line"]))
        value = line["value"]
        sheet.put((row + 1, column), shown(value), as_stated(value), (1, 2))
        sheet.sheet.set_row(row, 30)
        sheet.sheet.set_row(row + 1, 27)
        sheet.next = row + 2
    sheet.notes(["本表照录县级填报表；“缺报”为应填未填，不是零。"])
    sheet.finish()


def summary_sheet(book: Book, forms: Forms) -> None:
    """表Ⅱ-1: how many sections of each level meet each of the seven, and the school rule."""
    sheet = FormSheet(book, "表Ⅱ-1", "小学、初中资源配置达标情况总表", [9, 19, *[13] * 7, 12])
    _seven_heads(sheet, [("学段", 1), ("项目", 1)], "综合评估")
    for level in LEVELS:
        rows = [forms.summary[level, indicator] for indicator in (*SECTION_INDICATORS, OVERALL)]
        sheet.put((sheet.next, 0), wording.LEVELS[level], size=(2, 1))
        sheet.label((sheet.next, 1), "达标学校总数（所）")
        sheet.label((sheet.next + 1, 1), "达标学校比例（%）")
        for column, row in enumerate(rows, 2):
            judged = bool(row["sections"])
            sheet.put((sheet.next, column), row["sections_met"] if judged else NOTHING, "0")
            share = _percent(row["share_met"])
            sheet.put((sheet.next + 1, column), shown(share, NOTHING), fixed(decimals(1, share, 100.0)))
        sheet.heights([27, 27])
    totals = "，".join(f"{wording.LEVELS[level]} {forms.summary[level, OVERALL]['sections']} 所" for level in LEVELS)
    sheet.notes(
        [
            f"学校按学段计：{totals}（一贯制学校的小学部、初中部各计一所）。",
            _missing_of(forms),
            "综合评估：各项达标数和低于标准的程度均符合学校标准的为达标。缺报不算达标，仍计入总数。",
        ]
    )
    sheet.finish()


def section_sheet(book: Book, forms: Forms) -> None:
    """表Ⅱ-2: one row a section, the primary block, then the junior one."""
    widths = [5, 22, 8, 8, 6.5, 6.5, *[10.5] * 7, 9, 29]
    sheet = FormSheet(book, "表Ⅱ-2", "小学、初中资源配置基本情况总表（分学校）", widths)
    floor = _floor_share(forms)
    first = ("序号", "学校名称", "举办者\n类型", "在校生数\n（人）", "年级数\n（个）", "班级数\n（个）")
    _seven_heads(sheet, [(name, 1) for name in first], "该校综合评估\n是否达标", "备注", frozen=2)
    for level in LEVELS:
        rows = [row for row in forms.sections if row["level"] == level]
        _standards_row(sheet, forms, level, len(rows))
        for row in rows:
            _section_row(sheet, forms, row, floor)
        if not rows:
            sheet.label((sheet.next, 0), f"没有参加评估的{wording.LEVELS[level]}。", (1, len(widths)))
            sheet.heights([21])
    sheet.notes(
        [
            f"{_AT_FLOOR} 低于标准而不低于其{floor}；{_BELOW_FLOOR} 低于标准的{floor}。是否达标按未舍入的数值判定。",
            _OPERATORS,
            "不参加评估的学校（特殊教育学校、职业学校、人数不足的教学点）不列入本表。",
            _unreported(forms),
        ]
    )
    sheet.finish()


def balance_sheet(book: Book, forms: Forms) -> None:
    """表Ⅲ: the county's mean and the coefficient of variation of each of the seven, and their plain mean."""
    sheet = FormSheet(book, "表Ⅲ", "县域义务教育校际均衡情况表", [9, 19, *[13] * 7, 12])
    _seven_heads(sheet, [("学段", 1), ("项目", 1)], "综合")
    limits: list[str] = []
    for level in LEVELS:
        rows = [forms.summary[level, indicator] for indicator in (*SECTION_INDICATORS, OVERALL)]
        sheet.put((sheet.next, 0), wording.LEVELS[level], size=(2, 1))
        sheet.label((sheet.next, 1), "全县平均值")
        sheet.label((sheet.next + 1, 1), "差异系数")
        for column, row in enumerate(rows, 2):
            partial = _PARTIAL if row["incomplete"] else ""
            absent = MISSING if row["incomplete"] else NOTHING
            mean = row["mean"]
            sheet.put(
                (sheet.next, column),
                NOTHING if row["indicator"] == OVERALL else shown(mean, absent),
                fixed(2, partial),
            )
            over = _OVER if row["cv_verdict"] == "not_met" else ""
            places = decimals(3, row["cv"], row["cv_limit"])
            sheet.put((sheet.next + 1, column), shown(row["cv"], absent), fixed(places, over + partial))
        sheet.heights([27, 27])
        limits += [
            f"{wording.LEVELS[level]} {limit:.2f}"
            for limit in sorted({float(str(row["cv_limit"])) for row in rows if row["cv_limit"] is not None})
        ]
    sheet.notes(
        [
            f"{_OVER} 差异系数超过限值（{'、'.join(limits)}）；按未舍入的数值判定。",
            "平均值为全县分子之和与在校生之和之比；差异系数为按在校生加权的总体标准差与平均值之比。"
            "综合为七项差异系数的算术平均，只供参考，不作判定。",
            f"{_PARTIAL} 有学校缺报，按已报数据计算，不能据以认定达标。"
            if any(row["incomplete"] for row in forms.summary.values())
            else "",
        ]
    )
    sheet.finish()


def _seven_heads(
    sheet: FormSheet, before: Sequence[tuple[str, int]], verdict: str, *after: str, frozen: int = 0
) -> None:
    """Two header rows: the seven under one merged head, everything else over both."""
    for column, (name, _) in enumerate(before):
        sheet.head((2, column), name, (2, 1))
    start = len(before)
    sheet.head((2, start), "资源配置指标", (1, len(SECTION_INDICATORS)))
    for column, indicator in enumerate(SECTION_INDICATORS, start):
        name, unit = _HEADERS[indicator]
        sheet.head((3, column), f"{indicator}\n{name}\n（{unit}）")
    for column, name in enumerate((verdict, *after), start + len(SECTION_INDICATORS)):
        sheet.head((2, column), name, (2, 1))
    sheet.head_done(2, 3, [22, 88], frozen)


def _standards_row(sheet: FormSheet, forms: Forms, level: str, sections: int) -> None:
    """The head of a block: how many sections, and the standard of each indicator."""
    sheet.label((sheet.next, 0), f"{wording.LEVELS[level]}（{sections} 所）", (1, 5), strong=True)
    sheet.put((sheet.next, 5), "标准")
    for column, indicator in enumerate(SECTION_INDICATORS, 6):
        limit = forms.summary[level, indicator]["standard_limit"]
        sheet.put((sheet.next, column), shown(limit, NOTHING), f'"≥"{as_stated(limit)}')
    for column in (13, 14):
        sheet.put((sheet.next, column), "")
    sheet.heights([22])


def _section_row(sheet: FormSheet, forms: Forms, row: Row, floor: str) -> None:
    values: list[tuple[object, str]] = [
        (row["position"], "0"),
        (row["school_name"] or row["school_code"], "@"),
        (row["operator_type"] if row["operator_type"] is not None else shown(row["operator_as_reported"]), "0"),
        (shown(row["pupils"]), "0"),
        (shown(row["grades"], NOTHING), "0"),
        (shown(row["classes"]), "0"),
    ]
    at_floor, below = _names(row["at_floor"]), _names(row["below_floor"])
    for indicator in SECTION_INDICATORS:
        limits = forms.summary[str(row["level"]), indicator]
        value = row[indicator.lower()]
        mark = _AT_FLOOR if indicator in at_floor else _BELOW_FLOOR if indicator in below else ""
        places = decimals(2, value, limits["standard_limit"], limits["floor_limit"]) if mark else 2
        values.append((shown(value), fixed(places, mark)))
    values += [(wording.VERDICTS[str(row["verdict"])], "@"), (_remark(row, floor), "@")]
    sheet.row(values, left=(1, 14))


def _remark(row: Row, floor: str) -> str:
    """备注: which of the seven are met, which are not but reach the floor, which are below it or missing."""
    parts = {
        "达标": _names(row["met"]),
        f"达{floor}": _names(row["at_floor"]),
        f"低于{floor}": _names(row["below_floor"]),
        wording.VERDICTS["missing"]: _names(row["missing"]),
    }
    if len(parts["达标"]) == len(SECTION_INDICATORS):
        return "七项均达标"
    return "\n".join(f"{word}：{'、'.join(names)}" for word, names in parts.items() if names)


def _floor_share(forms: Forms) -> str:
    """The floor as a share of the standard, in the words of the form: 85%."""
    shares = [row["floor_share"] for row in forms.summary.values() if isinstance(row["floor_share"], float)]
    return f"{wording.trimmed(shares[0] * 100, 2)}%" if shares else "底线"


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _percent(value: object) -> object:
    """A fraction as the number of per cent it is printed as."""
    return round(value * 100, 10) if isinstance(value, float) else None


def _missing_of(forms: Forms) -> str:
    told = [
        f"{wording.LEVELS[level]} {row['sections_missing']} 所"
        for level in LEVELS
        if (row := forms.summary[level, OVERALL])["sections_missing"]
    ]
    text = f"综合评估因缺报不能认定的：{'、'.join(told)}。" if told else ""
    return text + _unreported(forms)


def _unreported(forms: Forms) -> str:
    if not forms.unreported:
        return ""
    names = "、".join(forms.unreported)
    return f"未报送年报、不能列入本表的学校 {len(forms.unreported)} 所：{names}。"
