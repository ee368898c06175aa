"""Numbers, dates and codes as people write them: every reading rule once, and for any number written in any way."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.returns.numbers import NOT_APPLICABLE, Reading, cast

KINDS = (
    "count", "decimal", "fraction", "text", "code", "operator_code", "urban_rural_code",
    "school_code", "year", "year_month", "date", "yes_no", "conclusion",
    "occurrence", "room_kind", "grade",
)  # fmt: skip
NUMBER_KINDS = ("count", "decimal", "fraction")
_FULL_WIDTH = str.maketrans("0123456789.,-+", "０１２３４５６７８９．，－＋")


@pytest.mark.parametrize(("raw", "wanted"), [
    (45, "45"), (45.0, "45"), ("45", "45"), (" 45 ", "45"), ("　45\n", "45"), ("1,234", "1234"), ("１２３", "123"),
    ("１，２３４", "1234"), ("45\u200b", "45"), ("\ufeff45", "45"), ("+45", "45"), ("45.", "45"), ("45.0", "45"),
    ("1,234,567", "1234567"), ("0", "0"), (0, "0"), ("007", "7"),
])  # fmt: skip
def test_counts(raw: object, wanted: str) -> None:
    reading = cast(raw, "count")
    assert reading.value == Decimal(wanted)
    assert reading.note == ("number_as_text" if isinstance(raw, str) else None)


@pytest.mark.parametrize(("raw", "wanted"), [
    (8314.57, "8314.57"), ("8,314.57", "8314.57"), ("８３１４．５７", "8314.57"), (0.1 + 0.2, "0.3"), (".5", "0.5"),
    (5417.699999999999, "5417.7"), ("350", "350"),
])  # fmt: skip
def test_amounts_without_binary_noise(raw: object, wanted: str) -> None:
    assert cast(raw, "decimal").value == Decimal(wanted)


@pytest.mark.parametrize(("raw", "wanted"), [
    (0.082, "0.082"), ("0.082", "0.082"), (0, "0"), (1, "1"), (0.14996, "0.1499"), (0.15, "0.15"),
    (0.7 - 0.55, "0.15"), (1 - 0.85, "0.15"), (0.150049, "0.15"),
])  # fmt: skip
def test_fractions_are_cut_and_not_rounded_up_to_a_limit(raw: object, wanted: str) -> None:
    assert cast(raw, "fraction").value == Decimal(wanted)


@pytest.mark.parametrize(("raw", "kind", "complaint"), [
    ("约500", "count", "not_a_number"), ("45人", "count", "not_a_number"), ("1 234", "count", "not_a_number"),
    ("1,23", "count", "not_a_number"), ("12,34", "decimal", "not_a_number"), ("八", "count", "not_a_number"),
    ("1e3", "decimal", "not_a_number"), ("٣", "count", "not_a_number"), ("0x1F", "count", "not_a_number"),
    ("1_000", "count", "not_a_number"), ("NaN", "decimal", "not_a_number"), ("inf", "decimal", "not_a_number"),
    (float("nan"), "count", "not_a_number"), (float("inf"), "decimal", "not_a_number"), (True, "count", "not_a_number"),
    (dt.date(2017, 9, 1), "count", "not_a_number"), (dt.timedelta(1), "decimal", "not_a_number"),
    (2.5, "count", "not_an_integer"), ("2.5", "count", "not_an_integer"), (-1, "count", "negative"),
    ("－1", "decimal", "negative"), ("−1", "decimal", "negative"), (1e8, "count", "number_out_of_range"),
    (1e13, "decimal", "number_out_of_range"), (8.2, "fraction", "fraction_out_of_range"),
    (95, "fraction", "fraction_out_of_range"), (-0.1, "fraction", "fraction_out_of_range"),
    ("8.2%", "fraction", "not_a_number"), ("95％", "fraction", "not_a_number"), ("#REF!", "count", "error_value"),
    ("#DIV/0!", "decimal", "error_value"), ("#N/A", "text", "error_value"), ("12345678901", "school_code", "bad_code"),
    (137032114.0, "school_code", "bad_code"), ("213703211X", "school_code", "bad_code"),
    (True, "school_code", "bad_code"), ("小学211", "code", "bad_code"), ("999", "urban_rural_code", "unknown_code"),
    ("83", "operator_code", "bad_code"), ("教育局", "operator_code", "bad_code"),
    ("基本达标", "conclusion", "bad_choice"),
    ("Ⅴ", "grade", "bad_choice"), ("没有", "occurrence", "bad_choice"), ("舞蹈", "room_kind", "bad_choice"),
    ("2", "yes_no", "bad_choice"), (17, "year", "number_out_of_range"), ("201713", "year_month", "bad_date"),
    ("2017/13", "year_month", "bad_date"), ("2017112", "year_month", "bad_date"), ("去年", "year_month", "bad_date"),
    ("2018-02-30", "date", "bad_date"), ("30/9/2018", "date", "bad_date"), (43373, "date", "bad_date"),
])  # fmt: skip
def test_complaints(raw: object, kind: str, complaint: str) -> None:
    reading = cast(raw, kind)
    assert (reading.value, reading.complaint) == (None, complaint)
    assert reading.expected


@pytest.mark.parametrize("mark", ["*", "＊", "-", "－", "—", "——", "–", "―", "─", "−", "/", "／", " — ", "　-　"])
@pytest.mark.parametrize("kind", KINDS)
def test_marks_mean_not_to_be_filled(mark: str, kind: str) -> None:
    assert cast(mark, kind) == Reading(blank="mark")


@pytest.mark.parametrize("raw", ["", None, " ", "　", "\n", "\u200b", "\ufeff "])
@pytest.mark.parametrize("kind", KINDS)
def test_blank_is_blank(raw: object, kind: str) -> None:
    assert cast(raw, kind) == Reading(blank="empty")


@pytest.mark.parametrize(("raw", "kind", "wanted", "note"), [
    ("0137032114", "school_code", "0137032114", None), ("２１３７０３２１１４", "school_code", "2137032114", None),
    (" 2137032114 ", "school_code", "2137032114", None), (2137032114.0, "school_code", "2137032114", "code_as_number"),
    (2137032114, "school_code", "2137032114", "code_as_number"), (211.0, "code", "211", None),
    (831.0, "operator_code", "831", None), (" 812 ", "operator_code", "812", None),
    (220, "urban_rural_code", "220", None),
    ("370321000000", "code", "370321000000", None), (370321000000.0, "code", "370321000000", None),
    ("是", "yes_no", "是", None), (1.0, "yes_no", "是", None), (0, "yes_no", "否", None), ("有", "yes_no", "是", None),
    ("达 标", "conclusion", "达标", None), ("III", "grade", "Ⅲ", None), ("Ⅳ", "grade", "Ⅳ", None),
    ("=桓台<一>小", "text", "=桓台<一>小", None), (" 𡋾头小学 ", "text", "𡋾头小学", None),
])  # fmt: skip
def test_codes_and_words(raw: object, kind: str, wanted: str, note: str | None) -> None:
    reading = cast(raw, kind)
    assert (reading.value, reading.note, reading.complaint) == (wanted, note, None)


@pytest.mark.parametrize(("raw", "wanted"), [
    ("201709", "201709"), (201709.0, "201709"), ("2017-09", "201709"), ("2017年9月", "201709"), ("2017.9", "201709"),
    ("2017/9/1", "201709"), ("20170901", "201709"), ("２０１７０９", "201709"), ("2017年9月1日", "201709"),
    (dt.date(2017, 9, 1), "201709"), (dt.datetime.fromisoformat("2017-09-01T08:00"), "201709"), ("2017", "2017"),
    ("1958年", "1958"),
])  # fmt: skip
def test_months(raw: object, wanted: str) -> None:
    assert cast(raw, "year_month").value == wanted


@pytest.mark.parametrize("raw", [
    "2018-09-30", "2018-9-30", "2018/9/30", "2018.9.30", "2018年9月30日", "20180930", "２０１８－０９－３０",
    dt.date(2018, 9, 30), dt.datetime.fromisoformat("2018-09-30T12:00"),
])  # fmt: skip
def test_dates(raw: object) -> None:
    assert cast(raw, "date").value == "2018-09-30"


# -- any number, any hand ----------------------------------------------------------------------------------------


@st.composite
def written(draw: st.DrawFn) -> tuple[Decimal, str]:
    """A number and one of the ways people write it."""
    value = Decimal(draw(st.integers(0, 9_999_999_999))) / draw(st.sampled_from([1, 10, 100, 1000]))
    text = f"{value:,f}" if draw(st.booleans()) else f"{value:f}"
    if draw(st.booleans()):
        text = text.translate(_FULL_WIDTH)
    if draw(st.booleans()):
        text = "+" + text
    space = st.sampled_from(["", " ", "　", "\n", "\u200b", "\xa0"])
    return value, draw(space) + text + draw(space)


@given(written())
def test_any_amount_reads_as_itself(pair: tuple[Decimal, str]) -> None:
    value, text = pair
    assert cast(text, "decimal") == Reading(value=value, note="number_as_text")


@given(st.integers(0, 9_999_999))
def test_a_count_is_the_same_as_number_and_as_text(count: int) -> None:
    values = {cast(raw, "count").value for raw in (count, float(count), str(count), f"{count:,}", f" {count}.0 ")}
    assert values == {Decimal(count)}


@given(st.text(max_size=30), st.sampled_from(KINDS))
def test_any_text_is_a_value_a_blank_or_a_complaint(text: str, kind: str) -> None:
    reading = cast(text, kind)
    said = [reading.value is not None, bool(reading.blank), reading.complaint is not None]
    assert sum(said) == 1
    assert (reading.blank == "mark") <= (text.strip() != "")


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(), st.timedeltas(), st.times()))
def test_any_cell_is_a_sound_number_or_a_complaint(raw: object) -> None:
    for kind in NUMBER_KINDS:
        reading = cast(raw, kind)
        if reading.complaint is None:
            assert isinstance(reading.value, Decimal)
            assert reading.value.is_finite()
            assert reading.value >= 0
            assert kind != "fraction" or reading.value <= 1


@given(st.decimals(0, 1, allow_nan=False, allow_infinity=False, places=8), st.integers(1, 9999))
def test_no_fraction_changes_sides_of_a_limit(value: Decimal, ten_thousandths: int) -> None:
    limit = Decimal(ten_thousandths) / 10_000
    read = cast(float(value), "fraction").value
    assert isinstance(read, Decimal)
    assert (read < limit) == (value < limit)


def test_marks_are_known_after_folding() -> None:
    assert all(cast(mark, "count").blank == "mark" for mark in NOT_APPLICABLE)
