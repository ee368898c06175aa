"""A blank 办学类型码 costs nothing that the name beside it can tell; a name and a code that differ are asked about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestration.returns.landing import build_frames
from orchestration.returns.layout import school_types, type_named
from orchestration.returns.partition import PartitionReturns, read_partition
from tests.returns_tools import COUNTY, PRIMARY, YEAR, copy_small, edit


def returns_with(raw: Path, cells: dict[str, Any]) -> PartitionReturns:
    folder = copy_small(raw)
    edit(folder, PRIMARY, "基础基111", cells)
    return read_partition(raw, YEAR, COUNTY)


@pytest.mark.parametrize(
    ("text", "code"),
    [("小学", "211"), ("九年一贯制", "312"), ("九年一贯制学校", "312"), ("完全 中学", "341"), ("中学", None)],
)
def test_types_go_by_their_names(text: str, code: str | None) -> None:
    named = type_named(text)
    assert (named.type_code if named else None) == code


def test_no_two_types_share_a_name() -> None:
    assert all(type_named(one.name) == one for one in school_types().values())


def test_a_school_without_a_code_is_what_its_name_says(tmp_path: Path) -> None:
    whole = returns_with(tmp_path / "whole", {})
    returns = returns_with(tmp_path / "blank", {"D15": None})
    [fault] = [one for one in returns.faults if one.severity == "missing" and one.file == PRIMARY]
    assert (fault.code, fault.cell) == ("missing_value", "D15")
    for name in ("schools", "school_levels", "school_resources"):
        assert build_frames(returns, "s", False)[name].equals(build_frames(whole, "s", False)[name])


def test_a_school_with_neither_is_not_judged(tmp_path: Path) -> None:
    returns = returns_with(tmp_path, {"D14": None, "D15": None})
    assert len(returns.schools) == 4


def test_a_name_of_another_type_is_asked_about_and_the_code_holds(tmp_path: Path) -> None:
    returns = returns_with(tmp_path, {"D14": "初级中学"})
    [fault] = [one for one in returns.faults if one.code == "type_mismatch"]
    assert (fault.cell, fault.found, fault.expected) == ("D14", "初级中学", "211 小学")
    assert build_frames(returns, "s", False)["schools"]["type_code"][0] == "211"
