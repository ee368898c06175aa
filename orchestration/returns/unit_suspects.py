"""Figures in another unit than the form's: a school off from its county by about a hundred or ten thousand times.

Such a figure would move the county's mean and coefficient of variation, so it is an error until it is mended or
explained. Honest outliers must pass: the factor has to bring the school back near the county's median, and the
figure itself, not only its share a pupil, must lie outside those of the ordinary schools (a school that has lost its
pupils keeps its buildings).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from orchestration.returns.checks import Figures, Key, number_text
from orchestration.returns.comparisons import tolerances
from orchestration.returns.faults import Fault, fault
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.values import Value

_FIGURES = ("equipment_value_wan", "teaching_area_m2", "sports_ground_area_m2")


@dataclass(frozen=True)
class _Share:
    """A school's figure, and what of it falls to one pupil."""

    at: Value
    number: Decimal
    per_pupil: Decimal


def check_units(figures: Figures, schools: Mapping[str, SchoolReturn]) -> list[Fault]:
    """Every suspect figure of the county's schools, at its cell."""
    faults: list[Fault] = []
    for name in _FIGURES:
        shares = [share for code, school in schools.items() if (share := _share(figures, code, school.levels, name))]
        if shares:
            faults += _suspects(shares)
    return faults


def _share(figures: Figures, code: str, levels: Iterable[str], name: str) -> _Share | None:
    key: Key = ("school_resource", code, None, name)
    number = figures.number(key)
    pupils = [figures.number(("school_level", code, level, "pupils")) for level in levels]
    total = sum((count for count in pupils if count is not None), Decimal(0))
    if not number or not total or None in pupils:
        return None
    return _Share(figures.cells(key)[0], number, number / total)


def _suspects(shares: list[_Share]) -> list[Fault]:
    limits = tolerances()
    middle = median(share.per_pupil for share in shares)
    [ordinary], [near], [least] = limits["unit_ordinary"], limits["unit_near"], limits["unit_least_schools"]
    sound = [share for share in shares if _times(share.per_pupil, middle) <= ordinary]
    if len(sound) < least or 2 * len(sound) <= len(shares):
        return []
    low, high = min(share.number for share in sound), max(share.number for share in sound)
    faults: list[Fault] = []
    for share in shares:
        for factor in limits["unit_factor"]:
            above = share.number > high and _times(share.per_pupil / factor, middle) <= near
            below = share.number < low and _times(share.per_pupil * factor, middle) <= near
            if above or below:
                faults.append(_suspect(share, middle, factor, above))
                break
    return faults


def _times(value: Decimal, other: Decimal) -> Decimal:
    """How many times one is the other, whichever is larger."""
    return max(value / other, other / value)


def _suspect(share: _Share, middle: Decimal, factor: Decimal, above: bool) -> Fault:
    at = share.at
    mended = share.number / factor if above else share.number * factor
    return fault(
        "unit_suspect", at.file, sheet=at.sheet, cell=at.cell, field=at.label, found=number_text(share.number),
        expected=f"{number_text(mended)} 上下（全县生均中位数 {middle:.4g}，本校生均 {share.per_pupil:.4g}，"
        f"{'大' if above else '小'}约 {factor} 倍）", subject_id=at.record_id,
    )  # fmt: skip
