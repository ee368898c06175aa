"""The official forms made from small hand-made marts: 200 schools, hostile names, nothing reported."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import docx
import duckdb
import openpyxl
import pytest
from openpyxl.utils import range_boundaries

from orchestration.publication.book import Heading
from orchestration.publication.forms import write_forms
from orchestration.publication.gap_document import write_gap_document
from orchestration.publication.papers import write_gap_list
from orchestration.publication.tasks import write_task_decomposition, write_task_document
from publication import fake_warehouse as fake

YEAR, COUNTY = 2017, "370321"
HEADING = Heading(YEAR, COUNTY, "桓台县", "national-2017", "ab12" * 16)
HOSTILE = (
    "<script>alert(1)</script>小学", "=1+1小学", "+1小学", "-1小学", "@SUM(A1)小学", "{{ 7*7 }}{% for x in y %}小学",
    fake.STEERING_SCHOOL, "\ufffe&<w:p/>小学",
)  # fmt: skip
SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"
LIMITS = dict(zip((f"B{n}" for n in range(1, 8)), (4.2, 1.0, 0.9, 4.5, 7.5, 2000.0, 2.3), strict=True))


def insert(connection: duckdb.DuckDBPyConnection, table: str, types: str, rows: Iterable[Mapping[str, object]]) -> None:
    connection.execute(f"CREATE TABLE marts.{table} (year INTEGER, county VARCHAR, {types})")
    for row in rows:
        keyed = {"year": YEAR, "county": COUNTY, **row}
        names, marks = ", ".join(keyed), ", ".join("?" * len(keyed))
        connection.execute(f"INSERT INTO marts.{table} ({names}) VALUES ({marks})", list(keyed.values()))


def blanks(state: str) -> list[dict[str, object]]:
    with (SEEDS / "form_blanks.csv").open(encoding="utf-8", newline="") as lines:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(lines)]
    return [
        {
            **{
                name: row[name]
                for name in ("form", "indicator", "position", "before", "part", "item", "level", "printed")
            },
            "state": row["part"] and ("known" if row["part"] in ("limit", "parameter") else state),
            "value": 12 if row["part"] in ("limit", "parameter") else None,
        }
        for row in rows
    ]


def marts(
    names: list[str], *, state: str = "missing", values: Mapping[str, float] | None = None
) -> duckdb.DuckDBPyConnection:
    """The marts of the forms: sections of these names at both levels, everything else not reported."""
    values = values or {}
    book = duckdb.connect()
    book.execute("CREATE SCHEMA marts")
    insert(book, "form_profile", "position INTEGER, line VARCHAR, label VARCHAR, unit VARCHAR, value DOUBLE",
           ({"position": n, "line": f"L{n}", "label": f"项目{n}", "unit": "个"} for n in range(1, 25)))  # fmt: skip
    insert(
        book, "form_summary",
        "level VARCHAR, indicator VARCHAR, sections INTEGER, sections_met INTEGER, sections_missing INTEGER, "
        "share_met DOUBLE, standard_limit DOUBLE, floor_limit DOUBLE, floor_share DOUBLE, cv_limit DOUBLE, "
        "mean DOUBLE, cv DOUBLE, cv_verdict VARCHAR, incomplete BOOLEAN",
        (
            {
                "level": level, "indicator": indicator, "sections": len(names), "sections_met": len(names) - 1,
                "sections_missing": 1, "share_met": (len(names) - 1) / len(names) if names else None,
                "standard_limit": LIMITS.get(indicator), "floor_limit": LIMITS.get(indicator, 0) * 0.85 or None,
                "floor_share": 0.85, "cv_limit": 0.5, "cv": 0.50004, "cv_verdict": "not_met", "incomplete": True,
            }
            for level in ("primary", "junior")
            for indicator in (*LIMITS, "ALL")
        ),
    )  # fmt: skip
    insert(
        book, "form_sections",
        "position INTEGER, school_code VARCHAR, school_name VARCHAR, level VARCHAR, operator_type INTEGER, "
        "operator_as_reported VARCHAR, pupils BIGINT, grades INTEGER, classes BIGINT, b1 DOUBLE, b2 DOUBLE, b3 DOUBLE, "
        "b4 DOUBLE, b5 DOUBLE, b6 DOUBLE, b7 DOUBLE, met VARCHAR[], at_floor VARCHAR[], below_floor VARCHAR[], "
        "missing VARCHAR[], verdict VARCHAR",
        (
            {
                "position": n, "school_code": f"{n:010}", "school_name": name, "level": level,
                "operator_as_reported": "893 部队", "met": ["B1"], "at_floor": ["B3"], "below_floor": ["B4"],
                "missing": ["B2", "B5", "B6", "B7"], "verdict": "not_met", "b1": 4.2, "b3": 0.8996, "b4": 3.8249999,
                **values,
            }
            for level in ("primary", "junior")
            for n, name in enumerate(names, 1)
        ),
    )  # fmt: skip
    insert(book, "schools", "school_code VARCHAR, school_name VARCHAR, reported BOOLEAN",
           [{"school_code": "1", "school_name": "=未报小学", "reported": False}])  # fmt: skip
    insert(book, "verdicts", "position INTEGER, indicator VARCHAR, title VARCHAR, clause VARCHAR, verdict VARCHAR, "
           "missing_statement VARCHAR",
           ({"position": n, "indicator": f"B{n}", "title": f"名称{n}", "verdict": "missing",
             "missing_statement": "3所学校缺报。"} for n in range(1, 32)))  # fmt: skip
    insert(book, "form_blanks", "form VARCHAR, indicator VARCHAR, position INTEGER, before VARCHAR, part VARCHAR, "
           "item VARCHAR, level VARCHAR, printed VARCHAR, value DOUBLE, text VARCHAR, required DOUBLE, state VARCHAR",
           blanks(state))  # fmt: skip
    insert(book, "county_metrics", "indicator VARCHAR, item VARCHAR, value DOUBLE, denominator DOUBLE", ())
    return book


def made(tmp_path: Path, connection: duckdb.DuckDBPyConnection, heading: Heading = HEADING) -> openpyxl.Workbook:
    write_forms(tmp_path / "forms.xlsx", heading, connection, YEAR, COUNTY)
    return openpyxl.load_workbook(tmp_path / "forms.xlsx")


def test_what_is_missing_is_said_and_never_nought(tmp_path: Path) -> None:
    book = made(tmp_path, marts([]))
    profile = [row[0].value for row in book["表Ⅰ"].iter_rows(min_row=4, max_row=14)][::2]
    assert profile == ["缺报"] * 6
    for name in ("表Ⅳ", "表Ⅴ"):
        for row in book[name].iter_rows(min_row=4, max_row=12, max_col=3):
            assert "缺报" in str(row[1].value) and " 0 " not in str(row[1].value)
    assert [cell.value for cell in book["表Ⅵ"][5]][1:] == ["缺报"] * 7
    assert [cell.value for cell in book["表Ⅵ"][6]][1:] == ["——"] * 7
    assert "没有参加评估的小学。" in [row[0].value for row in book["表Ⅱ-2"].iter_rows()]
    assert [cell.value for cell in book["表Ⅱ-1"][5]][2:] == ["——"] * 8
    numbers = [c.value for s in book.worksheets for r in s.iter_rows() for c in r if isinstance(c.value, int | float)]
    assert 0 not in numbers


def test_what_concerns_nobody_is_a_dash(tmp_path: Path) -> None:
    text = str(made(tmp_path, marts([], state="none"))["表Ⅳ"]["B18"].value)
    assert "缺报" not in text.replace("缺报）", "") and "——" in text


def test_no_value_prints_as_if_it_met_what_it_does_not(tmp_path: Path) -> None:
    book = made(tmp_path, marts(["一", "二"]))
    row = [(cell.value, cell.number_format) for cell in book["表Ⅱ-2"][6]]
    assert row[6] == (4.2, "0.00"), "met: two decimals"
    assert row[8] == (0.8996, '0.0000"△"'), "not met, above the floor: two decimals would read 0.90"
    assert row[9] == (3.8249999, '0.0000000"▼"'), "below the floor: fewer would read as the floor"
    assert (row[7][0], row[2][0], row[4][0]) == ("缺报", "893 部队", "——")
    cv = book["表Ⅲ"]["C6"]
    assert (cv.value, cv.number_format) == (0.50004, '0.00000"▲*"')
    share = book["表Ⅱ-1"]["C6"]
    assert (share.value, share.number_format) == (50.0, "0.0")


def test_a_share_just_under_all_is_not_printed_as_all(tmp_path: Path) -> None:
    connection = marts(["一"])
    connection.execute("UPDATE marts.form_summary SET share_met = 2999 / 3000")
    share = made(tmp_path, connection)["表Ⅱ-1"]["C6"]
    assert share.number_format == "0.00" and 99.96 < share.value < 100


def test_two_hundred_schools_keep_the_layout(tmp_path: Path) -> None:
    names = [f"桓台县第{n}九年一贯制实验学校（分校）" for n in range(200)]
    book = made(tmp_path, marts(names))
    for sheet in book.worksheets:
        setup = sheet.page_setup
        assert setup.paperSize == 9 and setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage
        assert setup.orientation == ("portrait" if sheet.title in ("表Ⅳ", "表Ⅴ") else "landscape")
        assert sheet.print_title_rows and "&P" in sheet.oddFooter.center.text
        columns = range_boundaries(str(sheet.print_area).partition("!")[2].replace("$", ""))
        assert columns[2] == sheet.max_column and columns[3] == sheet.max_row
        assert all((size.height or 0) <= 409 for size in sheet.row_dimensions.values())
        assert any("填表人：" in str(cell.value) for row in sheet.iter_rows() for cell in row)
    sheet = book["表Ⅱ-2"]
    assert sheet.print_title_rows == "$3:$4" and sheet.freeze_panes == "C5"
    assert sum(1 for row in sheet.iter_rows(min_col=2, max_col=2) if str(row[0].value).startswith("桓台县第")) == 400
    assert {str(area) for area in sheet.merged_cells.ranges} >= {"G3:M3", "A3:A4", "B3:B4", "N3:N4", "O3:O4"}


@pytest.mark.parametrize("provisional", [False, True])
def test_hostile_names_are_text_and_the_same_rows_give_the_same_bytes(tmp_path: Path, provisional: bool) -> None:
    heading = Heading(YEAR, COUNTY, "<b>A&B县", "national-2017", "f" * 64, provisional)
    gaps = [
        {"position": n, "indicator": "B3", "title": name, "test": "standard", "level": "primary", "subject_name": name,
         "subject_id": "2137032101", "item": name, "verdict": "not_met", "observed": 0.8996, "required": 0.9,
         "unit": "人/百名学生", "shortfall": 1, "shortfall_unit": "人", "measure": name, "responsible_units": [name],
         "note": name}
        for n, name in enumerate(HOSTILE, 1)
    ]  # fmt: skip
    tasks = [{"indicator": f"B{n}", "title": name, "statement": name, "verdict": "not_met", "measure": name,
              "responsible_units": [name], "deadline_text": name, "gaps": 1, "missing": 0}
             for n, name in enumerate(HOSTILE, 1)]  # fmt: skip
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write_forms(tmp_path / folder / "forms.xlsx", heading, marts(list(HOSTILE)), YEAR, COUNTY)
        write_gap_list(tmp_path / folder / "gap_list.xlsx", heading, tasks, gaps)
        write_gap_document(tmp_path / folder / "gap_list.docx", heading, tasks, gaps)
        write_task_decomposition(tmp_path / folder / "tasks.xlsx", heading, tasks)
        write_task_document(tmp_path / folder / "tasks.docx", heading, tasks)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
        with zipfile.ZipFile(path) as archive:
            content = b"".join(archive.read(name) for name in archive.namelist())
        assert b"<f>" not in content and b"<script>" not in content and b"\x1b" not in content
        assert ("试算".encode() in content) is provisional
    names = [
        cell.value for row in openpyxl.load_workbook(tmp_path / "one/forms.xlsx")["表Ⅱ-2"].iter_rows() for cell in row
    ]
    assert set(HOSTILE[:6]) <= set(names)
    texts = [c.text for t in docx.Document(str(tmp_path / "one/gap_list.docx")).tables for r in t.rows for c in r.cells]
    assert set(HOSTILE[:6]) <= set(texts)


def test_the_word_list_of_a_county_without_gaps_says_so(tmp_path: Path) -> None:
    write_gap_document(tmp_path / "a.docx", HEADING, fake.marts(fake.COUNTY, False, 1)["marts.verdicts"], [])
    document = docx.Document(str(tmp_path / "a.docx"))
    assert len(document.tables) == 1 and len(document.tables[0].rows) == 33 + 5 + 1
    assert "没有差距，也没有数据缺失。" in [paragraph.text for paragraph in document.paragraphs]
    section = document.sections[0]
    assert section.page_width is not None and section.page_height is not None
    assert section.page_width > section.page_height
    assert "w:tblHeader" in document.tables[0].rows[0]._tr.xml  # pyright: ignore[reportPrivateUsage]


def test_a_list_of_thousands_of_gaps_is_written_in_a_moment(tmp_path: Path) -> None:
    gap = {"indicator": "B3", "title": "体艺教师", "verdict": "not_met", "subject_name": "某小学", "observed": 0.5}
    write_gap_document(tmp_path / "a.docx", HEADING, [], [{**gap, "position": n} for n in range(3000)])
    with zipfile.ZipFile(tmp_path / "a.docx") as archive:
        assert archive.read("word/document.xml").count(b"<w:tr>") >= 3000
