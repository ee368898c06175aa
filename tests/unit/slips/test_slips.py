"""Return slips: who gets what back, the piece of the sheet, and that nothing in a return can harm who opens one."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from orchestration.cli.app import run
from orchestration.load import run_check
from orchestration.returns.excerpts import excerpts
from orchestration.returns.faults import Fault, fault
from orchestration.slips.page import page
from orchestration.slips.slip import Slip, make_slips
from orchestration.slips.writing import read_index, slips_folder
from tests.returns_tools import COUNTY, NINE_YEAR, PRIMARY, SPECIAL, YEAR, code_of, copy_small, edit

SUPPLEMENT, COUNTY_RETURN = "school_supplement.xlsx", "county_return.xlsx"


class Reader(HTMLParser):
    """Tags, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.marked: list[str] = []
        self._in_marked = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._in_marked = ("class", "marked") in attrs

    def handle_data(self, data: str) -> None:
        if self._in_marked:
            self.marked.append(data)
        self._in_marked = False


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    copy_small(tmp_path / "raw")
    return tmp_path / "raw"


def spoilt(raw: Path) -> Path:
    folder = raw / str(YEAR) / COUNTY
    edit(folder, PRIMARY, "基础基512", {"E10": "<script>alert(1)</script>&约五千"})
    edit(folder, NINE_YEAR, "基础基522", {"F9": None})
    edit(folder, COUNTY_RETURN, "国家监测", {"C3": "8.2%"})
    edit(folder, SUPPLEMENT, "学校情况", {"D2": "是"})
    edit(folder, SPECIAL, "基础基413", {"E6": "４２"})
    return folder


def slips_of(faults: list[Fault], owners: dict[str, str]) -> list[Slip]:
    return make_slips(faults, YEAR, COUNTY, "桓台县", {"1234567890": "甲校"}, owners, {"a.xlsx": "f" * 64}, {})


def test_each_finding_goes_to_who_must_mend_it() -> None:
    faults = [
        fault("not_a_number", "a.xlsx", sheet="表", cell="A1", subject_id=COUNTY),
        fault("missing_value", SUPPLEMENT, sheet="学校情况", cell="B2", subject_id="1234567890"),
        fault("missing_item", COUNTY_RETURN, sheet="教育质量", subject_id=COUNTY),
        fault("ignored_file", "说明.docx"),
        fault("bad_file_name", "\ufffd.xlsx"),
    ]
    county, school = slips_of(faults, {"a.xlsx": "1234567890"})
    assert (county.code, [item.fault.code for item in county.items]) == (COUNTY, ["bad_file_name", "missing_item"])
    assert (school.code, school.name) == ("1234567890", "甲校")
    assert [item.fault.code for item in school.items] == ["not_a_number", "missing_value"]
    assert school.files == [("a.xlsx", "f" * 64)]
    assert school.summary == "错误 1 项、缺报 1 项"


def test_what_is_explained_is_not_sent_back() -> None:
    asked = fault("name_mismatch", "a.xlsx", sheet="表", cell="A1")
    answered = Fault(**{**asked.as_row(), "explanation": "已更名", "explained_by": "张三"})  # type: ignore[arg-type]
    assert slips_of([answered], {"a.xlsx": "1234567890"}) == []


@pytest.mark.parametrize(
    ("name", "stem"),
    [("甲/乙\\..\n校:*?", "1234567890_甲乙..校"), ("", "1234567890"), ("学" * 300, "1234567890_" + "学" * 40)],
)
def test_file_names_are_safe(name: str, stem: str) -> None:
    assert Slip("1234567890", name, YEAR, COUNTY, None).stem == stem


def test_the_piece_of_the_sheet(raw: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    found = excerpts(folder, {PRIMARY: [("基础基522", "F9")], SUPPLEMENT: [("学校情况", "D2")]}, {})
    piece = found[PRIMARY, "基础基522", "F9"]
    assert piece.columns == ("D", "E", "F", "G", "H")
    assert piece.headers[2].endswith("运动场地面积")
    assert [number for number, _, _ in piece.rows] == [7, 8, 9, 10, 11]
    assert piece.rows[2][2][2] == "5663.7"
    assert "总" in piece.rows[2][1]
    assert found[SUPPLEMENT, "学校情况", "D2"].rows[0][2][2] == "是否寄宿制"  # the header is in sight


def test_a_file_that_changed_since_shows_nothing(raw: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    assert excerpts(folder, {PRIMARY: [("基础基522", "F9")]}, {PRIMARY: "0" * 64}) == {}


def test_check_writes_slips_that_show_the_cell(raw: Path, tmp_path: Path) -> None:
    spoilt(raw)
    run_check([(YEAR, COUNTY)], raw, tmp_path / "var")
    folder = slips_folder(tmp_path / "var", YEAR, COUNTY)
    rows = read_index(folder)
    assert rows is not None
    assert rows[0]["code"] == COUNTY
    assert {row["code"] for row in rows} >= {COUNTY, code_of(PRIMARY), code_of(NINE_YEAR), code_of(SPECIAL)}
    [row] = [row for row in rows if row["code"] == code_of(PRIMARY)]
    assert (row["error"], row["missing"]) == (1, 0)

    text = (folder / row["files"][1]).read_text(encoding="utf-8")
    seen = Reader(text)
    assert ("html", "lang", "zh-CN") in seen.attributes
    assert not [name for _, name, _ in seen.attributes if name in ("src", "href", "action", "data", "onload")]
    assert not [tag for tag, _, _ in seen.attributes if tag in ("script", "link", "img", "iframe")]
    assert "<script" not in text
    assert seen.marked == ["<script>alert(1)</script>"[:23] + "…"]
    for part in (PRIMARY, "基础基512", "E10", "不是数字", "请改为阿拉伯数字", "教学及辅助用房"):
        assert part in text

    sheet = openpyxl.load_workbook(folder / row["files"][0])["退回单"]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert any(cell.value == "<script>alert(1)</script>&约五千" for cell in cells)
    [marked] = [cell for cell in cells if cell.fill.fgColor.rgb == "FFFFF3C4"]
    assert str(marked.value).startswith("<script>")
    assert sheet.page_setup.paperSize == 9  # A4


def test_a_text_that_looks_like_a_formula_stays_a_text(raw: Path, tmp_path: Path) -> None:
    folder = raw / str(YEAR) / COUNTY
    book = openpyxl.load_workbook(folder / PRIMARY)
    cell = book["基础基512"]["E10"]
    cell.value, cell.data_type = '=HYPERLINK("http://x","y")', "s"
    book.save(folder / PRIMARY)
    run_check([(YEAR, COUNTY)], raw, tmp_path / "var")
    slips = slips_folder(tmp_path / "var", YEAR, COUNTY)
    sheet = openpyxl.load_workbook(next(slips.glob(f"{code_of(PRIMARY)}*.xlsx")))["退回单"]
    formulas = [c for line in sheet.iter_rows() for c in line if c.data_type == "f"]
    texts = [c for line in sheet.iter_rows() for c in line if str(c.value).startswith("=HYPERLINK")]
    assert not formulas
    assert texts


def test_the_slips_of_an_earlier_attempt_are_gone(raw: Path, tmp_path: Path) -> None:
    folder = spoilt(raw)
    run_check([(YEAR, COUNTY)], raw, tmp_path / "var")
    edit(folder, PRIMARY, "基础基512", {"E10": 2201})
    run_check([(YEAR, COUNTY)], raw, tmp_path / "var")
    slips = slips_folder(tmp_path / "var", YEAR, COUNTY)
    assert not list(slips.glob(f"{code_of(PRIMARY)}*"))
    assert list(slips.glob(f"{code_of(NINE_YEAR)}*.html"))


def test_the_same_return_gives_the_same_slip(raw: Path, tmp_path: Path) -> None:
    spoilt(raw)
    for name in ("one", "two"):
        run_check([(YEAR, COUNTY)], raw, tmp_path / name)
    one, two = (slips_folder(tmp_path / name, YEAR, COUNTY) for name in ("one", "two"))
    assert sorted(path.name for path in one.iterdir()) == sorted(path.name for path in two.iterdir())
    assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_the_command_lists_and_copies(raw: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    var = ["--var", str(tmp_path / "var")]
    assert run(["slips", str(YEAR), COUNTY, *var]) == 3
    spoilt(raw)
    run_check([(YEAR, COUNTY)], raw, tmp_path / "var")
    assert run(["slips", str(YEAR), COUNTY, *var, "--output", str(tmp_path / "out"), "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {name for row in rows for name in row["files"]} == {path.name for path in (tmp_path / "out").iterdir()}
    assert run(["slips", str(YEAR), COUNTY, *var]) == 0
    assert re.search(r"2137032108 +索镇中心小学 +错误 1", capsys.readouterr().out)


def test_a_slip_without_a_name_or_a_cell() -> None:
    [slip] = slips_of([fault("missing_school", SUPPLEMENT, sheet="学校情况", subject_id="9999999999")], {})
    assert "9999999999" in page(slip)
    assert "<table" not in page(slip)
