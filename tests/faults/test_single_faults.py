"""One bad return a fault: each names the exact code, file, sheet and cell, and nothing else is reported."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.layout import school_types
from orchestration.returns.partition import read_partition
from tests.faults.cases import BASELINE, COUNTY_RETURN, SUPPLEMENT, Cases, reported
from tests.returns_tools import (
    COMPLETE,
    COUNTY,
    NINE_YEAR,
    POINT,
    PRIMARY,
    SPECIAL,
    YEAR,
    code_of,
    edit,
    find_row,
)  # fmt: skip

REGISTRY = Cases()
CASES, case, cell_case = REGISTRY.by_name, REGISTRY.case, REGISTRY.cell


# -- cells -------------------------------------------------------------------------------------------------------

cell_case("text_in_a_number_cell", "error", "not_a_number", PRIMARY, "基础基512", "E10", "约五千")
cell_case("percent_sign", "error", "not_a_number", COUNTY_RETURN, "国家监测", "C3", "8.2%")
cell_case("negative_area", "error", "negative", PRIMARY, "基础基522", "F9", -1)
cell_case("half_a_teacher", "error", "not_an_integer", PRIMARY, "基础基423", "M8", 2.5)
cell_case("absurd_count", "error", "number_out_of_range", PRIMARY, "基础基112", "D30", 99_999_999)
cell_case("excel_error_value", "error", "error_value", PRIMARY, "基础基522", "O9", "#REF!")
cell_case("percent_where_a_fraction_belongs", "error", "fraction_out_of_range", COUNTY_RETURN, "国家监测", "C3", 8.2)
cell_case("unknown_conclusion", "error", "bad_choice", COUNTY_RETURN, "政府保障程度", "E2", "基本达标")
cell_case("unknown_grade", "error", "bad_choice", COUNTY_RETURN, "国家监测", "C2", "Ⅴ")
cell_case("unknown_occurrence", "error", "bad_choice", COUNTY_RETURN, "一票否决", "E2", "没有")
cell_case("wrong_unit", "error", "wrong_unit", COUNTY_RETURN, "政府保障程度", "D9", "万元")
cell_case("unknown_school_type", "error", "unknown_type", PRIMARY, "基础基111", "D15", "999")
cell_case("type_name_of_another_type", "query", "type_mismatch", PRIMARY, "基础基111", "D14", "初级中学")
cell_case("type_code_blank", "missing", "missing_value", PRIMARY, "基础基111", "D15", None)
cell_case("unknown_kind_of_place", "error", "unknown_code", PRIMARY, "基础基111", "G11", "999")
cell_case("operator_in_words", "error", "bad_code", PRIMARY, "基础基111", "E15", "xyz")
cell_case("required_area_blank", "missing", "missing_value", PRIMARY, "基础基512", "E10", None)
cell_case("required_area_not_applicable", "missing", "missing_value", PRIMARY, "基础基522", "F9", "*")
cell_case("equipment_blank", "missing", "missing_value", PRIMARY, "基础基522", "O9", None)
cell_case("county_figure_blank", "missing", "missing_value", COUNTY_RETURN, "教育质量", "C2", None)
cell_case("conclusion_blank", "missing", "missing_value", COUNTY_RETURN, "政府保障程度", "E2", None)
cell_case("evidence_blank", "query", "missing_evidence", COUNTY_RETURN, "政府保障程度", "F2", None)
cell_case("thousands_as_text", "query", "number_as_text", PRIMARY, "基础基512", "E10", "5,417.50")
cell_case("full_width_digits", "query", "number_as_text", SPECIAL, "基础基413", "E6", "４２")

# -- year and county ---------------------------------------------------------------------------------------------

cell_case("wrong_year_on_cover", "error", "wrong_year", PRIMARY, "封面", "C4", "（2016 /2017 学年初）")
cell_case("wrong_year_in_form", "error", "wrong_year", PRIMARY, "基础基111", "B3", "（2018 /2019 学年初）")
cell_case("wrong_county_of_a_school", "error", "wrong_county", PRIMARY, "基础基111", "H11", "370322000000")
cell_case(
    "wrong_county_of_the_return", "error", "wrong_county", COUNTY_RETURN, "表Ⅰ", "A2",
    "县（市、区）：桓台县　　行政区划代码：370322　　统计年度：2017/2018学年初",
)  # fmt: skip
cell_case(
    "wrong_year_of_the_return", "error", "wrong_year", COUNTY_RETURN, "表Ⅰ", "A2",
    "县（市、区）：桓台县　　行政区划代码：370321　　统计年度：2018/2019学年初",
)  # fmt: skip
cell_case("cover_of_another_school", "error", "code_mismatch", PRIMARY, "封面", "D12", "2137032199")

# -- sums and parts ----------------------------------------------------------------------------------------------

cell_case("bands_disagree_with_classes", "error", "sum_mismatch", PRIMARY, "基础基212", "E6", 99)
cell_case("grades_disagree_with_pupils", "error", "sum_mismatch", COMPLETE, "基础基313", "G7", 641)
cell_case("levels_disagree_with_412", "error", "sum_mismatch", NINE_YEAR, "基础基412", "E7", 124)
cell_case("gym_larger_than_its_building", "error", "part_exceeds_whole", NINE_YEAR, "基础基512", "E16", 99_999)
cell_case("more_backbone_than_exchanged", "error", "part_exceeds_whole", COUNTY_RETURN, "政府保障程度", "C17", 137)
cell_case("more_sport_teachers_than_teachers", "error", "part_exceeds_whole", PRIMARY, "基础基423", "M8", 999)
cell_case("more_backbone_teachers_than_teachers", "query", "part_above_whole", PRIMARY, "基础基112", "D30", 999)
cell_case("more_graduates_than_ever_entered", "query", "part_above_whole", COUNTY_RETURN, "教育质量", "C2", 9000)
cell_case("more_satisfied_than_valid", "error", "part_exceeds_whole", COUNTY_RETURN, "社会认可度", "C4", 3106)


@case("error", "sum_mismatch", NINE_YEAR, "基础基423", "D8")
def degrees_disagree_with_teachers(folder: Path) -> None:
    edit(folder, NINE_YEAR, "基础基423", {"D8": 68})
    edit(folder, NINE_YEAR, "基础基412", {"E7": 124})


@case("error", "part_exceeds_whole", PRIMARY, "基础基423", "M8")
def more_sport_and_art_teachers_than_teachers(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基423", {"M8": 20, "Q8": 14})


@case("error", "part_exceeds_whole", COUNTY_RETURN, "政府保障程度", "C23")
def more_migrant_children_taken_in_than_there_are(folder: Path) -> None:
    edit(folder, COUNTY_RETURN, "政府保障程度", {"C23": 2065, "C24": 76})


@case("error", "part_exceeds_whole", NINE_YEAR, "基础基522", "L9")
def more_multimedia_than_classrooms(folder: Path) -> None:
    edit(folder, NINE_YEAR, "基础基522", {"L9": 42})


# -- sheets, rows and columns ------------------------------------------------------------------------------------


@case("error", "missing_sheet", PRIMARY, "基础基512")
def missing_sheet(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / PRIMARY)
    del book["基础基512"]
    book.save(folder / PRIMARY)


@case("error", "missing_column", PRIMARY, "基础基522")
def renamed_column(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基522", {"F6": "操场"})


@case("error", "missing_row", PRIMARY, "基础基512")
def renamed_row(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基512", {"B10": "教学用房"})


@case("error", "missing_sheet", COUNTY_RETURN, "一票否决")
def missing_county_sheet(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / COUNTY_RETURN)
    del book["一票否决"]
    book.save(folder / COUNTY_RETURN)


@case("error", "missing_column", SUPPLEMENT, "学校情况")
def missing_supplement_column(folder: Path) -> None:
    edit(folder, SUPPLEMENT, "学校情况", {"E1": "教师数"})


@case("missing", "missing_item", COUNTY_RETURN, "教育质量")
def missing_item(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / COUNTY_RETURN)
    book["教育质量"].delete_rows(15)
    book.save(folder / COUNTY_RETURN)


@case("error", "unknown_item", COUNTY_RETURN, "教育质量", "B16")
def unknown_item(folder: Path) -> None:
    edit(folder, COUNTY_RETURN, "教育质量", {"A16": "B30", "B16": "课业负担很轻", "E16": "达标", "F16": "x"})


@case("error", "duplicate_row", COUNTY_RETURN, "教育质量", "B16")
def duplicate_item(folder: Path) -> None:
    edit(folder, COUNTY_RETURN, "教育质量", {"A16": "B30", "B16": "无过重课业负担", "E16": "达标", "F16": "x"})


# -- roster ------------------------------------------------------------------------------------------------------


@case("missing", "missing_school", SUPPLEMENT, "学校情况", "A2")
def listed_school_without_workbook(folder: Path) -> None:
    row = find_row(folder, SUPPLEMENT, "学校情况", code_of(PRIMARY))
    CASES["listed_school_without_workbook"].cell = f"A{row}"
    (folder / PRIMARY).unlink()


@case("error", "duplicate_school", "schools/副本.xlsx", "基础基111", "B7")
def school_sent_twice(folder: Path) -> None:
    shutil.copy(folder / PRIMARY, folder / "schools" / "副本.xlsx")


@case("error", "duplicate_row", SUPPLEMENT, "学校情况", "A7")
def school_listed_twice(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / SUPPLEMENT)
    sheet = book["学校情况"]
    for column in range(1, 14):
        sheet.cell(7, column).value = sheet.cell(2, column).value
    book.save(folder / SUPPLEMENT)


@case("error", "bad_code", SUPPLEMENT, "学校情况", "A2")
def code_lost_its_leading_zero(folder: Path) -> None:
    edit(folder, SUPPLEMENT, "学校情况", {"A2": 137032108})


@case("missing", "missing_rooms", SUPPLEMENT, "音乐美术专用教室")
def school_lists_no_room(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / SUPPLEMENT)
    sheet = book["音乐美术专用教室"]
    for row in range(sheet.max_row, 1, -1):
        if sheet.cell(row, 1).value == code_of(POINT):
            sheet.delete_rows(row)
    book.save(folder / SUPPLEMENT)


@case("error", "unknown_school", SUPPLEMENT, "音乐美术专用教室", "A2")
def room_of_an_unlisted_school(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / SUPPLEMENT)
    sheet = book["音乐美术专用教室"]
    sheet.insert_rows(2)
    for column, value in enumerate(("2137032999", "无名小学", "音乐", "音乐教室1", 96.0, 2010), 1):
        sheet.cell(2, column).value = value
    book.save(folder / SUPPLEMENT)


@case("query", "boarding_mismatch", SUPPLEMENT, "学校情况", "D2")
def boarding_said_otherwise(folder: Path) -> None:
    edit(folder, SUPPLEMENT, "学校情况", {"D2": "是"})


@case("error", "conflicting_files", "task_decomposition.xlsx", "创建工作任务分解表", "F3")
def two_forms_of_one_table_differ(folder: Path) -> None:
    edit(folder, "task_decomposition.xlsx", "创建工作任务分解表", {"F3": "另一种措施"})


@case("missing", "missing_item", "task_decomposition.xlsx", "创建工作任务分解表")
def indicator_without_a_task(folder: Path) -> None:
    (folder / "task_decomposition.csv").unlink()
    book = openpyxl.load_workbook(folder / "task_decomposition.xlsx")
    book["创建工作任务分解表"].delete_rows(5)
    book.save(folder / "task_decomposition.xlsx")


@case("error", "duplicate_row", "task_decomposition.xlsx", "创建工作任务分解表", "B34")
def indicator_with_two_tasks(folder: Path) -> None:
    (folder / "task_decomposition.csv").unlink()
    edit(folder, "task_decomposition.xlsx", "创建工作任务分解表", {"B34": "B3", "F34": "另一种措施"})


@case("query", "deadline_differs", "task_decomposition.xlsx", "创建工作任务分解表", "H5")
def deadline_of_two_dates(folder: Path) -> None:
    (folder / "task_decomposition.csv").unlink()
    cells = {"G5": "2018年9月30日", "H5": "2018-10-31"}
    edit(folder, "task_decomposition.xlsx", "创建工作任务分解表", cells)


# -- files -------------------------------------------------------------------------------------------------------


@case("error", "missing_file", COUNTY_RETURN)
def no_county_return(folder: Path) -> None:
    (folder / COUNTY_RETURN).unlink()


@case("error", "not_a_workbook", PRIMARY)
def not_a_workbook(folder: Path) -> None:
    (folder / PRIMARY).write_bytes(b"%PDF-1.7 ...")


@case("error", "not_a_workbook", PRIMARY)
def empty_file(folder: Path) -> None:
    (folder / PRIMARY).write_bytes(b"")


@case("error", "unreadable_file", PRIMARY)
def truncated_file(folder: Path) -> None:
    whole = (folder / PRIMARY).read_bytes()
    (folder / PRIMARY).write_bytes(whole[: len(whole) // 2])


@case("error", "encrypted_file", PRIMARY)
def encrypted_file(folder: Path) -> None:
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    (folder / PRIMARY).write_bytes(magic + b"\0" * 504 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 512)


@case("error", "macro_file", PRIMARY)
def macros(folder: Path) -> None:
    with zipfile.ZipFile(folder / PRIMARY, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"\0")


@case("error", "external_link", PRIMARY)
def external_link(folder: Path) -> None:
    with zipfile.ZipFile(folder / PRIMARY, "a") as archive:
        archive.writestr("xl/externalLinks/externalLink1.xml", "<x/>")


@case("error", "archive_bomb", PRIMARY)
def archive_bomb(folder: Path) -> None:
    with zipfile.ZipFile(folder / PRIMARY, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/blank.bin", b"\0" * 60_000_000)


@case("error", "sheet_too_large", PRIMARY)
def absurd_extent(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基512", {"XFD1048576": 1})


@case("error", "formula_without_value", PRIMARY, "基础基512", "E10")
def formula_without_value(folder: Path) -> None:
    edit(folder, PRIMARY, "基础基512", {"E10": "=SUM(E11:E16)"})


@case("error", "unknown_edition", PRIMARY)
def another_workbook(folder: Path) -> None:
    book = openpyxl.Workbook()
    book.save(folder / PRIMARY)


def add_school(folder: Path, file: str, type_code: str) -> None:
    """One more workbook, of a type that is never on the list, without any pupils."""
    shutil.copy(folder / PRIMARY, folder / file)
    edit(folder, file, "封面", {"D12": code_of(file)})
    edit(folder, file, "基础基111", {"B7": code_of(file), "D14": school_types()[type_code].name, "D15": type_code})
    book = openpyxl.load_workbook(folder / file)
    for name in ("基础基212", "基础基312", "基础基423"):
        del book[name]
    book.save(folder / file)


@case("out_of_scope", "vocational_school", "schools/2137032150_桓台县职业中专.xlsx", "基础基111")
def vocational_school(folder: Path) -> None:
    add_school(folder, "schools/2137032150_桓台县职业中专.xlsx", "361")


@case("out_of_scope", "senior_school", "schools/2137032151_桓台第一中学.xlsx", "基础基111")
def senior_school(folder: Path) -> None:
    add_school(folder, "schools/2137032151_桓台第一中学.xlsx", "342")


@case("out_of_scope", "preschool", "schools/2137032152_桓台县幼儿园.xlsx", "基础基111")
def preschool(folder: Path) -> None:
    add_school(folder, "schools/2137032152_桓台县幼儿园.xlsx", "111")


@case("query", "file_name_mismatch", "schools/2137032199_索镇中心小学.xlsx", "基础基111", "B7")
def file_named_after_another_school(folder: Path) -> None:
    (folder / PRIMARY).rename(folder / "schools" / "2137032199_索镇中心小学.xlsx")


@case("out_of_scope", "ignored_file", "schools/说明.docx")
def unknown_file(folder: Path) -> None:
    (folder / "schools" / "说明.docx").write_bytes(b"x")


@case("out_of_scope", "ignored_file", "填报表.xlsx")
def workbook_of_another_name(folder: Path) -> None:
    shutil.copy(folder / COUNTY_RETURN, folder / "填报表.xlsx")


def test_the_sound_return_has_no_fault(sound: Path) -> None:
    assert reported(sound) == BASELINE


@pytest.mark.parametrize("name", sorted(CASES))
def test_single_fault(name: str, raw: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    CASES[name].spoil(folder)
    assert reported(raw) - BASELINE == {CASES[name].wanted}


def test_every_message_names_the_place_and_the_mending(raw: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    edit(folder, PRIMARY, "基础基512", {"E10": "约五千"})
    [fault] = [f for f in read_partition(raw, YEAR, COUNTY).faults if f.severity == "error"]
    for part in (PRIMARY, "基础基512", "E10", "约五千", "不是数字", "请改为阿拉伯数字"):
        assert part in fault.message


def test_ten_faults_in_ten_places_are_all_reported_in_one_pass(raw: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    names = ["text_in_a_number_cell", "wrong_year_of_the_return", "more_multimedia_than_classrooms",
             "two_forms_of_one_table_differ", "school_sent_twice", "missing_item", "unknown_item",
             "code_lost_its_leading_zero", "grades_disagree_with_pupils", "full_width_digits"]  # fmt: skip
    for name in names:
        CASES[name].spoil(folder)
    codes = {fault[1] for fault in reported(raw)}
    assert {CASES[name].code for name in names} <= codes
