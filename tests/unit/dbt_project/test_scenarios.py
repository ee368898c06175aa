"""What the warehouse makes of counties that differ from a faultless one in a single respect."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.dbt_project.counties import (
    ABSENT,
    ATTACHED,
    BALANCE,
    BIG,
    BLANK,
    CLASSES,
    FUNDS,
    GOOD,
    HALF,
    ITEMS,
    LINE,
    MIXED,
    NOBODY,
    ONE_ROOM,
    POINTS,
    RATIOS,
    ROOMS,
    RURAL,
    SHORT,
    TWIN,
    TWINS,
    WORDS,
)  # fmt: skip
from tests.unit.dbt_project.landing import County
from tests.unit.dbt_project.warehouse import Row, Warehouse, build


def brief(rows: list[Row], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_a_faultless_county_is_met_throughout(book: Warehouse) -> None:
    assert book.rows("from marts.gap_list where county = ?", GOOD) == []
    verdicts = book.rows("from marts.verdicts where county = ? order by position", GOOD)
    assert [row["indicator"] for row in verdicts] == [*(f"B{n}" for n in range(1, 32)), "C1", "V"]
    assert {(row["verdict"], row["statement"]) for row in verdicts} == {("met", "达标。")}
    (county,) = book.rows("from marts.counties where county = ?", GOOD)
    assert (county["county_verdict"], county["schools_met"], county["sections_met"]) == ("met", 4, 5)


def test_special_schools_stand_aside_with_their_reason(book: Warehouse) -> None:
    (row,) = book.rows("from marts.schools where county = ? and school_code = '5000000006'", GOOD)
    assert (row["in_scope"], row["verdict"]) == (False, None)
    assert "特殊教育" in str(row["scope_reason"])


def test_exactly_on_the_line_passes(book: Warehouse) -> None:
    assert book.verdict(LINE, "B3")["verdict"] == "met"
    assert book.verdict(LINE, "B23")["verdict"] == "met"


def test_below_its_floor_a_section_has_two_rows_with_whole_teachers_lacking(book: Warehouse) -> None:
    rows = book.gaps(SHORT, "B3")
    assert brief(rows, "test", "level", "observed", "required", "shortfall", "shortfall_unit", "numerator") == [
        ("standard", "primary", 0.7, 0.9, 2.0, "人", 7.0),
        ("floor", "primary", 0.7, 0.765, 1.0, "人", 7.0),
    ]
    assert {row["measure"] for row in rows} == {"招聘教师"}
    assert rows[0]["responsible_units"] == ["县教体局"]


def test_area_lacking_is_exact_to_the_hundredth(book: Warehouse) -> None:
    # 7.5 × 1000 − (5000.01 + 1000) = 1499.99
    assert brief(book.gaps(SHORT, "B5"), "test", "shortfall") == [("standard", 1499.99), ("floor", 374.99)]


def test_without_its_teachers_a_section_misses_b1_and_b3_once_each(book: Warehouse) -> None:
    for indicator in ("B1", "B3"):
        rows = book.gaps(BLANK, indicator)
        assert brief(rows, "test", "verdict", "observed", "subject_id") == [("standard", "missing", None, "2000000003")]
        assert rows[0]["required"] is not None
        assert book.verdict(BLANK, indicator)["statement"] == "数据缺失。1个学段缺报。"
    assert book.verdict(BLANK, "B2")["verdict"] == "met"
    balance = book.rows("from marts.county_balance where county = ? and indicator = 'B1'", BLANK)
    assert {(row["level"], row["verdict"], row["sections"]) for row in balance} == {
        ("primary", "missing", 1), ("junior", "met", 1),
    }  # fmt: skip


def test_a_county_ratio_without_one_school_is_missing_and_names_it(book: Warehouse) -> None:
    (row,) = book.gaps(BLANK, "B16")
    assert (row["subject_type"], row["verdict"], row["note"]) == ("county", "missing", "数据缺报：第03学校")
    (counties,) = book.rows("from marts.counties where county = ?", BLANK)
    assert counties["county_verdict"] == "missing"


def test_a_school_that_did_not_report_is_missing_everywhere_and_never_met(book: Warehouse) -> None:
    rows = book.rows("from marts.gap_list where county = ? and subject_id = '2000000003'", ABSENT)
    assert brief(rows, "indicator", "test", "level", "subject_type", "item") == [
        *((f"B{n}", "standard", None, "school", None) for n in range(1, 8)),
        ("B10", "rule", None, "school", "美术"), ("B10", "rule", None, "school", "音乐"),
        ("B11", "rule", None, "school", None), ("B12", "rule", None, "school", None),
    ]  # fmt: skip
    assert {row["verdict"] for row in rows} == {"missing"}
    (school,) = book.rows("from marts.schools where county = ? and school_code = '2000000003'", ABSENT)
    assert (school["verdict"], school["in_scope"]) == ("missing", True)
    assert {row["verdict"] for row in book.rows("from marts.county_balance where county = ?", ABSENT)} == {"missing"}


def test_one_level_unknown_leaves_nothing_to_split(book: Warehouse) -> None:
    rows = book.rows("from marts.section_metrics where county = ? and school_code = '3000000003'", HALF)
    known = {(row["level"], row["indicator"]) for row in rows if row["value"] is not None}
    assert known == {("primary", "B1"), ("primary", "B2"), ("primary", "B3")}
    verdicts = book.rows("from marts.sections where county = ? and school_code = '3000000003'", HALF)
    assert {row["verdict"] for row in verdicts} == {"missing"}


def test_teaching_points_under_the_limit_are_out_but_for_class_sizes(book: Warehouse) -> None:
    sections = book.rows(
        "from marts.sections where county = ? and school_code in ('2000000003', '2000000004') order by school_code",
        POINTS,
    )
    assert brief(sections, "in_scope", "verdict") == [(False, None), (True, "met")]
    assert sections[0]["scope_reason"] == "教学点在校生不足50人，不参加资源配置评估"
    assert brief(book.gaps(POINTS, "B12"), "subject_id", "observed", "required", "shortfall") == [
        ("2000000003", 1.0, 0.0, 1.0)
    ]
    assert book.verdict(POINTS, "B12")["statement"] == "不达标。超过45人的小学班级1个，超过50人的初中班级0个。"


@pytest.mark.parametrize(
    ("school", "level", "expected"),
    [
        ("3000000003", "primary", 9711.627204030226),
        ("3000000003", "junior", 13514.372795969774),
        ("3000000004", "junior", 7 * 1620 * 640 / (640 + 1.2 * 980)),
    ],
)
def test_shared_rooms_are_split_by_weighted_pupils(book: Warehouse, school: str, level: str, expected: float) -> None:
    (row,) = book.rows(
        "from marts.section_metrics where county = ? and school_code = ? and level = ? and indicator = 'B4'",
        MIXED, school, level,
    )  # fmt: skip
    assert row["numerator"] == pytest.approx(expected, rel=1e-12)


def test_classes_attached_to_another_school_are_split_like_any(book: Warehouse) -> None:
    rows = book.rows(
        "select level, numerator from marts.section_metrics where county = ? and school_code = '3000000003'"
        " and indicator = 'B4' order by level desc", ATTACHED,
    )  # fmt: skip
    assert [row["numerator"] for row in rows] == pytest.approx([3000 * 100 / 540, 3000 * 440 / 540])


def test_ratios_fail_for_the_county_and_list_the_schools_behind(book: Warehouse) -> None:
    assert brief(book.gaps(RATIOS, "B16"), "test", "subject_id", "shortfall", "shortfall_unit") == [
        ("rule", RATIOS, 3.0, "人"), ("detail", "2000000003", 3.0, "人"),
    ]  # fmt: skip
    # 民办, boarding and village schools are not asked: one pupil of 800 + 400 is out of the catchment.
    rows = book.gaps(RATIOS, "B20")
    assert brief(rows, "test", "level", "subject_id", "numerator", "denominator") == [
        ("rule", "primary", RATIOS, 1199.0, 1200.0), ("detail", "primary", "2000000003", 399.0, 400.0),
    ]  # fmt: skip
    assert book.verdict(RATIOS, "B20")["statement"] == ("不达标。小学就近划片入学比例为99.9%（1199/1200），低于100%。")


def test_missing_certificates_keep_the_county_from_passing(book: Warehouse) -> None:
    assert brief(book.gaps(RATIOS, "B19"), "test", "verdict", "observed", "note") == [
        ("rule", "missing", None, "数据缺报：第04学校")
    ]


def test_training_funds_are_judged_school_by_school(book: Warehouse) -> None:
    assert brief(book.gaps(RATIOS, "B26"), "subject_id", "shortfall", "shortfall_unit") == [("2000000004", 1.0, "元")]
    assert book.verdict(RATIOS, "B26")["statement"] == "不达标。1所学校教师培训经费比例不达标。"


def test_rooms_of_each_kind_are_counted_by_themselves(book: Warehouse) -> None:
    assert brief(book.gaps(ROOMS, "B10"), "subject_id", "item", "verdict", "observed", "required", "shortfall") == [
        ("2000000003", "美术", "not_met", 0.0, 1.0, 1.0), ("2000000003", "音乐", "not_met", 0.0, 1.0, 1.0),
        ("2000000004", "美术", "missing", None, 1.0, None), ("2000000004", "音乐", "missing", None, 1.0, None),
        ("2000000005", "美术", "not_met", 0.0, 1.0, 1.0),
        # A room of unknown size is of no account where there are enough others, and decides where there are not.
        ("2000000007", "音乐", "missing", None, 1.0, None),
    ]  # fmt: skip
    assert book.verdict(ROOMS, "B10")["statement"] == (
        "不达标。义务教育段学校，第01学校、第06学校、第02学校等三所学校的专用功能房面积能够达到标准。"
        "其余学校单个功能房面积均在56-96平方米之间。1所学校间数不足。另有2所学校数据缺失。"
    )


def test_no_school_with_rooms_enough_is_said_so(book: Warehouse) -> None:
    assert book.verdict(ONE_ROOM, "B10")["statement"] == (
        "不达标。义务教育段学校的专用功能房均未达到标准。各学校单个功能房面积均为80平方米。"
    )


def test_small_schools_are_funded_for_a_hundred(book: Warehouse) -> None:
    assert brief(book.gaps(FUNDS, "B13"), "subject_id", "item", "verdict", "observed", "required", "shortfall") == [
        ("2000000003", "拨付", "not_met", 70999.99, 71000.0, 0.01),
        ("2000000003", "核定人数", "not_met", 99.0, 100.0, 1.0),
        # Nobody knows whether the school that sent nothing is small; one funded well enough need not be asked.
        ("2000000006", "核定人数", "missing", None, 100.0, None),
    ]  # fmt: skip


def test_conclusions_and_county_figures_are_worded(book: Warehouse) -> None:
    statements = {
        row["indicator"]: row["statement"] for row in book.rows("from marts.verdicts where county = ?", WORDS)
    }
    assert statements["B9"] == "不达标。教师编制标准统一不达标。"
    assert statements["V"] == "不达标。发生设立重点班。"
    assert statements["B31"] == "不达标。数学学业水平等级为Ⅱ级；科学校际差异率为0.15，未低于0.15。"
    assert statements["B14"] == "不达标。特殊教育学校生均公用经费为5800.05元，低于6000元。"
    assert statements["B23"] == "不达标。三年巩固率为94%（94/100），低于95%。"
    assert statements["B8"] == "数据缺失。1项县级数据缺报。"
    assert brief(book.gaps(WORDS, "V"), "item", "observed", "required", "note") == [("设立重点班", None, None, "发生")]
    assert brief(book.gaps(WORDS, "B14"), "shortfall", "shortfall_unit") == [(1999.5, "元")]
    assert brief(book.gaps(WORDS, "B31"), "item", "shortfall") == [("数学学业水平等级", None), ("科学校际差异率", 0.0)]
    assert brief(book.gaps(WORDS, "C1"), "shortfall", "shortfall_unit") == [(1.0, "份")]
    assert brief(book.gaps(WORDS, "B24"), "verdict", "required") == [("missing", 0.95)]


def test_what_concerns_nobody_has_no_verdict_row(book: Warehouse) -> None:
    tests = {str(row["test_id"]) for row in book.rows("from metrics.expected_tests where county = ?", NOBODY)}
    assert not tests & {"B14.rule", "B22.rule.migrant", "B24.rule"}
    assert {book.verdict(NOBODY, indicator)["verdict"] for indicator in ("B14", "B22", "B24")} == {"met"}
    assert brief(book.gaps(NOBODY, "B18"), "verdict", "observed", "note") == [
        ("missing", None, "分母为零，无法计算"), ("not_met", 0.0, None),
    ]  # fmt: skip


def test_a_county_without_town_schools_is_not_asked_for_catchments(book: Warehouse) -> None:
    tests = {str(row["test_id"]) for row in book.rows("from metrics.expected_tests where county = ?", RURAL)}
    assert not {test for test in tests if test.startswith("B20")}
    assert book.verdict(RURAL, "B20")["verdict"] == "met"


def test_large_classes_stand_though_the_total_is_missing(book: Warehouse) -> None:
    assert brief(book.gaps(CLASSES, "B12"), "level", "subject_id", "verdict", "observed", "note") == [
        ("primary", "2000000003", "missing", None, "数据缺报"),
        ("primary", "2000000004", "not_met", 2.0, "部分数据缺报，按已报数据计算"),
        ("junior", "3000000005", "not_met", 3.0, None),
    ]
    assert book.verdict(CLASSES, "B12")["statement"] == "不达标。超过45人的小学班级2个，超过50人的初中班级3个。"


def test_school_sizes_have_two_limits(book: Warehouse) -> None:
    assert brief(book.gaps(BIG, "B11"), "subject_id", "observed", "required", "shortfall") == [
        ("2000000003", 2001.0, 2000.0, 1.0), ("3000000006", 2501.0, 2500.0, 1.0),
    ]  # fmt: skip
    assert book.verdict(BIG, "B11")["statement"] == "不达标。我县目前有2所小学、初中超过规模。"


def test_an_item_left_blank_is_missing(book: Warehouse) -> None:
    assert brief(book.gaps(ITEMS, "B23"), "verdict", "observed", "required") == [("missing", None, 0.95)]
    assert brief(book.gaps(ITEMS, "B18"), "item", "verdict") == [("实际交流轮岗教师数", "missing")]


def test_a_coefficient_over_the_limit_stands_though_a_section_is_missing(book: Warehouse) -> None:
    assert brief(book.gaps(BALANCE, "B5"), "test", "subject_id", "verdict") == [
        ("standard", "2000000004", "missing"), ("balance", BALANCE, "not_met"),
    ]  # fmt: skip
    (gap,) = [row for row in book.gaps(BALANCE, "B5") if row["test"] == "balance"]
    assert gap["note"] == "部分数据缺报，按已报数据计算"
    assert gap["shortfall"] == pytest.approx(float(str(gap["observed"])) - 0.5, abs=1e-9)


def test_addends_sum_to_every_numerator_and_denominator(book: Warehouse) -> None:
    rows = book.rows("""
        with addends as (
            select
                county, indicator, level, subject_id as school_code,
                sum(weight * value::double) filter (where part = 'numerator') as numerator_total,
                sum(weight * value::double) filter (where part = 'denominator') as denominator_total
            from evidence.figure_addends where subject_type = 'section' group by all
        )
        from marts.section_metrics join addends using (county, indicator, level, school_code)
        where value is not null
    """)
    assert len(rows) > 400
    for row in rows:
        assert row["numerator_total"] == pytest.approx(row["numerator"], rel=1e-9)
        assert row["denominator_total"] == row["denominator"]


def test_the_order_of_rows_changes_no_bit(book: Warehouse, tmp_path: Path) -> None:
    other = build(tmp_path, [County(TWIN, TWINS)], reverse=True)
    for table in ("section_metrics", "county_balance", "gap_list", "verdicts", "county_metrics"):
        sql = f"from marts.{table} where county = ? order by all"
        assert book.rows(sql, TWIN) == other.rows(sql, TWIN)
