"""Huantai in its three shapes: one result, to the last digit, whatever form carried the figures."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.tools import ROOT, content_hash, load, mart_rows, read

FIXTURES = ROOT / "tests" / "fixtures"
SHAPES = ("jiaoji", "wide")


@pytest.fixture(scope="module", params=SHAPES)
def shape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """(shape, ``var`` after loading it)."""
    base = tmp_path_factory.mktemp(request.param)
    shutil.copytree(FIXTURES / f"huantai_2017_{request.param}", base / "raw" / "2017" / "370321")
    outcome = load(base / "var", base / "raw", "2017", "370321")
    assert outcome.returncode == 0, outcome.stderr
    return request.param, base / "var"


def test_every_published_row_is_the_same_to_the_last_digit(huantai: Path, shape: tuple[str, Path]) -> None:
    wanted, found = mart_rows(huantai), mart_rows(shape[1])
    for mart, rows in wanted.items():
        assert rows, mart
        assert [repr(row) for row in found[mart]] == [repr(row) for row in rows], mart
    assert content_hash(shape[1]) == content_hash(huantai)


def test_a_figure_leads_to_the_cells_of_its_own_shape(huantai: Path, shape: tuple[str, Path]) -> None:
    name, var = shape

    def addends(of: Path) -> list[dict[str, Any]]:
        rows = read("trace", of, 2017, "370321", "B3", "3137032105", "--level", "junior")["rows"]
        end = next(number for number, row in enumerate(rows) if row["role"] == "denominator")
        return [row for row in rows[:end] if row["role"] == "addend"]

    places = {(row["file"].split("/")[-1], row["sheet"], row["cell"]): row["as_written"] for row in addends(var)}
    wanted = {
        "jiaoji": {
            ("桓台县实验学校(九年一贯制学校)_3137032105.xlsx", "教基4156_九年一贯制学校", cell): written
            for cell, written in {"U6": "4", "V6": "", "W6": "1", "X6": "2"}.items()
        },
        "wide": {("export_2017.xlsx", "初中", cell): written for cell, written in {"AZ11": "4", "BA11": "3"}.items()},
    }[name]
    assert sum(row["value"] for row in addends(var)) == sum(row["value"] for row in addends(huantai)) == 7
    assert places == wanted
