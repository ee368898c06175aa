"""The comparison finds what it is for: a row too many or too few, a figure off, a word off."""

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from . import OracleResult, compute
from .comparison import differences

HUANTAI = Path(__file__).parents[2] / "raw" / "2017" / "370321"
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def huantai() -> OracleResult:
    """The oracle's reading of the Huantai returns."""
    return compute(HUANTAI, 2017, "370321")


@pytest.fixture
def published(huantai: OracleResult) -> Rows:
    """What a faultless pipeline would publish: floats where the oracle has fractions."""

    def plain(value: object) -> object:
        return float(value) if isinstance(value, Fraction) else value

    def rows(records: list[Any], **more: str) -> list[dict[str, Any]]:
        return [{name: plain(value) for name, value in asdict(each).items()} | more for each in records]

    verdicts = rows(huantai.verdicts)
    for row in verdicts:
        row["statement"] += "".join(row["mentions"])
    metrics = [*rows(huantai.sections, kind="section"), *rows(huantai.balance, kind="balance")]
    return {"gaps": rows(huantai.gaps), "verdicts": verdicts, "metrics": metrics}


def test_equal_rows_have_no_difference(huantai: OracleResult, published: Rows) -> None:
    """Floats for fractions are no difference."""
    assert differences(huantai, **published) == []


@pytest.mark.parametrize(
    ("rows", "field", "value"),
    [
        ("gaps", "shortfall", 10**6), ("gaps", "verdict", "missing"), ("gaps", "item", "音乐"),
        ("gaps", "required", None),
        ("verdicts", "verdict", "missing"), ("verdicts", "primary_cv", 0.5), ("verdicts", "statement", "达标吗"),
        ("metrics", "value", 1.23), ("metrics", "numerator", None),
    ],
)  # fmt: skip
def test_one_changed_field_is_found(
    huantai: OracleResult, published: Rows, rows: str, field: str, value: object
) -> None:
    """In the first row of each set."""
    published[rows][0][field] = value
    assert differences(huantai, **published)


@pytest.mark.parametrize("rows", ["gaps", "verdicts", "metrics"])
def test_a_lost_row_is_found(huantai: OracleResult, published: Rows, rows: str) -> None:
    """Whichever set it is lost from."""
    published[rows].pop()
    assert any("not published" in line for line in differences(huantai, **published))


def test_a_row_too_many_is_found(huantai: OracleResult, published: Rows) -> None:
    """A gap of a school that has none."""
    published["gaps"].append(published["gaps"][0] | {"subject_id": "0000000000"})
    assert any("not expected" in line for line in differences(huantai, **published))
