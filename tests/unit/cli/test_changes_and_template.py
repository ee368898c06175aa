"""changes and template: what they print, where they write, and what they refuse to overwrite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from publication import fake_warehouse as fake

from cli.conftest import REFUSED, Ran
from orchestration.publication.changes import CHANGE_FIELDS
from orchestration.publication.snapshot import publish
from orchestration.publication.wording import width

Junheng = Callable[..., Ran]


@pytest.fixture
def revised(tmp_path: Path) -> Path:
    """One county published, then again with other numbers."""
    fake.build(tmp_path)
    publish(tmp_path, "r1", [fake.partition()])
    fake.build(tmp_path, pupils=900)
    publish(tmp_path, "r2", [fake.partition()])
    return tmp_path


def test_changes_of_a_first_load_and_of_a_revision(junheng: Junheng, revised: Path) -> None:
    first = junheng("changes", "2017", fake.COUNTY)
    assert first.code == 0 and "第一次载入" in first.out
    ran = junheng("changes", "2017", fake.COUNTY, "--var", str(revised))
    assert ran.code == 0 and ran.err == ""
    assert "文件 1" in ran.out and "1120" in ran.out and "900" in ran.out and "达标" in ran.out
    found = junheng("changes", "2017", fake.COUNTY, "--var", str(revised), "--format", "json").json
    assert found["previous_run_id"] == "r1" and found["run_id"] == "r2"
    assert all(list(row) == list(CHANGE_FIELDS) for row in found["rows"])
    assert {row["kind"] for row in found["rows"]} == {"file", "value", "verdict"}


@pytest.mark.parametrize("columns", ["60", "100"])
def test_the_report_holds_in_the_width(
    junheng: Junheng, monkeypatch: pytest.MonkeyPatch, revised: Path, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = junheng("changes", "2017", fake.COUNTY, "--var", str(revised))
    assert max(width(line) for line in ran.out.splitlines()) <= int(columns)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_report_as_a_file(junheng: Junheng, revised: Path, tmp_path: Path, kind: str) -> None:
    target = tmp_path / f"变更.{kind}"
    ran = junheng("changes", "2017", fake.COUNTY, "--var", str(revised), "--output", str(target))
    assert ran.code == 0 and target.stat().st_size > 100


def test_changes_of_what_is_not_loaded(junheng: Junheng) -> None:
    assert junheng("changes", "2016", fake.COUNTY).code == 3


def test_a_template_is_never_written_over_a_filled_form_unasked(
    junheng: Junheng, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert junheng("template", "county-return").code == 0
    filled = tmp_path / "county_return.xlsx"
    filled.write_bytes(b"filled in")
    again = junheng("template", "county-return")
    assert again.code == 64 and "已经存在" in again.err
    assert filled.read_bytes() == b"filled in"
    assert junheng("template", "county-return", "--output", str(filled)).code == 0
    assert openpyxl.load_workbook(filled).sheetnames[0] == "表Ⅰ"


@pytest.mark.parametrize(
    "args", [(), ("nonsense",), ("corrections", "--output", "absent/x.xlsx"), ("corrections", "--year", "17")]
)
def test_wrong_use_of_template(junheng: Junheng, args: tuple[str, ...]) -> None:
    assert junheng("template", *args).code == 64


def test_explanations_begin_with_what_is_open(junheng: Junheng, tmp_path: Path) -> None:
    for county in (fake.COUNTY, REFUSED, "370399"):
        target = tmp_path / f"{county}.xlsx"
        ran = junheng("template", "explanations", "--output", str(target), "--year", "2017", "--county", county)
        assert ran.code == 0, ran.err
        codes = [str(cell.value) for cell in openpyxl.load_workbook(target)["质询说明"]["D"][1:] if cell.value]
        # An error that no explanation lifts is not offered; neither is what the catalogue does not know.
        assert [code.split()[0] for code in codes] == (["claim_differs"] if county == fake.COUNTY else [])
