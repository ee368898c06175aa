"""gaps, verdicts, metrics, faults, status, trace: fields, formats, exit codes."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from publication import fake_warehouse as fake

from cli.conftest import REFUSED, Ran
from orchestration.cli import tables
from orchestration.cli.output import Result
from orchestration.publication.pointer import utc_now
from orchestration.publication.refusals import Refusal, clear_refusal, write_refusal
from orchestration.publication.wording import width

Junheng = Callable[..., Ran]

FIELDS = {
    "gaps": {
        *("indicator", "test", "level", "subject_type", "subject_id", "subject_name", "item", "verdict", "observed"),
        *("required", "ratio", "shortfall", "shortfall_unit", "numerator", "denominator", "measure"),
        *("responsible_units", "deadline", "deadline_text"),
    },
    "verdicts": {
        *("indicator", "title", "verdict", "sections_judged", "sections_short", "primary_mean", "primary_cv"),
        *("junior_mean", "junior_cv", "statement"),
    },
    "metrics": {
        *("kind", "school_code", "school_name", "level", "pupils", "classes", "indicator", "numerator"),
        *("denominator", "value", "mean", "standard_deviation", "cv", "sections"),
    },
    "faults": {"severity", "file", "sheet", "cell", "field", "found", "expected", "message", "code"},
}
NUMBERS = {
    *("observed", "required", "ratio", "shortfall", "numerator", "denominator", "primary_mean", "primary_cv"),
    *("junior_mean", "junior_cv", "value", "mean", "standard_deviation", "cv", "weight", "contribution"),
}
COUNTS = {"pupils", "classes", "sections", "sections_judged", "sections_short", "gaps", "missing", "queries"}


@pytest.mark.parametrize("command", FIELDS)
def test_json_is_one_object_whose_rows_have_every_field(junheng: Junheng, command: str) -> None:
    ran = junheng(command, "2017", fake.COUNTY, "--format", "json")
    assert ran.code == 0 and ran.err == ""
    found = ran.json
    assert (found["year"], found["county"], found["standard"], found["run_id"]) == (
        2017,
        "370321",
        "national-2017",
        "r1",
    )
    assert found["rows"]
    for row in found["rows"]:
        assert set(row) >= FIELDS[command]
        for name, value in row.items():
            if value is None:
                continue
            if name in NUMBERS:
                assert isinstance(value, int | float) and not isinstance(value, bool), name
            elif name in COUNTS:
                assert isinstance(value, int), name
            elif name == "responsible_units":
                assert value and all(isinstance(unit, str) for unit in value)
            elif name == "provisional":
                assert value is False
            elif name != "position":
                assert isinstance(value, str), name


def test_the_run_is_the_one_that_loaded_the_partition(junheng: Junheng) -> None:
    found = junheng("gaps", "2017", fake.OTHER, "--format", "json").json
    assert found["run_id"] == "r2" and found["provisional"] is True
    assert all(row["provisional"] for row in found["rows"])


def test_gap_rows_are_as_the_interface_says(junheng: Junheng) -> None:
    rows = junheng("gaps", "2017", fake.COUNTY, "--format", "json").json["rows"]
    first = rows[0]
    assert (first["indicator"], first["test"], first["level"], first["observed"]) == (
        "B3",
        "standard",
        "primary",
        0.8996,
    )
    assert first["deadline"] == "2018-09-30" and first["deadline_text"] == "2018年9月30日"
    assert first["responsible_units"] == ["县编办", "县人社局", "县教体局"]
    missing = next(row for row in rows if row["verdict"] == "missing")
    assert missing["observed"] is None and missing["required"] == 4.5


def test_verdicts_carry_the_county_and_the_counts(junheng: Junheng) -> None:
    found = junheng("verdicts", "2017", fake.COUNTY, "--format", "json").json
    assert [row["indicator"] for row in found["rows"]] == [*(f"B{n}" for n in range(1, 32)), "C1", "V"]
    assert found["county_verdict"] == "not_met"
    assert found["school_verdicts"] == {"met": 1, "not_met": 3, "missing": 1}
    assert found["section_verdicts"] == {"met": 2, "not_met": 3, "missing": 0}


def test_metrics_are_unrounded_and_of_two_kinds(junheng: Junheng) -> None:
    rows = junheng("metrics", "2017", fake.COUNTY, "--format", "json").json["rows"]
    section = next(row for row in rows if row["kind"] == "section" and row["indicator"] == "B4")
    assert section["school_code"] == fake.NINE_YEAR and section["mean"] is None
    assert section["value"] == section["numerator"] / section["denominator"]
    balance = [row for row in rows if row["kind"] == "balance"]
    assert len(balance) == 14 and all(row["school_code"] is None and row["cv"] == 0.5 for row in balance)


def test_faults_are_gravest_first_then_by_place(junheng: Junheng) -> None:
    found = junheng("faults", "2017", fake.COUNTY, "--format", "json").json
    assert found["attempt"] == "loaded"
    assert [(row["severity"], row["cell"]) for row in found["rows"]] == [
        ("missing", "E9"),
        ("missing", "E10"),
        ("query", None),
        ("out_of_scope", None),
    ]


def test_faults_of_a_refused_county_are_the_last_attempts(junheng: Junheng) -> None:
    ran = junheng("faults", "2017", REFUSED, "--format", "json")
    assert ran.code == 0
    assert (ran.json["run_id"], ran.json["attempt"]) == ("r3", "refused")
    assert [row["severity"] for row in ran.json["rows"]] == ["error", "query"]
    gaps = junheng("gaps", "2017", REFUSED)
    assert gaps.code == 3 and gaps.out == "" and "junheng faults 2017 370323" in gaps.err


def test_a_refusal_after_a_load_is_mentioned_and_the_old_data_are_read(junheng: Junheng, var: Path) -> None:
    try:
        write_refusal(var, Refusal(2017, fake.OTHER, "r4", utc_now(), fake.STANDARD, [fake.fault("x", "error")]))
        ran = junheng("gaps", "2017", fake.OTHER, "--format", "json")
        assert ran.code == 0 and ran.json["run_id"] == "r2" and "其后一次载入被拒" in ran.err
        assert junheng("faults", "2017", fake.OTHER, "--format", "json").json["run_id"] == "r4"
        status = junheng("status", "--format", "json").json["rows"][1]
        assert (status["loaded"], status["refused"], status["refused_errors"]) == (True, True, 1)
    finally:
        clear_refusal(var, 2017, fake.OTHER)


def test_status_lists_loaded_and_refused(junheng: Junheng) -> None:
    found = junheng("status", "--format", "json").json
    assert (found["year"], found["county"], found["run_id"]) == (None, None, "r2")
    rows = found["rows"]
    assert [(row["county"], row["loaded"], row["refused"], row["provisional"], row["queries"]) for row in rows] == [
        ("370321", True, False, False, 1),
        ("370322", True, False, True, 1),
        (REFUSED, False, True, None, None),
    ]
    assert rows[0]["fingerprint"] == "f" * 64 and rows[0]["standard"] == "national-2017"
    table = junheng("status").out
    assert "试算" in table and "被拒" in table and "已载入" in table


def test_nothing_loaded(junheng: Junheng, tmp_path: Path) -> None:
    for command in FIELDS:
        ran = junheng(command, "2016", fake.COUNTY)
        assert ran.code == 3 and ran.out == ""
        assert "junheng load 2016 370321" in ran.err
    assert junheng("gaps", "2017", fake.COUNTY, "--var", str(tmp_path)).code == 3
    empty = junheng("status", "--var", str(tmp_path), "--format", "json")
    assert empty.code == 0 and empty.json["rows"] == []
    assert "还没有载入" in junheng("status", "--var", str(tmp_path)).out


def test_csv_opens_in_excel_and_holds_no_formula(junheng: Junheng, tmp_path: Path) -> None:
    path = tmp_path / "gaps.csv"
    ran = junheng("gaps", "2017", fake.COUNTY, "--format", "csv", "--output", str(path))
    assert ran.code == 0 and ran.out == "" and str(path) in ran.err
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") and b"\r\n" in content and b"\r\r\n" not in content
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert set(rows[0]) >= FIELDS["gaps"]
    assert rows[0]["subject_name"] == "'" + fake.FORMULA_SCHOOL
    assert rows[0]["observed"] == "0.8996" and rows[0]["responsible_units"] == "县编办、县人社局、县教体局"
    piped = junheng("gaps", "2017", fake.COUNTY, "--format", "csv")
    assert piped.out.replace("\r\n", "\n") == content.decode("utf-8").replace("\r\n", "\n")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", " =", "＝", "＋"])
def test_no_text_can_begin_a_formula(start: str) -> None:
    from orchestration.cli.output import Result, as_csv

    result = Result("x", ["text", "number"], [{"text": f"{start}1+1", "number": -1.5}], 2017, "370321", "s", "r")
    row = next(csv.reader(io.StringIO(as_csv(result).removeprefix("\ufeff").partition("\r\n")[2], newline="")))
    assert row == [f"'{start}1+1", "-1.5"]


@pytest.mark.parametrize("command", FIELDS)
def test_xlsx_of_every_command(junheng: Junheng, command: str, tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    assert junheng(command, "2017", fake.COUNTY, "--output", str(path)).code == 0, "the format follows from the name"
    book = openpyxl.load_workbook(path)
    assert book.worksheets[0].max_row > 3
    assert book.sheetnames == ["问题清单", "明细"] if command == "gaps" else len(book.sheetnames) == 1
    assert list(tmp_path.iterdir()) == [path], "nothing temporary is left"


@pytest.mark.parametrize("columns", ["60", "80", "140"])
@pytest.mark.parametrize("command", FIELDS)
def test_tables_hold_in_the_width_and_carry_no_control_codes(
    junheng: Junheng, monkeypatch: pytest.MonkeyPatch, command: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = junheng(command, "2017", fake.COUNTY)
    assert ran.code == 0 and ran.err == ""
    assert "桓台县" in ran.out and "national-2017" in ran.out
    assert max(width(line) for line in ran.out.splitlines()) <= int(columns)
    assert "\x1b" not in ran.out, "not a terminal: no colour"
    assert {"gaps": "数据缺失", "verdicts": "不达标", "metrics": "未达标", "faults": "质询"}[command] in ran.out


@pytest.mark.parametrize("columns", ["60", "80"])
def test_names_of_schools_are_whole_beside_the_seven_values(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    row = {
        "kind": "section", "school_code": "1", "school_name": "桓台县第二初级中学", "level": "primary", "pupils": 2350,
        "value": 1489.25, "unit": "元/生", "verdict": "not_met", "floor_verdict": "not_met",
    }  # fmt: skip
    rows = [{**row, "indicator": f"B{number}"} for number in range(1, 8)]
    tables.metrics(Result("", (), rows, 2017, "370321", None, None))
    out = capsys.readouterr().out
    assert "桓台县第二初级中学" in out and all(f"B{number}*" in out for number in range(1, 8))
    assert max(width(line) for line in out.splitlines()) <= int(columns)


def test_a_hostile_name_reaches_the_terminal_as_text(junheng: Junheng) -> None:
    gaps = junheng("gaps", "2017", fake.COUNTY).out
    assert fake.FORMULA_SCHOOL in gaps and "<script>" in gaps
    listed = junheng("trace", "2017", fake.COUNTY, "B4", "小学").err
    assert "\x1b" not in listed and "\u202e" not in listed and "桓台县实验小学" in listed


def test_provisional_is_said(junheng: Junheng, tmp_path: Path) -> None:
    assert "试算" in junheng("gaps", "2017", fake.OTHER).out
    path = tmp_path / "v.xlsx"
    junheng("verdicts", "2017", fake.OTHER, "--output", str(path))
    assert str(openpyxl.load_workbook(path).worksheets[0]["A1"].value).startswith("【试算】")


def test_trace_prints_and_gives_rows(junheng: Junheng) -> None:
    args = ("trace", "2017", fake.COUNTY, "b4", "桓台县实验学校", "--level", "primary")
    found = junheng(*args, "--format", "json")
    assert found.code == 0 and found.err == ""
    assert found.json["indicator"] == "B4" and found.json["subject_id"] == fake.NINE_YEAR
    rows = found.json["rows"]
    wanted = {"role", "value", "file", "sha256", "sheet", "cell", "as_written", "label", "weight"}
    assert all(set(row) >= wanted for row in rows)
    assert {"numerator", "denominator", "addend"} == {row["role"] for row in rows}
    table = "".join(junheng(*args).out.split())
    for text in ("分子", "分母", "加项", "基础基512›E10", "6500.5", "×(1120/(1120+1.1×690))"):
        assert text in table
    assert "写作“达标”" in junheng("trace", "2017", fake.COUNTY, "B8", fake.COUNTY).out
    assert "加项之和与公布数不一致" in junheng("trace", "2017", fake.COUNTY, "B7", fake.NINE_YEAR).err


@pytest.mark.parametrize(
    ("indicator", "subject", "says"),
    [
        ("B4", "实验", "3370321005"),
        ("B4", "没有的学校", "没有"),
        ("B1", fake.NINE_YEAR, "B4、B7、B10"),
        ("B99", fake.NINE_YEAR, "B1–B31、C1、V"),
    ],
)
def test_a_wrong_trace_is_wrong_usage(junheng: Junheng, indicator: str, subject: str, says: str) -> None:
    ran = junheng("trace", "2017", fake.COUNTY, indicator, subject)
    assert ran.code == 64 and ran.out == "" and says in ran.err
