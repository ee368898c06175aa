"""A small made-up county in 基础基 form, for end-to-end tests: `write_county(folder, spec, seed)`.

The sample returns lend their sheets, so headers, merges and marks stay as they are in the field; every
figure is other. `spec` (`county_spec`) says what the county consists of, the seed draws the rest.
"""

import shutil
from decimal import Decimal
from fractions import Fraction
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import openpyxl

from .county_figures import SchoolFigures, draw_school
from .county_spec import TYPES, CountySpec
from .county_workbook import SAMPLE, write_school
from .standard_2017 import LEVELS, SUBJECTS

LIST_COLUMNS = {
    "certified": "E", "trained": "F", "budget": "G", "funded_pupils": "H", "allocated": "I", "training_fund": "J",
    "primary.catchment": "K", "junior.catchment": "L",
}  # fmt: skip
TOWN = "城关镇"
# 项目, the 项目 it is a share of, the limit; B14 and B15 apart
SHARES = (
    ("实际交流轮岗教师数", "符合交流条件教师总数", Fraction(10, 100)),
    ("交流轮岗教师中骨干教师数", "实际交流轮岗教师数", Fraction(20, 100)),
    ("分配到初中学校的名额数", "优质高中招生计划数", Fraction(50, 100)),
    ("在公办学校就读的随迁子女数", "符合条件的随迁子女数", Fraction(85, 100)),
    ("毕业班学生数", "三年前入学学生数", Fraction(95, 100)),
    ("已入学残疾儿童少年数", "适龄残疾儿童少年数", Fraction(95, 100)),
    ("满意问卷数", "有效问卷数", Fraction(85, 100)),
)
WHOLES = {
    "符合交流条件教师总数": (100, 1180), "优质高中招生计划数": (40, 1800), "符合条件的随迁子女数": (20, 2140),
    "三年前入学学生数": (100, 3391), "适龄残疾儿童少年数": (20, 268), "有效问卷数": (100, 3105),
}  # fmt: skip


def write_county(folder: Path, spec: CountySpec, seed: int) -> list[str]:
    """Write the returns of `spec` into `folder` (made if need be): one partition folder, as LAYOUT.md has it.

    Returns the 标识码 of each school, in the order of `spec.schools`. Equal arguments give equal figures.
    Raises KeyError where the spec overrides a 项目 that the form has not.
    """
    rng = Random(seed)
    five_four = rng.random() < 0.5
    schools: list[SchoolFigures] = []
    for number, school in enumerate(spec.schools, 1):
        first = {"2": "21", "5": "51"}.get(school.type_code[0], "31")
        code = f"{'0' if school.leading_zero else first[0]}{first[1]}{spec.code}{number:02d}"
        name = f"{spec.name.removesuffix('县')}第{number}{TYPES[school.type_code][0]}"
        schools.append(draw_school(school, code, name, five_four, rng))
    (folder / "schools").mkdir(parents=True, exist_ok=True)
    for school in schools:
        if school.spec.workbook:
            write_school(folder / "schools", school, spec)
    _write_list(folder / "school_supplement.xlsx", schools)
    _write_county_return(folder / "county_return.xlsx", spec, schools, rng)
    if spec.task_decomposition:
        shutil.copy(SAMPLE / "task_decomposition.csv", folder)
    return [school.code for school in schools]


def _write_list(path: Path, schools: list[SchoolFigures]) -> None:
    """The list of schools, 职业 left out, and the rooms."""
    book = openpyxl.load_workbook(SAMPLE / "school_supplement.xlsx")
    lines, rooms = book["学校情况"], book["音乐美术专用教室"]
    for sheet in (lines, rooms):
        sheet.delete_rows(2, sheet.max_row)
    listed = [school for school in schools if school.levels]
    for row, school in enumerate(listed, 2):
        boarding = "是" if school.spec.boarding else "否"
        for column, value in zip("ABCDM", (school.code, school.name, 1995, boarding, TOWN), strict=True):
            lines[f"{column}{row}"] = value
        for name, value in school.listed.items():
            if name not in school.spec.blanks:
                lines[f"{LIST_COLUMNS[name]}{row}"] = value
        if "rooms" not in school.spec.blanks:
            for number, (kind, area) in enumerate(school.rooms, 1):
                rooms.append([school.code, school.name, kind, f"{kind}教室{number}", float(area), 1995])
    book.save(path)


def _write_county_return(path: Path, spec: CountySpec, schools: list[SchoolFigures], rng: Random) -> None:
    book = openpyxl.load_workbook(SAMPLE / "county_return.xlsx")
    _write_profile(book["表Ⅰ"], spec, schools)
    figures: dict[str, Decimal | int | None] = dict(_draw_figures(schools, rng)) | dict(spec.figures)
    unknown = {*spec.figures, *spec.conclusions}
    for sheet in book.worksheets[1:]:
        for row in range(2, sheet.max_row + 1):
            item = str(sheet[f"B{row}"].value)
            unknown.discard(item)
            if item in figures:
                value = figures[item]
                sheet[f"C{row}"] = None if value is None else float(value) if isinstance(value, Decimal) else value
            if item in spec.conclusions:
                column = "C" if item.endswith("学业水平等级") else "E"
                sheet[f"{column}{row}"] = spec.conclusions[item]
    if unknown:
        msg = f"no such 项目: {sorted(unknown)}"
        raise KeyError(msg)
    book.save(path)


def _draw_figures(schools: list[SchoolFigures], rng: Random) -> dict[str, Decimal | int]:
    """Shares that lie on their limits, one under, or above; nothing above its whole."""
    figures: dict[str, Decimal | int] = {item: rng.choice(choices) for item, choices in WHOLES.items()}
    for part, whole, limit in SHARES:
        least = ceil(limit * Fraction(figures[whole]))
        figures[part] = min(int(figures[whole]), least + rng.choice((-1, 0, 0, 0, 1, 2)))
    figures["在政府购买服务的民办学校就读的随迁子女数"] = 0
    figures["其中：分配到农村初中的名额数"] = int(figures["分配到初中学校的名额数"]) // 2
    figures["其中：特殊教育学校就读数"] = 0
    figures["发放问卷数"] = int(figures["有效问卷数"]) + 5
    moved = rng.choice((0, 12))
    figures["三年转入学生数"], figures["三年转出学生数"], figures["三年死亡学生数"] = moved, moved, 0
    pupils = sum(sum(school.levels["special"].pupils) for school in schools if school.special) or 30
    figures["特殊教育学校在校生数"] = pupils
    figures["特殊教育学校公用经费拨付总额"] = pupils * 6000 + rng.choice((-1, 0, 0, 500))
    figures["当地公务员年平均工资收入"] = 85950
    figures["义务教育学校教师年平均工资收入"] = 85950 + rng.choice((-1, 0, 0, 470))
    figures["小学生均公用经费基准定额"], figures["初中生均公用经费基准定额"] = 710, 910
    for subject in SUBJECTS:
        rate = rng.choice(("0.082", "0.1499", "0.1499", "0.117", "0.149", "0.15"))
        figures[f"{subject}校际差异率"] = Decimal(rate)
    return figures


def _write_profile(sheet: Any, spec: CountySpec, schools: list[SchoolFigures]) -> None:
    """表Ⅰ: the line that names county and year, and L9–L24 as the schools add up."""
    sheet["A2"] = (
        f"县（市、区）：{spec.name}　　行政区划代码：{spec.code}　　统计年度：{spec.year}/{spec.year + 1}学年初"
    )
    types = [school.spec.type_code for school in schools]
    points = [sum(school.levels["primary"].pupils) for school in schools if school.spec.type_code == "218"]
    counts = [types.count(code) for code in ("211", "312", "311", "341", "345")]
    counts += [types.count("514"), len(points), sum(1 for pupils in points if pupils >= 50)]
    of = {level: [school.levels[level] for school in schools if level in school.levels] for level in LEVELS}
    counts += [sum(figures.classes for figures in sections) for sections in of.values()]
    counts += [sum(sum(figures.pupils) for figures in sections) for sections in of.values()]
    for sections in of.values():
        teachers = sum(figures.teachers for figures in sections)
        counts += [teachers + 3 * len(sections), teachers]
    cells = [f"{column}{row}" for row in (8, 10, 12, 14) for column in "ACEG"]
    for cell, number in zip(cells, counts, strict=True):
        sheet[cell] = number
