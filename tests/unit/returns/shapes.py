"""Huantai in its three shapes, and what of a reading must be the same in each."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.returns.landing import build_frames
from orchestration.returns.partition import PartitionReturns, read_partition
from tests.returns_tools import COUNTY, HUANTAI, ROOT, YEAR

FIXTURES = ROOT / "tests" / "fixtures"
SHAPES = {"jichuji": HUANTAI, "jiaoji": FIXTURES / "huantai_2017_jiaoji", "wide": FIXTURES / "huantai_2017_wide"}
EXPORT = "export_2017.xlsx"

# What an edition need not ask for: 建校年月 and 寄宿制 (the supplement has both), 是否计校数, figures for checks only.
_NOT_EVERYWHERE = {
    "schools": {"edition", "form_boarding", "built_year", "counted_as_school"},
    "school_resources": {"teachers_total"},
    "school_levels": {"teachers_postgraduate", "teachers_doctor", "teachers_master",
                      "teachers_art", "teachers_music", "teachers_fine_art"},
}  # fmt: skip
_KEYS = ("school_code", "level", "row_id", "indicator", "item", "line")
TABLES = (
    "partitions", "schools", "school_levels", "school_resources", "supplement", "rooms", "county_return",
    "county_profile", "task_decomposition",
)  # fmt: skip


def copy_shape(shape: str, raw: Path) -> Path:
    """Huantai in a shape as a partition under ``raw``; returns its folder."""
    folder = raw / str(YEAR) / COUNTY
    shutil.copytree(SHAPES[shape], folder, ignore=shutil.ignore_patterns("*.md", "*.json"))
    return folder


def read(raw: Path) -> PartitionReturns:
    """Read the one partition under ``raw``."""
    return read_partition(raw, YEAR, COUNTY)


def figures(returns: PartitionReturns) -> dict[str, list[dict[str, Any]]]:
    """Landed rows, sorted, in terms every edition has: 研究生 for 博士 and 硕士, arts teachers for three columns."""
    frames = build_frames(returns, "national-2017", provisional=False)
    result: dict[str, list[dict[str, Any]]] = {}
    for table in TABLES:
        frame = frames[table]
        if table == "school_levels":
            frame = frame.with_columns(
                graduates=pl.sum_horizontal("teachers_postgraduate", "teachers_doctor", "teachers_master"),
                arts=pl.sum_horizontal("teachers_art", "teachers_music", "teachers_fine_art"),
                # Teachers of the 高中 and classes of 特教 enter no figure, and not every edition carries them.
                teachers=pl.when(pl.col("level") != "senior").then("teachers"),
                classes=pl.when(pl.col("level").is_in(["primary", "junior"])).then("classes"),
            )
        keys = [key for key in _KEYS if key in frame.columns]
        kept = [column for column in frame.columns if column not in _NOT_EVERYWHERE.get(table, set[str]())]
        result[table] = frame.sort(keys).select(kept).to_dicts() if keys else frame.select(kept).to_dicts()
    return result


def faults_of(returns: PartitionReturns) -> set[tuple[str, str, str, str | None, str | None]]:
    """Every fault as (severity, code, file, sheet, cell)."""
    return {(found.severity, found.code, found.file, found.sheet, found.cell) for found in returns.faults}
