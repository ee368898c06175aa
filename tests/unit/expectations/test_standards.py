"""The exported limits, and that exporting them stays light."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from synthetic import EDITION, TESTS

from expectations import suites
from expectations.standards import export_standards, suites_digest

CONTRACT = [
    "standard",
    "test_id",
    "suite",
    "judged_table",
    "judged_column",
    "required_column",
    "indicator",
    "title",
    "clause",
    "test",
    "level",
    "subject_type",
    "item",
    "unit",
    "shortfall_unit",
    "direction",
    "strict",
    "limit_value",
    "accepted",
    "responsible_units",
    "position",
    "statement_phrase",
    "mean_decimals",
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("landing")
    export_standards(EDITION, out)
    return out


def test_one_row_a_test_in_the_order_of_the_rule(exported: Path) -> None:
    table = pl.read_parquet(exported / "standards" / "data.parquet")
    assert set(CONTRACT) <= set(table.columns)
    assert sorted(table["test_id"].to_list()) == sorted(TESTS)
    assert table["position"].to_list() == sorted(table["position"].to_list())
    assert table.filter(indicator="B4")["test_id"].to_list() == [
        "B4.standard.primary", "B4.standard.junior", "B4.floor.primary", "B4.floor.junior",
        "B4.balance.primary", "B4.balance.junior",
    ]  # fmt: skip


def test_limits_are_exact_decimals(exported: Path) -> None:
    table = pl.read_parquet(exported / "standards" / "data.parquet")
    assert table.schema["limit_value"] == pl.Decimal(18, 6)
    limits = dict(table.select("test_id", "limit_value").iter_rows())
    assert limits["B1.floor.junior"] == Decimal("4.505")
    assert limits["B31.rule.arts_rate"] == Decimal("0.15")
    assert limits["B10.rule.music"] is None
    assert table.filter(test_id="B10.rule.music")["required_column"].item() == "b10_rooms_required"
    assert table.filter(test_id="B31.rule.arts_level")["accepted"].item().to_list() == ["Ⅲ", "Ⅳ"]


def test_parameters_for_counting_before_judging(exported: Path) -> None:
    table = pl.read_parquet(exported / "standard_parameters" / "data.parquet")
    assert dict(table.select("name", pl.col("value").cast(pl.Float64)).iter_rows()) == {
        "SCHOOL.indicators_met_min": 6,
        "COUNTED.teaching_point_min_pupils": 50,
        "B10.music_room_min_area_m2": 96,
        "B10.art_room_min_area_m2": 90,
        "B10.classes_per_room": 12,
        "B12.class_limit_primary": 45,
        "B12.class_limit_junior": 50,
        "B13.small_school_pupils": 100,
    }
    assert set(table["indicator"]) == {"SCHOOL", "COUNTED", "B10", "B12", "B13"}


def test_the_digest_follows_the_content_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = suites_digest(EDITION)
    folder = tmp_path / "national_2017"
    shutil.copytree(suites.edition_folder(EDITION), folder)
    monkeypatch.setattr(suites, "_PACKAGE", tmp_path)
    assert suites_digest(EDITION) == before
    path = folder / "judged_counties.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_bytes(json.dumps(content, indent=1).replace("\n", "\r\n").encode())
    assert suites_digest(EDITION) == before
    content["expectations"][0]["kwargs"]["max_value"] = 0.51
    path.write_text(json.dumps(content), encoding="utf-8")
    assert suites_digest(EDITION) != before


def test_neither_great_expectations_nor_pandas_is_imported(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from expectations.standards import export_standards, suites_digest; "
        f"export_standards({EDITION!r}, Path(sys.argv[1])); suites_digest({EDITION!r}); "
        "print(sorted({'great_expectations', 'pandas', 'duckdb'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_the_judge_does_not_import_great_expectations() -> None:
    script = "import sys, expectations.judge, expectations.data_docs; print('great_expectations' in sys.modules)"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
