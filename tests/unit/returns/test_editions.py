"""Every edition reads the same: in three shapes, disturbed by hand, as .xls, and where a table was just added."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from orchestration.returns import layout, sheets
from orchestration.returns.layout import editions
from orchestration.returns.school_workbook import read_school
from orchestration.returns.sheets import form_sheets, recognise_edition
from tests.returns_disturbed import disturb, export_plan, form_plan
from tests.returns_tools import COUNTY, YEAR
from tests.unit.returns.shapes import EXPORT, SHAPES, copy_shape, faults_of, figures, read

_BLOCKS = ("424", "4156")  # forms whose rows belong to the block above them


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for shape in SHAPES:
        raw = tmp_path_factory.mktemp(shape)
        copy_shape(shape, raw)
        found[shape] = read(raw)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_only_the_special_school_is_reported(shapes: dict[str, Any], shape: str) -> None:
    assert [(found.severity, found.code) for found in shapes[shape].faults] == [("out_of_scope", "special_school")]
    assert {school.edition for school in shapes[shape].schools.values()} == {shape}


@pytest.mark.parametrize("shape", ["jiaoji", "wide"])
def test_huantai_lands_the_same_figures(shapes: dict[str, Any], shape: str) -> None:
    assert figures(shapes[shape]) == figures(shapes["jichuji"])


def test_arts_are_counted_once_where_they_are_the_parent(shapes: dict[str, Any]) -> None:
    found = {
        (value.level, value.field): (value.as_written, value.cell)
        for value in shapes["wide"].schools["2137032101"].findings.values
        if value.field.startswith("teachers_")
    }
    assert found["primary", "teachers_art"] == ("8", "AY7")  # 艺术/计, of which 音乐 4 and 美术 4
    assert ("primary", "teachers_music") not in found


def _plan(edition: str, seed: int):
    def plan(sheet: Any):
        if edition == "wide":
            return export_plan(sheet, seed)
        return form_plan(sheet, blocks=any(sheet.title.split("_")[0].endswith(block) for block in _BLOCKS))

    return plan


@pytest.mark.parametrize("shape", ["jichuji", "jiaoji"])
def test_a_disturbed_school_workbook_reads_the_same(shape: str, tmp_path: Path) -> None:
    """Extra rows and columns, rows in another order, headers through line breaks, numbers as people write them."""
    for number, name in enumerate(("桓台县实验学校", "桓台县第三中学", "索镇中心小学", "桓台县特殊教育学校")):
        [source] = (path for path in (SHAPES[shape] / "schools").iterdir() if name in path.name)
        numbers = disturb(source, tmp_path / source.name, _plan(shape, number), seed=number)
        clean, odd = (read_school(folder, source.name, YEAR, COUNTY) for folder in (source.parent, tmp_path))
        assert {found.code for found in odd.findings.faults} == {"number_as_text"}
        assert numbers > 30 or "特殊" in name
        assert _said(odd) == _said(clean)
        assert (odd.levels, odd.code, odd.name) == (clean.levels, clean.code, clean.name)


@pytest.mark.parametrize("seed", range(3))
def test_a_disturbed_export_reads_the_same(shapes: dict[str, Any], seed: int, tmp_path: Path) -> None:
    folder = copy_shape("wide", tmp_path)
    disturb(SHAPES["wide"] / EXPORT, folder / EXPORT, _plan("wide", seed), seed)
    returns = read(tmp_path)
    assert {found.code for found in returns.faults} == {"number_as_text", "special_school"}
    assert figures(returns) == figures(shapes["wide"])


def _said(school: Any) -> list[tuple[Any, ...]]:
    return sorted((v.record, v.level or "", v.field, str(v.value), v.state) for v in school.findings.values)


# -- names of sheets ---------------------------------------------------------------------------------------------


def _edition(name: str) -> layout.Edition:
    return next(edition for edition in editions() if edition.edition == name)


@pytest.mark.parametrize(
    "name",
    ["教基2106", "教基2106_小学", "教基2106 小学", "教基2106小学", "教基２１０６（小学）", "教基2106-九年一贯制学校"],
)
def test_a_form_is_known_with_and_without_the_school_type(name: str) -> None:
    assert form_sheets(_edition("jiaoji"), [name]).by_form == {"教基2106": name}


def test_the_continued_form_is_a_form_of_its_own() -> None:
    found = form_sheets(_edition("jiaoji"), ["教基1102_小学", "教基1102续_小学"])
    assert found.by_form == {"教基1102": "教基1102_小学", "教基1102续": "教基1102续_小学"}


def test_doubles_and_unknown_sheets_are_told_apart() -> None:
    found = form_sheets(_edition("jichuji"), ["基础基212 (2)", "基础基212", "基础基212A", "基础基999", "目录"])
    assert found.by_form == {"基础基212": "基础基212"}
    assert found.doubles == [("基础基212", "基础基212 (2)")]
    assert found.unknown == ["基础基212A", "基础基999"]


@pytest.mark.parametrize(("kind", "names", "wanted"), [
    ("workbook", ["封面", "基础基111", "基础基112"], "jichuji"),
    ("workbook", ["教基1001_小学", "教基2106_小学"], "jiaoji"),
    ("workbook", ["小学", "初中"], None),
    ("export", ["小学", "初中", "特教"], "wide"),
    ("export", ["小学生"], None),
    ("workbook", ["目录", "说明"], None),
    ("workbook", [], None),
])  # fmt: skip
def test_the_edition_is_recognised_from_the_sheets(kind: str, names: list[str], wanted: str | None) -> None:
    found = recognise_edition(kind, names, lambda _: 0)
    assert (found.edition if found else None) == wanted


# -- a new edition is a new table and nothing else ---------------------------------------------------------------


@pytest.fixture
def layouts_with_a_new_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The layout tables with an edition more: 教统 forms, other words, otherwise as 教基."""
    import shutil

    folder = tmp_path / "layouts"
    shutil.copytree(layout.LAYOUTS, folder)
    shutil.copytree(folder / "jiaoji", folder / "jiaotong")
    for name in ("forms.csv", "fields.csv"):
        path = folder / "jiaotong" / name
        text = path.read_text(encoding="utf-8").replace("教基", "教统").replace("室内体育用房", "室内运动场馆")
        path.write_text(text, encoding="utf-8")
    with (folder / "editions.csv").open("a", encoding="utf-8") as table:
        table.write("jiaotong,教统表（假想的新版）,workbook,教统,教统1001\n")
    cached = (layout.editions, layout.carried_fields, sheets._forms)
    monkeypatch.setattr(layout, "LAYOUTS", folder)
    for function in cached:
        function.cache_clear()
    yield folder
    monkeypatch.undo()
    for function in cached:
        function.cache_clear()


@pytest.mark.usefixtures("layouts_with_a_new_edition")
def test_a_new_edition_needs_a_table_and_no_code(tmp_path: Path) -> None:
    [source] = (path for path in (SHAPES["jiaoji"] / "schools").iterdir() if "桓台县实验学校" in path.name)
    book = openpyxl.load_workbook(source)
    for sheet in book.worksheets:
        sheet.title = sheet.title.replace("教基", "教统")
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "室内体育用房":
                    cell.value = "室内运动场馆"
    book.save(tmp_path / "new.xlsx")
    new = read_school(tmp_path, "new.xlsx", YEAR, COUNTY)
    old = read_school(source.parent, source.name, YEAR, COUNTY)
    assert new.edition == "jiaotong"
    assert new.findings.faults == []
    assert _said(new) == _said(old)


@cache
def _legacy(name: str) -> Path:
    return Path(__file__).resolve().parents[2] / "fixtures" / "xls" / name


@pytest.mark.parametrize("shape", ["jichuji", "jiaoji"])
def test_an_xls_workbook_reads_as_the_xlsx_it_was_made_from(shape: str) -> None:
    source = next(path for path in (SHAPES[shape] / "schools").iterdir() if "桓台县实验学校" in path.name)
    legacy = _legacy(f"{shape}.xls")
    old, new = (
        read_school(legacy.parent, legacy.name, YEAR, COUNTY),
        read_school(source.parent, source.name, YEAR, COUNTY),
    )
    assert old.findings.faults == new.findings.faults == []
    assert _said(old) == _said(new)


def test_an_xls_export_reads_as_the_xlsx_it_was_made_from(shapes: dict[str, Any], tmp_path: Path) -> None:
    folder = copy_shape("wide", tmp_path)
    (folder / EXPORT).unlink()
    (folder / "export_2017.xls").write_bytes(_legacy("export_2017.xls").read_bytes())
    returns = read(tmp_path)
    assert {found[1] for found in faults_of(returns)} == {"special_school"}
    assert figures(returns) == figures(shapes["wide"])
