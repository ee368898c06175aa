"""The official forms worked out a second time, from the workbooks and the oracle, and held against forms.xlsx."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl

from tests.oracle import OracleResult, compute
from tests.oracle.returns import Returns, School, read_partition
from tests.oracle.standard_2017 import LEVELS, SUBJECTS
from tests.oracle.workbook import Workbook

SHEETS = ["表Ⅰ", "表Ⅱ-1", "表Ⅱ-2", "表Ⅲ", "表Ⅳ", "表Ⅴ", "表Ⅵ"]
SEVEN = [f"B{n}" for n in range(1, 8)]
WORDS = {"met": "达标", "not_met": "不达标", "missing": "数据缺失"}
LEVEL_WORDS = {"primary": "小学", "junior": "初中"}
OPERATORS = {"831": 7, "999": 10}
STANDARD = {
    "primary": dict(zip(SEVEN, (4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3), strict=True)),
    "junior": dict(zip(SEVEN, (5.3, 1, 0.9, 5.8, 10.2, 2500, 2.4), strict=True)),
}
CV_LIMIT = {"primary": Fraction(1, 2), "junior": Fraction(45, 100)}
GRADES = {"primary": ("基础基312", "J7 K7 L7 M7 N7 O7"), "junior": ("基础基313", "I7 J7 K7 L7")}
MISSING, NOTHING = "缺报", "——"
Number = Fraction | None


def printed(value: object, number_format: str) -> str:
    """A cell as a spreadsheet prints it, for the formats that the forms use."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "" if value is None else str(value)
    if number_format == "General":
        return f"{value:g}"
    match = re.fullmatch(r'(?:"([^"]*)")?(0(?:\.0+)?)(?:"([^"]*)")?', number_format)
    assert match, number_format
    decimals = len(match[2].partition(".")[2])
    return f"{match[1] or ''}{half_up(value, decimals)}{match[3] or ''}"


def half_up(value: float | Fraction, decimals: int) -> str:
    """Rounded as the forms print, on decimals."""
    number = (
        Decimal(value.numerator) / Decimal(value.denominator) if isinstance(value, Fraction) else Decimal(repr(value))
    )
    return f"{number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):f}"


class Forms:
    """forms.xlsx of one partition beside its returns."""

    def __init__(self, path: Path, folder: Path, year: int, county: str) -> None:
        self.book = openpyxl.load_workbook(path)
        self.folder = folder
        self.returns: Returns = read_partition(folder)
        self.oracle: OracleResult = compute(folder, year, county)
        self.found: list[str] = []

    def differences(self) -> list[str]:
        """Every difference between the workbook and what the returns say; empty where there is none."""
        if self.book.sheetnames != SHEETS:
            return [f"sheets {self.book.sheetnames}"]
        for check in (self.profile, self.summary, self.sections, self.balance, self.conclusions, self.recognition):
            check()
        return self.found

    def differ(self, where: str, shown: object, wanted: object) -> None:
        """Note a difference; numbers to a part in a thousand million."""
        if isinstance(wanted, Fraction):
            near = isinstance(shown, int | float) and abs(shown - wanted) <= Fraction(1, 10**9) * max(1, abs(wanted))
            if near:
                return
        elif shown == wanted:
            return
        self.found.append(f"{where}: {shown!r} instead of {wanted!r}")

    def profile(self) -> None:
        """表Ⅰ against the county return's own sheet, by L-number."""
        sheet, book = self.book["表Ⅰ"], Workbook.open(self.folder / "county_return.xlsx")
        numbers = {cell.value: cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("L")}
        if list(numbers) != [f"L{n}" for n in range(1, 25)]:
            self.found.append(f"表Ⅰ lines {list(numbers)}")
        for n in range(24):
            row, column = 3 + 2 * (n // 4), "ACEG"[n % 4]
            cell = numbers[f"L{n + 1}"]
            name, value = sheet.cell(cell.row, cell.column - 1), sheet.cell(cell.row + 1, cell.column - 1)
            self.differ(f"表Ⅰ L{n + 1} name", name.value, book.text("表Ⅰ", f"{column}{row}"))
            wanted = book.required("表Ⅰ", f"{column}{row + 1}")
            self.differ(f"表Ⅰ L{n + 1}", value.value, MISSING if wanted is None else wanted)
            if wanted is not None and Decimal(printed(value.value, value.number_format)) != Decimal(str(float(wanted))):
                self.found.append(f"表Ⅰ L{n + 1} prints {printed(value.value, value.number_format)}")

    def summary(self) -> None:
        """表Ⅱ-1: sections that are met, and their share in per cent."""
        rows = self.body("表Ⅱ-1", 2)
        for line, level in enumerate(LEVELS):
            verdicts = {
                i: [f.verdict for f in self.oracle.sections if (f.level, f.indicator) == (level, i)] for i in SEVEN
            }
            verdicts["ALL"] = [row.verdict for row in self.oracle.section_results if row.level == level]
            for column, (indicator, judged) in enumerate(verdicts.items(), 2):
                met, share = rows[2 * line][column], rows[2 * line + 1][column]
                where = f"表Ⅱ-1 {level} {indicator}"
                if not judged:
                    self.differ(where, (met.value, share.value), (NOTHING, NOTHING))
                    continue
                wanted = Fraction(100 * judged.count("met"), len(judged))
                self.differ(where, met.value, judged.count("met"))
                self.differ(f"{where} %", share.value, wanted)
                if printed(share.value, share.number_format) == "100.0" and wanted < 100:
                    self.found.append(f"{where} prints 100.0 and is {wanted}")
                elif wanted <= Fraction(9994, 100):
                    self.differ(f"{where} print", printed(share.value, share.number_format), half_up(wanted, 1))

    def sections(self) -> None:
        """表Ⅱ-2: identity, the seven values, the verdict and the remark of every section, in order."""
        rows = iter(self.body("表Ⅱ-2", 2))
        books = {book.code: book for book in self.returns.schools.values()}
        for level in LEVELS:
            results = sorted(
                (row for row in self.oracle.section_results if row.level == level), key=lambda row: row.school_code
            )
            next(rows)  # the head of the block; where the level has no section, the line that says so follows
            if not results:
                next(rows)
            for position, result in enumerate(results, 1):
                cells = next(rows)
                where = f"表Ⅱ-2 {level} {result.school_code}"
                figures = {
                    f.indicator: f
                    for f in self.oracle.sections
                    if (f.level, f.school_code) == (level, result.school_code)
                }
                school = books[result.school_code]
                self.differ(f"{where} 序号", cells[0].value, position)
                self.differ(f"{where} 名称", cells[1].value, school.name)
                self.differ(f"{where} 举办者", cells[2].value, OPERATORS.get(school.operator_code, MISSING))
                for column, value in ((3, figures["B1"].pupils), (5, figures["B1"].classes)):
                    self.differ(f"{where} {column}", cells[column].value, MISSING if value is None else value)
                self.differ(f"{where} 年级数", cells[4].value, self.grades(school, level))
                for column, indicator in enumerate(SEVEN, 6):
                    self.section_value(f"{where} {indicator}", cells[column], figures[indicator])
                self.differ(f"{where} 综合", cells[13].value, WORDS[result.verdict])
                self.differ(f"{where} 备注", cells[14].value, remark(list(figures.values())))

    def section_value(self, where: str, cell: Any, figure: Any) -> None:  # noqa: ANN401 - openpyxl's and ours
        """One value: unrounded, printed with two decimals, and never printed as if it met what it does not."""
        if figure.value is None:
            self.differ(where, cell.value, MISSING)
            return
        self.differ(where, cell.value, figure.value)
        text = printed(cell.value, cell.number_format)
        mark = {"met": "", "not_met": "△" if figure.floor_verdict == "met" else "▼"}[figure.verdict]
        number = text.removesuffix(mark)
        if mark and Decimal(number) >= Decimal(str(STANDARD[figure.level][figure.indicator])):
            self.found.append(f"{where} prints {text} and is not met")
        if len(number.partition(".")[2]) == 2:
            self.differ(f"{where} print", text, half_up(cell.value, 2) + mark)
        elif not mark:
            self.found.append(f"{where} prints {text}")

    def grades(self, school: School, level: str) -> int | str:
        """Grades with pupils, as the school's own workbook has them."""
        path = next(iter((self.folder / "schools").glob(f"{school.code}_*.xlsx")))
        sheet, addresses = GRADES[level]
        count = sum(1 for address in addresses.split() if Workbook.open(path).detail(sheet, address) > 0)
        return count

    def balance(self) -> None:
        """表Ⅲ: means and coefficients, and the plain mean of the seven."""
        rows = self.body("表Ⅲ", 2)
        for line, level in enumerate(LEVELS):
            found = {row.indicator: row for row in self.oracle.balance if row.level == level}
            cvs = [found[i].cv for i in SEVEN if i in found]
            complete = len(cvs) == len(SEVEN) and None not in cvs
            for column, indicator in enumerate(SEVEN, 2):
                where, row = f"表Ⅲ {level} {indicator}", found.get(indicator)
                mean, cv = rows[2 * line][column], rows[2 * line + 1][column]
                for cell, value, places in ((mean, row and row.mean, 2), (cv, row and row.cv, 3)):
                    if value is None:
                        if cell.value not in (MISSING, NOTHING):
                            self.found.append(f"{where}: {cell.value!r} and there is none")
                        continue
                    self.differ(where, cell.value, value)
                    text = printed(cell.value, cell.number_format).rstrip("▲*")
                    if len(text.partition(".")[2]) == places:
                        self.differ(f"{where} print", text, half_up(cell.value, places))
                    elif cell is mean:
                        self.found.append(f"{where} prints {text}")
                if row is not None and row.cv is not None:
                    over = "▲" in printed(cv.value, cv.number_format)
                    if over != (row.verdict == "not_met"):
                        self.found.append(f"{where}: ▲ is {over} and the verdict {row.verdict}")
            overall = rows[2 * line + 1][9].value
            self.differ(f"表Ⅲ {level} 综合平均", rows[2 * line][9].value, NOTHING)
            if complete:
                self.differ(f"表Ⅲ {level} 综合", overall, sum((cv for cv in cvs if cv is not None), Fraction(0)) / 7)
            elif overall not in (MISSING, NOTHING):
                self.found.append(f"表Ⅲ {level} 综合 {overall!r}")

    def conclusions(self) -> None:
        """表Ⅳ and 表Ⅴ: the sentence with its blanks filled, and the verdict."""
        wanted = {row.indicator: row for row in self.oracle.verdicts}
        for name, first, last in (("表Ⅳ", 8, 22), ("表Ⅴ", 23, 31)):
            rows = [row for row in self.body(name, 1) if row[2].value is not None]
            codes = [f"B{n}" for n in range(first, last + 1)]
            if [str(row[0].value).split(" ")[0] for row in rows] != codes:
                self.found.append(f"{name} rows {[row[0].value for row in rows]}")
                continue
            for code, row in zip(codes, rows, strict=True):
                self.differ(f"{name} {code} 是否达标", row[2].value, WORDS[wanted[code].verdict])
                text = re.sub(r"\s", "", str(row[1].value))
                sentence = SENTENCES[code](Filled(self.returns, self.oracle))
                if not text.startswith(sentence.rstrip("。")):
                    self.found.append(f"{name} {code}: {text} instead of {sentence}")

    def recognition(self) -> None:
        """表Ⅵ: counts, and shares in per cent."""
        total, parents = self.body("表Ⅵ", 2)[:2]
        get = self.returns.figures
        ratios = (("满意问卷数", "有效问卷数"), ("走访满意人数", "走访人数"))
        shares = [share(get[part], get[whole]) for part, whole in ratios]
        counts = [get[item] for item in ("发放问卷数", "有效问卷数", "满意问卷数", "走访人数", "走访满意人数")]
        wanted: list[Number | str] = [*counts[:3], shares[0], *counts[3:], shares[1]]
        for column, value in enumerate(wanted, 1):
            shown = value * 100 if isinstance(value, Fraction) and column in (4, 7) else value
            self.differ(f"表Ⅵ {column}", total[column].value, MISSING if shown is None else shown)
            self.differ(f"表Ⅵ 家长 {column}", parents[column].value, NOTHING)

    def body(self, name: str, heads: int) -> list[Sequence[Any]]:
        """The rows under the header, down to the notes."""
        rows = list(self.book[name].iter_rows(min_row=3 + heads))
        end = next(n for n, row in enumerate(rows) if str(row[0].value).startswith("注："))
        return rows[:end]


def remark(figures: list[Any]) -> str:
    """备注 as rules.md §6 asks: which are met, which reach 85%, and the rest."""
    groups = {
        "达标": [f.indicator for f in figures if f.verdict == "met"],
        "达85%": [f.indicator for f in figures if f.verdict == "not_met" and f.floor_verdict == "met"],
        "低于85%": [f.indicator for f in figures if f.verdict == "not_met" and f.floor_verdict == "not_met"],
        "数据缺失": [f.indicator for f in figures if f.verdict == "missing"],
    }
    if len(groups["达标"]) == len(SEVEN):
        return "七项均达标"
    return "\n".join(f"{word}：{'、'.join(sorted(names))}" for word, names in groups.items() if names)


def share(part: Number, whole: Number) -> Number | str:
    """A ratio; 缺报 as None, nothing of nothing as ——."""
    if whole == 0:
        return NOTHING
    return None if part is None or whole is None else part / whole


class Filled:
    """What fills the blanks, from the returns."""

    def __init__(self, returns: Returns, oracle: OracleResult) -> None:
        self.returns, self.oracle = returns, oracle

    @property
    def absent(self) -> bool:
        """Whether a listed school sent no workbook; 职业 schools send one unlisted, so that counting will not do."""
        return any(code not in self.returns.schools for code in self.returns.listed)

    def whole(self, item: str) -> str:
        """A count or an amount of the county return, as a whole number."""
        return self.number(self.returns.figures[item])

    @staticmethod
    def number(value: Number | str) -> str:
        """A whole number, 缺报 or ——."""
        return MISSING if value is None else value if isinstance(value, str) else half_up(value, 0)

    @staticmethod
    def percent(value: Number | str, limit: Fraction | None = None) -> str:
        """One decimal, and as many more as keep it on its side of the limit."""
        if not isinstance(value, Fraction):
            return MISSING if value is None else value
        decimals = 1
        while (
            limit is not None
            and value != limit
            and decimals < 10
            and half_up(value * 100, decimals) == half_up(limit * 100, decimals)
        ):
            decimals += 1
        text = half_up(value * 100, decimals)
        return text.rstrip("0") if decimals > 1 else text

    def ratio(self, part: str, whole: str, limit: Fraction | None = None) -> str:
        """A ratio of two 项目 in per cent."""
        return self.percent(share(self.returns.figures[part], self.returns.figures[whole]), limit)

    def conclusion(self, item: str) -> str:
        """达标, 不达标, or 缺报."""
        return self.returns.conclusions[item] or MISSING

    def statement(self, indicator: str) -> str:
        """The indicator's own sentence begins so."""
        return next(row.statement for row in self.oracle.verdicts if row.indicator == indicator)

    def gaps(self, indicator: str) -> list[Any]:
        """The rows of the gap list that are not met."""
        return [gap for gap in self.oracle.gaps if gap.indicator == indicator and gap.verdict == "not_met"]

    def oversized(self, kind: str) -> str:
        """Schools over their size, by kind."""

        def kind_of(code: str) -> str:
            school = self.returns.schools[code]
            through = school.type_code in ("312", "345")
            return "through" if through else "junior" if has_pupils(school, "junior") else "primary"

        return str(sum(1 for gap in self.gaps("B11") if kind_of(gap.subject_id) == kind))

    def large_classes(self, level: str) -> str | None:
        """Classes over the limit; None where no number is claimed here (nobody, or something missing)."""
        rows = [gap for gap in self.oracle.gaps if (gap.indicator, gap.level) == ("B12", level)]
        if any(gap.verdict == "missing" for gap in rows) or not any(
            has_pupils(school, level) for school in self.returns.schools.values()
        ):
            return None
        return str(sum(int(gap.observed) for gap in rows if gap.observed is not None))


def has_pupils(school: School, level: str) -> bool:
    """Whether the school is a section of the level."""
    found = school.levels.get(level)
    return found is not None and (found.pupils is None or found.pupils > 0)


def _b12(filled: Filled) -> str:
    primary, junior = filled.large_classes("primary"), filled.large_classes("junior")
    begin = "超过45人的小学班级"
    return begin if primary is None or junior is None else f"{begin}{primary}个，超过50人的初中班级{junior}个"


def _b14(filled: Filled) -> str:
    total = filled.returns.figures["特殊教育学校公用经费拨付总额"]
    wan = MISSING if total is None else f"{float(total / 10000):.6f}".rstrip("0").rstrip(".")
    return f"特殊教育学校公用经费为{wan}万元，特殊教育学生数为{filled.whole('特殊教育学校在校生数')}人，生均公用经费为"


def _b18(filled: Filled) -> str:
    eligible, exchanged, backbone = "符合交流条件教师总数", "实际交流轮岗教师数", "交流轮岗教师中骨干教师数"
    return (
        f"符合交流轮岗条件教师总数{filled.whole(eligible)}名，上一年度交流轮岗教师{filled.whole(exchanged)}名，"
        f"占{filled.ratio(exchanged, eligible, Fraction(10, 100))}%；其中骨干教师{filled.whole(backbone)}名，"
        f"占{filled.ratio(backbone, exchanged, Fraction(20, 100))}%"
    )


def _b21(filled: Filled) -> str:
    places, allotted, rural = "优质高中招生计划数", "分配到初中学校的名额数", "其中：分配到农村初中的名额数"
    return (
        f"招生名额总数{filled.whole(places)}人，分配名额{filled.whole(allotted)}人，"
        f"占比{filled.ratio(allotted, places, Fraction(1, 2))}%；其中分配农村学校{filled.whole(rural)}人，"
        f"占{filled.ratio(rural, allotted)}%；名额分配向农村初中倾斜：{filled.conclusion('名额分配向农村初中倾斜')}"
    )


def _b22(filled: Filled) -> str:
    eligible, public = "符合条件的随迁子女数", "在公办学校就读的随迁子女数"
    bought = "在政府购买服务的民办学校就读的随迁子女数"
    parts = [filled.returns.figures[public], filled.returns.figures[bought]]
    both = None if None in parts else sum((part for part in parts if part is not None), Fraction(0))
    ratio = filled.percent(share(both, filled.returns.figures[eligible]), Fraction(85, 100))
    return (
        f"符合条件的随迁子女数{filled.whole(eligible)}人，公办{filled.whole(public)}人，政府购买服务的民办"
        f"{filled.whole(bought)}人，合计{filled.number(both)}人，占比{ratio}%；留守儿童关爱体系健全："
        f"{filled.conclusion('留守儿童关爱体系健全')}"
    )


def _b23(filled: Filled) -> str:
    names = ("毕业班学生数", "三年前入学学生数", "三年转入学生数", "三年死亡学生数", "三年转出学生数")
    last, first, came, died, left = (filled.returns.figures[name] for name in names)
    known = first is not None and came is not None and died is not None and left is not None
    ratio = filled.percent(share(last, first + came - died - left) if known else None, Fraction(95, 100))
    texts = [filled.whole(name) for name in names]
    return (
        f"毕业班学生数{texts[0]}人，三年前入学{texts[1]}人，三年转入{texts[2]}人，死亡{texts[3]}人，转出{texts[4]}人，"
        f"巩固率{ratio}%"
    )


def _b24(filled: Filled) -> str:
    all_of_them, enrolled, special = "适龄残疾儿童少年数", "已入学残疾儿童少年数", "其中：特殊教育学校就读数"
    return (
        f"残疾儿童少年{filled.whole(all_of_them)}人，入学{filled.whole(enrolled)}人，"
        f"入学率{filled.ratio(enrolled, all_of_them, Fraction(95, 100))}%；其中特殊教育学校就读"
        f"{filled.whole(special)}人，占比{filled.ratio(special, enrolled)}%"
    )


def _b31(filled: Filled) -> str:
    def subjects() -> Iterator[str]:
        for subject in SUBJECTS:
            rate = filled.returns.figures[f"{subject}校际差异率"]
            shown = MISSING if rate is None else f"{float(rate):.4f}".rstrip("0").rstrip(".")
            grade = filled.returns.grades[f"{subject}学业水平等级"]
            grade = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ"}.get(grade or "", MISSING)
            yield f"{subject}{grade}级、校际差异率{shown}"

    return "；".join(subjects())


def _conclusions(*items: str) -> Callable[[Filled], str]:
    return lambda filled: "；".join(f"{item}：{filled.conclusion(item)}" for item in items)


def _teachers(filled: Filled, listed: str) -> tuple[Fraction, Fraction] | None:
    """Teachers of whom the list says so, and all, 特教 included; None where one number is missing."""
    schools = [school for school in filled.returns.schools.values() if not school.vocational]
    everyone = [s.special_teachers if s.special else level.teachers for s in schools for level in levels_of(s)]
    some: list[Number] = [getattr(filled.returns.listed[school.code], listed) for school in schools]
    known = [number for number in (*everyone, *some) if number is not None]
    if len(known) < len(everyone) + len(some) or filled.absent:
        return None
    return sum(known[len(everyone) :], Fraction(0)), sum(known[: len(everyone)], Fraction(0))


def levels_of(school: School) -> list[Any]:
    """The compulsory levels that have pupils; one for a 特教 school."""
    return [None] if school.special else [level for name, level in school.levels.items() if has_pupils(school, name)]


def _b16(filled: Filled) -> str:
    found = _teachers(filled, "trained")
    begin = "完成360学时培训的教师"
    if found is None:
        return begin
    trained, teachers = (filled.number(number) for number in found)
    return f"{begin}{trained}人，全县教师{teachers}人，完成率{filled.percent(share(*found), Fraction(1))}%"


def _b19(filled: Filled) -> str:
    found = _teachers(filled, "certified")
    begin = "在岗专任教师"
    if found is None:
        return begin
    certified, teachers = (filled.number(number) for number in found)
    return f"{begin}{teachers}人，其中持证{certified}人，占比{filled.percent(share(*found), Fraction(1))}%"


def _b20(filled: Filled) -> str:
    begin, ratios = "城区和镇区公办小学、初中就近划片入学比例分别", list[str]()
    for level, limit in (("primary", Fraction(1)), ("junior", Fraction(95, 100))):
        concerned = [
            (filled.returns.listed[s.code].catchment[level], s.levels[level].pupils)
            for s in filled.returns.schools.values()
            if s.public and s.urban_rural_code.startswith("1") and has_pupils(s, level)
            and not s.special and not filled.returns.listed[s.code].boarding
        ]  # fmt: skip
        if any(None in pair for pair in concerned) or filled.absent:
            return begin
        inside, pupils = (sum((pair[n] or Fraction(0) for pair in concerned), Fraction(0)) for n in (0, 1))
        ratios.append(filled.percent(share(inside, pupils), limit))
    return f"{begin}{ratios[0]}%、{ratios[1]}%"


def _b13(filled: Filled) -> str:
    begin = "不足100人的规模较小学校学生数"
    small = [
        (sum((level.pupils or Fraction(0) for level in levels_of(s)), Fraction(0)), filled.returns.listed[s.code])
        for s in filled.returns.schools.values()
        if s.type_code in ("211", "218") and levels_of(s) and None not in [level.pupils for level in levels_of(s)]
    ]
    small = [(pupils, listed) for pupils, listed in small if pupils < 100]
    paid = [listed.allocated for _, listed in small]
    sizes = [level.pupils for s in filled.returns.schools.values() if not s.special for level in levels_of(s)]
    if None in paid or None in sizes or filled.absent:
        return begin
    pupils = filled.number(sum((pupils for pupils, _ in small), Fraction(0)))
    return f"{begin}{pupils}人，公用经费{filled.number(sum((amount or Fraction(0) for amount in paid), Fraction(0)))}元"


SENTENCES: dict[str, Callable[[Filled], str]] = {
    "B8": _conclusions("学校规划布局"),
    "B9": _conclusions("学校建设标准统一", "教师编制标准统一", "生均公用经费基准定额统一", "基本装备配置标准统一"),
    "B10": lambda filled: filled.statement("B10"),
    "B11": lambda filled: (
        f"超过2000人的小学{filled.oversized('primary')}所，初中{filled.oversized('junior')}所，"
        f"超过2500人的一贯制学校{filled.oversized('through')}所"
    ),
    "B12": _b12,
    "B13": _b13,
    "B14": _b14,
    "B15": lambda filled: (
        f"教师年平均工资收入为{filled.whole('义务教育学校教师年平均工资收入')}元，当地公务员年平均工资收入"
        f"{filled.whole('当地公务员年平均工资收入')}元；绩效工资总量按规定足额核定："
        f"{filled.conclusion('绩效工资总量按规定足额核定')}"
    ),
    "B16": _b16,
    "B17": _conclusions("教职工编制和岗位统筹分配"),
    "B18": _b18,
    "B19": _b19,
    "B20": _b20,
    "B21": _b21,
    "B22": _b22,
    "B23": _b23,
    "B24": _b24,
    "B25": _conclusions("所有学校制定章程", "学校管理与教学信息化"),
    "B26": lambda filled: filled.statement("B26"),
    "B27": _conclusions("教师信息化教学与设施设备利用"),
    "B28": _conclusions("德育工作与校园文化建设"),
    "B29": _conclusions("课程开齐开足与教学秩序"),
    "B30": _conclusions("无过重课业负担"),
    "B31": _b31,
}
