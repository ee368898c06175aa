"""What a template writes, the reader reads: filled in by hand (openpyxl), each comes back without a fault."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from orchestration.returns.county_return import item_id
from orchestration.returns.layout import county_items, profile_lines
from orchestration.returns.partition import PartitionReturns, read_partition
from orchestration.returns.templates import TEMPLATES, Subject, explainable_codes, write_template
from tests.returns_tools import COUNTY, PRIMARY, YEAR, copy_small, edit

SUBJECT = Subject(YEAR, COUNTY, "桓台县")
TODAY = dt.date(2018, 6, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_small(tmp_path)


def read(folder: Path) -> PartitionReturns:
    return read_partition(folder.parent.parent, YEAR, COUNTY, today=TODAY)


def seen(folder: Path) -> tuple[set[tuple[str | None, ...]], dict[tuple[str | None, ...], Any]]:
    """Faults and values of what the county fills, wherever they stand."""
    returns = read(folder)
    faults = {(found.severity, found.code, found.field, found.subject_id) for found in returns.faults}
    values = {
        (value.record, value.record_id, value.field): value.value
        for value in returns.values
        if value.record in ("county_return", "county_profile", "supplement", "room")
    }
    return faults, values


def copy_cells(source: Path, target: Path, sheets: tuple[str, ...]) -> None:
    """Fill a template from a filled return, as a person would: only cells that are open to writing."""
    filled, blank = openpyxl.load_workbook(source), openpyxl.load_workbook(target)
    for name in sheets:
        for row in filled[name].iter_rows():
            for cell in row:
                there = blank[name][cell.coordinate]
                if cell.value is None or there.value == cell.value:
                    continue
                assert not there.protection.locked, f"{name} {cell.coordinate} is locked, {cell.value!r} belongs there"
                there.value = cell.value
    blank.save(target)


def test_a_filled_county_return_reads_as_the_original(folder: Path) -> None:
    before = seen(folder)
    original = folder / "county_return.xlsx"
    filled = original.with_name("filled.xlsx")
    shutil.move(original, filled)
    write_template("county-return", original, SUBJECT)
    copy_cells(filled, original, ("表Ⅰ", *dict.fromkeys(item.sheet for item in county_items())))
    filled.unlink()
    after = seen(folder)
    assert after == before
    assert {record_id for record, record_id, _ in after[1] if record == "county_return"} == {
        item_id(item) for item in county_items()
    }
    assert {record_id for record, record_id, _ in after[1] if record == "county_profile"} == {
        line.line for line in profile_lines()
    }


def test_an_empty_county_return_is_missing_throughout_and_wrong_nowhere(folder: Path) -> None:
    write_template("county-return", folder / "county_return.xlsx", SUBJECT)
    faults = [found for found in read(folder).faults if found.file == "county_return.xlsx"]
    assert {found.code for found in faults} == {"missing_value"}
    assert len(faults) == len(county_items()) + len(profile_lines())


def test_a_county_return_without_year_and_county_asks_for_them(folder: Path) -> None:
    write_template("county-return", folder / "county_return.xlsx", Subject())
    codes = {found.code for found in read(folder).faults if found.severity == "error"}
    assert codes == {"year_not_stated", "county_not_stated"}


def test_a_filled_supplement_reads_as_the_original(folder: Path) -> None:
    before = seen(folder)
    original = folder / "school_supplement.xlsx"
    filled = original.with_name("filled.xlsx")
    shutil.move(original, filled)
    write_template("school-supplement", original, SUBJECT)
    copy_cells(filled, original, ("学校情况", "音乐美术专用教室"))
    filled.unlink()
    assert seen(folder) == before


def test_explanations_filled_in_explain(folder: Path) -> None:
    edit(folder, "school_supplement.xlsx", "学校情况", {"D2": "是"})
    queries = [found for found in read(folder).faults if found.severity == "query"]
    assert [found.code for found in queries] == ["boarding_mismatch"]
    subject = Subject(YEAR, COUNTY, "桓台县", [found.as_row() for found in queries])
    write_template("explanations", folder / "explanations.xlsx", subject)
    half = {found.code for found in read(folder).faults if found.severity == "query" and not found.explanation}
    assert half == {"boarding_mismatch", "incomplete_explanation"}, "not answered by being listed"
    edit(
        folder, "explanations.xlsx", "质询说明", {"E2": "新建宿舍，今年起寄宿", "F2": "张三", "G2": dt.date(2018, 5, 2)}
    )
    [found] = [found for found in read(folder).faults if found.severity == "query"]
    assert (found.explanation, found.explained_by) == ("新建宿舍，今年起寄宿", "张三")


def test_corrections_filled_in_are_applied(folder: Path) -> None:
    write_template("corrections", folder / "corrections.xlsx", SUBJECT)
    assert "corrections.xlsx" not in {found.file for found in read(folder).faults}, "empty: nothing to correct"
    row = [
        Path(PRIMARY).name,
        "基础基522",
        "f9",
        5663.7,
        6000,
        "王五",
        "漏填一块场地",
        "2018 年实测表",
        dt.date(2018, 12, 31),
    ]
    edit(
        folder,
        "corrections.xlsx",
        "更正",
        {f"{column}2": value for column, value in zip("ABCDEFGHI", row, strict=True)},
    )
    [value] = [value for value in read(folder).values if value.correction]
    assert (value.field, value.value, value.as_written) == ("sports_ground_area_m2", 6000, "5663.7")


@pytest.mark.parametrize("kind", TEMPLATES)
def test_headers_are_protected_cells_validated_and_the_page_set(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    write_template(kind, path, SUBJECT)
    book = openpyxl.load_workbook(path)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and sheet.title != "填写说明"]
    assert "填写说明" in book.sheetnames
    for sheet in sheets:
        assert sheet.protection.sheet
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
        header = 3 if sheet.title == "表Ⅰ" else 1
        titles = [cell for cell in sheet[header] if cell.value]
        assert titles
        assert all(cell.protection.locked for cell in titles)
        assert sheet.data_validations.dataValidation
        assert all(rule.prompt and rule.error for rule in sheet.data_validations.dataValidation)


def choices_at(sheet: Worksheet, cell: str) -> list[str]:
    [rule] = [rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref]
    assert rule.type == "list"
    return str(rule.formula1).strip('"').split(",")


def test_choices_are_those_the_reader_takes(tmp_path: Path) -> None:
    write_template("county-return", tmp_path / "c.xlsx", SUBJECT)
    write_template("school-supplement", tmp_path / "s.xlsx", SUBJECT)
    county, schools = openpyxl.load_workbook(tmp_path / "c.xlsx"), openpyxl.load_workbook(tmp_path / "s.xlsx")
    assert choices_at(county["政府保障程度"], "E2") == ["达标", "不达标"]
    assert choices_at(county["国家监测"], "C2") == ["Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ"]
    assert choices_at(county["一票否决"], "E2") == ["未发生", "发生"]
    assert choices_at(schools["学校情况"], "D2") == ["是", "否"]
    assert choices_at(schools["音乐美术专用教室"], "C2") == ["音乐", "美术"]


def test_every_explainable_code_can_be_chosen_and_is_understood(tmp_path: Path) -> None:
    from orchestration.returns.explanations import _code_of, is_explainable

    write_template("explanations", tmp_path / "e.xlsx", SUBJECT)
    hidden = openpyxl.load_workbook(tmp_path / "e.xlsx")["选项1"]
    offered = [str(cell.value) for cell in hidden["A"]]
    assert offered == explainable_codes()
    for line in offered:
        code = _code_of(line)
        assert code is not None and is_explainable(code) and line.startswith(code)
        assert _code_of(line.split(maxsplit=1)[1]) is not None, "the sentence alone will do"


def test_hostile_names_stay_text_and_the_same_form_gives_the_same_bytes(tmp_path: Path) -> None:
    subject = Subject(YEAR, COUNTY, "=1+1", [{"file": "=cmd|' /C calc'!A0", "sheet": "@x", "cell": "E6", "code": "x"}])
    for name in ("a.xlsx", "b.xlsx"):
        write_template("explanations", tmp_path / name, subject)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["质询说明"]
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=cmd|' /C calc'!A0", "s")
