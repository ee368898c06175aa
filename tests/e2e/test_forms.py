"""The official forms of the shipped county, number by number, and the command that leads to them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest

from tests.e2e.forms import Forms
from tests.e2e.tools import raw_of_huantai, read, run

FOLDER = raw_of_huantai() / "2017" / "370321"


@pytest.fixture
def papers(huantai: Path) -> Path:
    return huantai / "reports" / "2017" / "370321"


def test_every_number_of_every_form_agrees_with_the_oracle(papers: Path) -> None:
    assert Forms(papers / "forms.xlsx", FOLDER, 2017, "370321").differences() == []


def test_the_comparison_sees_a_wrong_number_and_a_wrong_word(papers: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(papers / "forms.xlsx")
    book["表Ⅰ"]["A4"] = 50.33
    book["表Ⅱ-1"]["E5"] = 1
    book["表Ⅱ-2"]["I6"] = 0.9
    book["表Ⅱ-2"]["C7"] = 8
    book["表Ⅲ"]["E6"] = 0.5
    book["表Ⅳ"]["C4"] = "不达标"
    book["表Ⅴ"]["B4"] = str(book["表Ⅴ"]["B4"].value).replace("3353", "3354")
    book["表Ⅵ"]["E5"] = 93.0
    book.save(tmp_path / "wrong.xlsx")
    found = Forms(tmp_path / "wrong.xlsx", FOLDER, 2017, "370321").differences()
    assert {line.split(" ")[0].rstrip(":") for line in found} == {
        "表Ⅰ", "表Ⅱ-1", "表Ⅱ-2", "表Ⅲ", "表Ⅳ", "表Ⅴ", "表Ⅵ"
    }  # fmt: skip


def test_the_word_list_holds_the_same_as_the_marts(huantai: Path, papers: Path) -> None:
    gaps, verdicts = (read(name, huantai, 2017, "370321")["rows"] for name in ("gaps", "verdicts"))
    annex, detail = docx.Document(str(papers / "gap_list.docx")).tables
    lines = [[cell.text for cell in row.cells] for row in annex.rows]
    assert lines[0] == ["指标", "达标情况", "整改措施", "完成时限", "责任单位"]
    body = [line for line in lines[1:] if len(set(line)) > 1]
    assert [(line[1], line[4]) for line in body] == [
        (row["statement"], "、".join(row["responsible_units"])) for row in verdicts
    ]
    assert lines[1][0] == (
        "一、资源配置（B1–B7）：每所学校至少6项指标达到要求，余项不能低于要求的85%；"
        "所有指标校际差异系数，小学均小于或等于0.50，初中均小于或等于0.45。"
    )
    rows = [[cell.text for cell in row.cells] for row in detail.rows]
    shown = [row for row in rows[1:] if len(set(row)) > 1]
    assert [(row[0], row[2], row[3]) for row in shown] == [
        (str(gap["position"]), gap["subject_name"], gap["subject_id"]) for gap in gaps
    ]


def test_tasks_are_in_the_plans_order_with_their_gaps_counted(huantai: Path, papers: Path) -> None:
    gaps = read("gaps", huantai, 2017, "370321")["rows"]
    sheet = openpyxl.load_workbook(papers / "task_decomposition.xlsx")["任务分解表"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]
    rows = [row for row in rows if row[1] is not None]
    assert [str(row[0]).split(" ")[0] for row in rows] == [*(f"B{n}" for n in range(1, 32)), "C1", "V"]
    for row in rows:
        code = str(row[0]).split(" ")[0]
        assert row[5] == sum(1 for gap in gaps if (gap["indicator"], gap["verdict"]) == (code, "not_met"))
    assert rows[2][3] == "2018年9月30日"
    assert len(docx.Document(str(papers / "task_decomposition.docx")).tables[0].rows) == 33 + 5 + 1


def test_papers_bear_the_fingerprint_and_no_formula(huantai: Path, papers: Path) -> None:
    current = json.loads((huantai / "published" / "current.json").read_text(encoding="utf-8"))
    fingerprint = current["partitions"][0]["fingerprint"]
    for name in ("forms.xlsx", "gap_list.xlsx", "task_decomposition.xlsx", "gap_list.docx", "task_decomposition.docx"):
        with zipfile.ZipFile(papers / name) as archive:
            parts = {part: archive.read(part) for part in archive.namelist()}
        assert any(fingerprint.encode() in content for content in parts.values()), name
        assert not any(b"<f>" in content for part, content in parts.items() if "/sheet" in part), name


def test_the_command_leads_to_the_papers_and_copies_them(huantai: Path, papers: Path, tmp_path: Path) -> None:
    arguments = ("forms", "2017", "370321", "--var", str(huantai))
    listed = run(*arguments, "--format", "json")
    answer = json.loads(listed.stdout)
    assert (answer["year"], answer["county"], answer["standard"]) == (2017, "370321", "national-2017")
    assert answer["rows"][0]["path"] == str(papers / "forms.xlsx")
    assert all(Path(row["path"]).is_file() for row in answer["rows"]) and len(answer["rows"]) == 5
    copied = run(*arguments, "--output", str(tmp_path / "新建"))
    assert copied.returncode == 0
    for row in answer["rows"]:
        assert (tmp_path / "新建" / row["file"]).read_bytes() == Path(row["path"]).read_bytes()
    (tmp_path / "file").touch()
    assert run(*arguments, "--output", str(tmp_path / "file")).returncode == 64
    assert run("forms", "2018", "370321", "--var", str(huantai)).returncode == 3
