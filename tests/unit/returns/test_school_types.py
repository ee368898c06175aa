"""Every type of school, in workbooks and exports: its levels, what it must carry, what is left out and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.returns.layout import school_types
from orchestration.returns.school_workbook import read_school
from tests.returns_tools import COUNTY, YEAR
from tests.unit.returns.exports import COMPLETE, NINE_YEAR, TOWN_PRIMARY, County, unexpected
from tests.unit.returns.shapes import SHAPES

_TYPE = {"jichuji": ("基础基111", "D14", "D15"), "jiaoji": ("教基1001", "C25", "C26")}


def make(shape: str, name: str, type_code: str, tmp_path: Path, change: Any = None) -> Any:
    """A Huantai workbook as one of another type, read."""
    source = next(path for path in (SHAPES[shape] / "schools").iterdir() if name in path.name)
    book = openpyxl.load_workbook(source)
    form, name_cell, code_cell = _TYPE[shape]
    identity = next(sheet for sheet in book.worksheets if sheet.title.startswith(form))
    identity[code_cell], identity[name_cell] = type_code, school_types()[type_code].name
    if change:
        change({sheet.title.split("_")[0]: sheet for sheet in book.worksheets}, book)
    book.save(tmp_path / source.name)
    return read_school(tmp_path, source.name, YEAR, COUNTY)


def codes(school: Any) -> list[str]:
    return sorted(found.code for found in school.findings.faults)


@pytest.mark.parametrize("shape", _TYPE)
@pytest.mark.parametrize(("name", "type_code", "levels", "scope"), [
    ("索镇中心小学", "211", ("primary",), "compulsory"), ("索镇中心小学", "218", ("primary",), "compulsory"),
    ("桓台县第三初级中学", "311", ("junior",), "compulsory"),
    ("桓台县实验学校", "312", ("primary", "junior"), "compulsory"),
    ("桓台县第三中学", "341", ("junior", "senior"), "compulsory"),
    ("桓台县特殊教育学校", "511", ("special",), "special"), ("桓台县实验学校", "361", (), "vocational"),
    ("桓台县实验学校", "321", (), "vocational"),
])  # fmt: skip
def test_levels_and_scope(
    shape: str, name: str, type_code: str, levels: tuple[str, ...], scope: str, tmp_path: Path
) -> None:
    school = make(shape, name, type_code, tmp_path)
    assert (school.levels, school.scope, codes(school)) == (levels, scope, [])


@pytest.mark.parametrize("shape", _TYPE)
def test_a_through_school_of_twelve_years_needs_every_level(shape: str, tmp_path: Path) -> None:
    school = make(shape, "桓台县实验学校", "345", tmp_path)
    form = {"jichuji": "基础基314", "jiaoji": "教基3118"}[shape]
    assert [(found.code, found.sheet) for found in school.findings.faults] == [("missing_sheet", form)]


@pytest.mark.parametrize("shape", _TYPE)
def test_a_senior_school_with_junior_classes_is_in_scope_for_them(shape: str, tmp_path: Path) -> None:
    school = make(shape, "桓台县第三中学", "342", tmp_path)
    assert (school.levels, school.scope, codes(school)) == (("junior", "senior"), "compulsory", [])


@pytest.mark.parametrize("shape", _TYPE)
def test_a_senior_school_alone_is_out_of_scope_and_its_figures_are_not_needed(shape: str, tmp_path: Path) -> None:
    junior = {"jichuji": ("基础基213", "基础基313", "基础基424"), "jiaoji": ("教基2107", "教基3115", "教基4156")}[shape]

    def change(sheets: Any, book: Any) -> None:
        for form in junior:
            book.remove(sheets[form])

    school = make(shape, "桓台县第三中学", "342", tmp_path, change)
    assert (school.scope, codes(school)) == ("senior", [])
    assert {value.record for value in school.findings.values} == {"school"}


@pytest.mark.parametrize("shape", _TYPE)
def test_classes_of_another_level_make_a_section_of_their_host(shape: str, tmp_path: Path) -> None:
    """附设班: a 小学 that reports junior pupils runs a junior level, with all that belongs to it."""
    school = make(shape, "桓台县实验学校", "211", tmp_path)
    assert (school.levels, codes(school)) == (("primary", "junior"), [])

    def change(sheets: Any, book: Any) -> None:
        book.remove(sheets[{"jichuji": "基础基424", "jiaoji": "教基4156"}[shape]])

    school = make(shape, "桓台县实验学校", "211", tmp_path, change)
    assert codes(school) == ["missing_sheet"]


@pytest.mark.parametrize("shape", _TYPE)
def test_a_level_of_no_pupils_is_read_as_none(shape: str, tmp_path: Path) -> None:
    def change(sheets: Any, _: Any) -> None:
        for form, rows in {"基础基312": "7", "基础基212": "6", "教基3112": "6", "教基2106": "5"}.items():
            for cell in sheets[form][rows] if form in sheets else ():
                if isinstance(cell.value, int | float):
                    cell.value = 0
        for form, first in {"基础基212": 8, "教基2106": 6}.items():
            for row in sheets[form].iter_rows(min_row=first) if form in sheets else ():
                for cell in row:
                    if isinstance(cell.value, int | float):
                        cell.value = 0

    school = make(shape, "桓台县实验学校", "312", tmp_path, change)
    pupils = {v.level: str(v.value) for v in school.findings.values if v.field == "pupils"}
    assert (school.levels, pupils, codes(school)) == (("primary", "junior"), {"primary": "0", "junior": "690"}, [])


@pytest.mark.parametrize("shape", _TYPE)
def test_the_label_of_a_level_the_school_does_not_run_may_be_absent(shape: str, tmp_path: Path) -> None:
    form = {"jichuji": "基础基112", "jiaoji": "教基1102续"}[shape]

    def without(level: str) -> Any:
        def change(sheets: Any, _: Any) -> None:
            for row in sheets[form].iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and f"骨干教师（{level}）" in cell.value:
                        cell.value = None

        return change

    assert codes(make(shape, "索镇中心小学", "211", tmp_path, without("初中"))) == []
    assert codes(make(shape, "索镇中心小学", "211", tmp_path, without("小学"))) == ["missing_row"]


# -- in an export ------------------------------------------------------------------------------------------------


def test_attached_classes_under_their_hosts_code(tmp_path: Path) -> None:
    county = County(tmp_path)
    county.copy_row("初中", NINE_YEAR, TOWN_PRIMARY, {
        "学校（机构）名称": "索镇中心小学", "办学类型": "附设普通初中班", "办学类型码": "319",
        "各学段在校生数/小学": county.book["小学"][county.cell("小学", TOWN_PRIMARY, "在校生数/合计")].value,
        "网络多媒体教室（间）": county.book["小学"][county.cell("小学", TOWN_PRIMARY, "网络多媒体教室（间）")].value,
    })  # fmt: skip
    county.set("小学", TOWN_PRIMARY, {"各学段在校生数/初中": 690})
    returns = county.read()
    school = returns.schools[TOWN_PRIMARY]
    assert school.school_type is not None
    assert (school.school_type.type_code, school.levels) == ("211", ("primary", "junior"))
    assert {code for _, code, _, _ in unexpected(returns)} == {"missing_value", "rows_disagree"}  # the copied buildings


def test_a_senior_school_with_junior_classes_in_an_export(tmp_path: Path) -> None:
    county = County(tmp_path)
    county.set("初中", COMPLETE, {"办学类型": "高级中学", "办学类型码": "342"})
    returns = county.read()
    assert unexpected(returns) == set()
    assert (returns.schools[COMPLETE].scope, returns.schools[COMPLETE].levels) == ("compulsory", ("junior", "senior"))


def test_a_private_school_is_in_scope(tmp_path: Path) -> None:
    county = County(tmp_path)
    county.set("小学", TOWN_PRIMARY, {"举办者": "民办", "举办者码": "999"})
    returns = county.read()
    assert unexpected(returns) == set()
    assert returns.schools[TOWN_PRIMARY].scope == "compulsory"
