"""What people are told: no sentence that contradicts itself, no bytes, and no number that nobody wrote."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from orchestration.returns.corrections import HEADERS, SHEET
from orchestration.returns.partition import PartitionReturns, read_partition
from tests.returns_tools import COUNTY, YEAR
from tests.unit.returns.exports import NINE_YEAR, TOWN_PRIMARY
from tests.unit.returns.exports import County as Export
from tests.unit.returns.shapes import EXPORT


@pytest.fixture
def county(tmp_path: Path) -> Export:
    return Export(tmp_path)


def message(returns: PartitionReturns, code: str) -> str:
    [told] = [found.message for found in returns.faults if found.code == code]
    return told


def test_a_numeric_code_is_to_become_text(county: Export) -> None:
    county.set("小学", TOWN_PRIMARY, {"学校（机构）标识码": int(TOWN_PRIMARY)})
    told = message(county.read(), "code_as_number")
    assert "请改为文本单元格" in told
    assert "数值单元格" not in told


def test_a_number_as_text_is_to_become_a_number(county: Export) -> None:
    county.set("小学", TOWN_PRIMARY, {"运动场地面积": "5663.70"})
    assert "填的是“5663.70”。已按数字读取；请改为数值单元格。" in message(county.read(), "number_as_text")


def test_after_a_correction_the_figure_used_is_shown(county: Export) -> None:
    place = county.cell("小学", NINE_YEAR, "教学及辅助用房/计")
    other = county.cell("初中", NINE_YEAR, "教学及辅助用房/计")
    written = county.book["小学"][place].value
    county.read()
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET
    sheet.append(HEADERS)
    sheet.append([EXPORT, "小学", place, written, 20000, "张三", "量错了", "测绘报告", dt.date(2030, 1, 1)])
    book.save(county.folder / "corrections.xlsx")
    returns = read_partition(county.raw, YEAR, COUNTY, today=dt.date(2026, 1, 1))
    told = message(returns, "rows_disagree")
    assert f"填的是“{written}”，应为20000（更正前 {written}）（小学 › {place}）" in told
    assert f"初中 › {other}" in told


def test_junk_is_told_in_words_and_once(county: Export) -> None:
    county.read()
    (county.folder / EXPORT).write_bytes(b"junk")
    returns = read_partition(county.raw, YEAR, COUNTY)
    told = message(returns, "not_a_workbook")
    assert "内容不是 Excel 或 WPS 保存的" in told
    assert "junk" not in told
    assert not [found for found in returns.faults if found.code == "workbooks_differ"]


def test_a_renamed_export_is_told_the_name_it_should_have(county: Export) -> None:
    county.read()
    (county.folder / EXPORT).rename(county.folder / "导出.xlsx")
    returns = read_partition(county.raw, YEAR, COUNTY)
    told = message(returns, "ignored_file")
    assert told.startswith("导出.xlsx：文件名不是规定的名称，没有读取，应为")
    assert "export_2017.xlsx（查询导出）" in told
    absent = [found.message for found in returns.faults if found.code == "missing_school"]
    assert absent
    assert all("另有 导出.xlsx 因文件名不合规定没有读取" in one for one in absent)
