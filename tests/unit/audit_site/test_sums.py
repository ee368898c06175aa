"""A figure written out: signs, shares, rooms, what is missing, and which pieces of sheets it shows."""

from __future__ import annotations

from orchestration.publication.figures import TRACE_FIELDS, Figure
from orchestration.publication.reader import Row
from orchestration.returns.excerpts import Excerpt
from orchestration.site.sums import make_sum, written_out

FILE = "schools/2137032101_小学.xlsx"


def row(role: str, part: str, value: float | None, **more: object) -> Row:
    made: Row = dict.fromkeys(TRACE_FIELDS)
    made.update(role=role, part=part, value=value, weight=1.0, weight_text="×1", label="某数", record="school_level")
    made.update(more)
    return made


def figure(unit: str, value: float | None, *rows: Row) -> Figure:
    return Figure("primary", None, value, unit, None, None, list(rows))


def test_a_difference_over_pupils() -> None:
    found = figure(
        "㎡/生", 2.8797446808510637,
        row("numerator", "numerator", 6767.4), row("addend", "numerator", 7587.4),
        row("addend", "numerator", 820.0, weight=-1.0, weight_text="−1"),
        row("denominator", "denominator", 2350.0), row("addend", "denominator", 2350.0),
    )  # fmt: skip
    assert written_out(found) == [
        "值 = 分子 ÷ 分母 = 6767.4 ÷ 2350 = 2.8797㎡/生",
        "分子 = 7587.4 − 820 = 6767.4",
        "分母 = 2350",
    ]


def test_per_hundred_pupils_and_a_share_of_a_mixed_school() -> None:
    share = "×(166/(166+1.1×210))"
    found = figure(
        "间/百名学生", 5.850377,
        row("numerator", "numerator", 9711.6272), row("addend", "numerator", 23226.0, weight=0.418, weight_text=share),
        row("denominator", "denominator", 166.0), row("addend", "denominator", 166.0),
    )  # fmt: skip
    assert written_out(found)[0] == "值 = 分子 ÷ 分母 × 100 = 9711.6272 ÷ 166 × 100 = 5.8504间/百名学生"
    assert written_out(found)[1] == f"分子 = 23226{share} = 9711.6272"


def test_what_is_missing_is_said_not_added() -> None:
    found = figure(
        "㎡/生", None,
        row("numerator", "numerator", None), row("addend", "numerator", None), row("addend", "numerator", 3.0),
        row("denominator", "denominator", 10.0), row("addend", "denominator", 10.0),
    )  # fmt: skip
    assert written_out(found)[:2] == ["值 = 分子 ÷ 分母 = — ÷ 10 = —", "分子 = 缺报 ＋ 3 = —"]


def test_rooms_are_counted_and_what_they_are_held_against_is_no_denominator() -> None:
    found = figure(
        "间", 1.0,
        row("numerator", "numerator", 1.0),
        row("addend", "numerator", 97.0, record="room"), row("addend", "numerator", 60.0, record="room", weight=0.0),
        row("denominator", "denominator", 51.0), row("addend", "denominator", 51.0),
    )  # fmt: skip
    assert written_out(found) == ["实际 = 计入的专用教室 1 间（共列 2 间）", "要求所依 = 51"]


def excerpt(cell: str) -> Excerpt:
    rows = tuple((number, "", ("", "", "")) for number in (4, 5, 6))
    return Excerpt("表", cell, ("C", "D", "E"), ("", "", ""), rows)


def test_neighbouring_cells_share_a_piece_and_a_lost_one_is_named() -> None:
    place = {"file": FILE, "sheet": "表", "sha256": "ab"}
    found = figure(
        "㎡/生", 1.0,
        row("addend", "numerator", 1.0, cell="D5", **place), row("addend", "numerator", 2.0, cell="E6", **place),
        row("addend", "denominator", 3.0, cell="H7", **place),
    )  # fmt: skip
    gap: Row = {"indicator": "B4"}
    shown = make_sum(("B4", "primary", None), found, [], [gap], {(FILE, "表", "D5"): excerpt("D5")})
    assert [(piece.file, piece.cells) for piece in shown.pieces] == [(FILE, "D5、E6")]
    assert [one["cell"] for one in shown.absent] == ["H7"]
    met = make_sum(("B4", "primary", None), found, [], [], {(FILE, "表", "D5"): excerpt("D5")})
    assert not met.pieces


def test_a_sum_over_schools_is_shown_at_each_school() -> None:
    place = {"file": FILE, "sheet": "表"}
    found = figure(
        "比值", 1.0,
        *(row("addend", "numerator", 1.0, cell=f"D{at}", school_code=f"213703210{at}", **place) for at in (1, 2)),
    )  # fmt: skip
    shown = make_sum(("B16", None, None), found, [], [{"indicator": "B16"}], {})
    assert (shown.pieces, shown.absent) == ([], [])
    assert len(shown.addends) == 2
