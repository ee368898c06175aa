"""Papers: what is on them, that they print, and that nothing on them is a formula."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest

from orchestration.publication import book as workbooks
from orchestration.publication.papers import Heading, TooMuchError, write_gap_list, write_rows
from publication import fake_warehouse as fake

HEADING = Heading(2017, "370321", "桓台县", "national-2017", "ab12" * 16)


def gap_rows() -> list[dict[str, object]]:
    rows = fake.marts(fake.COUNTY, False, 1120)["marts.gap_list"]
    columns = {name for row in rows for name in row}
    return [{name: row.get(name) for name in columns} for row in rows]


def verdict_rows() -> list[dict[str, object]]:
    return fake.marts(fake.COUNTY, False, 1120)["marts.verdicts"]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "gap_list.xlsx"
    write_gap_list(path, HEADING, verdict_rows(), gap_rows())
    return path


def test_the_list_has_the_form_of_annex_2(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["问题清单"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert lines[0][0] == "桓台县（370321）2017/2018 学年义务教育优质均衡发展问题清单"
    assert "national-2017" in str(lines[1][0]) and "ab12" * 16 in str(lines[1][0])
    assert lines[2] == ["指标", "达标情况", "整改措施", "完成时限", "责任单位"]
    body = [line for line in lines[3:] if line[1] is not None]
    assert [str(line[0]).split(" ")[0] for line in body] == [*(f"B{n}" for n in range(1, 32)), "C1", "V"]
    third = body[2]
    assert str(third[0]).startswith("B3 每百名学生拥有体育")
    assert third[1] == "不达标。小学达1.5人，差异系数为0.5046；初中达1.13人，差异系数为0.3029。部分学校不达标。"
    assert third[3] == "2018年9月30日"
    assert third[4] == "县编办、县人社局、县教体局"


def test_the_detail_has_one_row_a_gap_with_numbers_as_numbers(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["明细"]
    lines = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    header, rows = lines[0], [dict(zip(lines[0], line, strict=True)) for line in lines[1:] if line[1]]
    bands = [str(line[0]).split("\n") for line in lines[1:] if not line[1]]
    assert [band[0] for band in bands] == [f"{code} {code} 的名称" for code in ("B3", "B4", "B9", "B10", "B16")]
    assert "整改措施：2017年12月对体育" in bands[0][1] and "责任单位：县编办、县人社局、县教体局" in bands[0][1]
    assert {"指标", "结论", "实际", "限值", "差额", "差额单位", "整改措施", "完成时限", "责任单位"} <= set(header)
    assert len(rows) == len(gap_rows())
    first = rows[0]
    assert (first["实际"], first["限值"], first["差额"], first["差额单位"]) == (0.8996, 0.9, 1, "人")
    assert first["标识码"] == "3370321002" and first["对象"] == fake.FORMULA_SCHOOL
    missing = next(row for row in rows if row["结论"] == "数据缺失")
    assert missing["实际"] == "未报送年报" and missing["差额"] is None


def test_a_figure_is_not_shown_rounded_across_its_limit(book: Path) -> None:
    sheet = openpyxl.load_workbook(book)["明细"]
    formats = {row[8].value: row[8].number_format for row in sheet.iter_rows(min_row=4) if row[1].value}
    assert formats[0.8996] == "0.0000", "against 0.9"
    assert formats[4.1] == "0.00", "against 4.5"
    assert formats[0.99951] == "0.00%", "against 100%"
    shortfalls = {row[11].value: row[11].number_format for row in sheet.iter_rows(min_row=4) if row[1].value}
    assert (shortfalls[1], shortfalls[134.52], shortfalls[0.0046]) == ("#,##0", "#,##0.00", "0.0000")


def test_it_prints_on_a4_landscape(book: Path) -> None:
    for sheet in openpyxl.load_workbook(book).worksheets:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$3:$3" and sheet.freeze_panes == "B4"
        assert "&P" in sheet.oddFooter.center.text and "&N" in sheet.oddFooter.center.text
        assert sheet["A4"].font.name in {"宋体", "黑体"}


def test_no_cell_is_a_formula_and_hostile_names_are_text(book: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.xlsx"
    hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "http://example.invalid/", fake.STEERING_SCHOOL]
    write_rows(plain, HEADING, "读入情况", ["found", "value"], [{"found": text, "value": 1.5} for text in hostile])
    for path in (book, plain):
        with zipfile.ZipFile(path) as parts:
            sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert all(b"<f" not in sheet and b"<hyperlink" not in sheet for sheet in sheets)
    sheet = openpyxl.load_workbook(plain).worksheets[0]
    texts = [sheet.cell(row=row, column=1) for row in range(4, 11)]
    assert [cell.data_type for cell in texts] == ["s"] * 7
    assert texts[0].value == "=1+1"
    assert "\x1b" not in str(texts[6].value) and "\u202e" not in str(texts[6].value)


@pytest.mark.parametrize(
    ("fields", "rows"),
    [
        (["a"], [{"a": "x" * 32_768}]),
        (["a"], [{"a": ["x" * 20_000, "y" * 20_000]}]),
        (["a"], [{"a": 1}] * 21),
        (["a"], [{"a": 1}] * 18),  # with the three of the heading
        (["a"], [{"a": "字" * 3000}] * 3),  # taller than a row can be: several rows of the sheet each
        ([f"a{n}" for n in range(16_385)], []),
    ],
    ids=["text", "list", "rows", "rows and heading", "tall rows", "columns"],
)
def test_what_a_sheet_does_not_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: list[str], rows: list[dict[str, object]]
) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 20)
    monkeypatch.setattr("orchestration.publication.papers.MOST_ROWS", 20)
    with pytest.raises(TooMuchError, match="最多"):
        write_rows(tmp_path / "x.xlsx", HEADING, "查询", fields, rows)
    assert not list(tmp_path.iterdir())
    monkeypatch.undo()
    write_rows(tmp_path / "x.xlsx", HEADING, "查询", ["a"], [{"a": "x" * 32_767}])


def test_a_number_of_more_digits_than_a_spreadsheet_keeps_is_text(tmp_path: Path) -> None:
    write_rows(tmp_path / "x.xlsx", HEADING, "查询", ["a"], [{"a": 12345678901234567890}, {"a": 123456789012345}])
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").worksheets[0]
    assert (sheet["A4"].value, sheet["A5"].value) == ("12345678901234567890", 123456789012345)


def test_provisional_is_marked_and_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    trial = Heading(2017, "370321", "A&B县", "national-2017", "f", provisional=True)
    for name in ("one.xlsx", "two.xlsx"):
        write_gap_list(tmp_path / name, trial, verdict_rows(), [])
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()
    book = openpyxl.load_workbook(tmp_path / "one.xlsx")
    for sheet in book.worksheets:
        assert str(sheet["A1"].value).startswith("【试算】")
        assert "试算" in str(sheet["A2"].value)
        assert "A&B" in sheet.oddFooter.left.text.replace("&&", "&")
    assert book["明细"]["A4"].value == "没有差距，也没有数据缺失。"
