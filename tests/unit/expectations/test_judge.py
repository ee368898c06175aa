"""Every guard of the judge, and verdicts exactly on the limits."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import (
    COUNTY,
    EDITION,
    SUITES,
    TESTS,
    all_verdicts,
    county_frames,
    expected_for,
    joined,
    prepared_book,
    prepared_values,
    suite_of,
    verdict_of,
    with_value,
)

from expectations.double_entry import list_states, state_letter
from expectations.faults import DoubleEntryMismatch, IncompleteExpectedTests, JudgementCrashed, JudgementError
from expectations.gx_run import Counts, GxSession, counts_of, exception_text, result_id
from expectations.judge import VERDICT_COLUMNS, Judgement, judge, reconcile
from expectations.judged_tables import judged_values

STEP = 1e-9
Frames = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def session() -> GxSession:
    return GxSession()


def spoilt_value(test_id: str) -> object:
    """Just on the wrong side of the limit."""
    test = TESTS[test_id]
    if test.accepted is not None:
        return "不达标" if "达标" in test.accepted else "发生" if "未发生" in test.accepted else "Ⅱ"
    if test.required_column is not None:
        return 3.0 - STEP
    assert test.limit is not None
    if test.strict:
        return test.limit
    return test.limit - STEP if test.direction == "min" else test.limit + STEP


def all_failing(county: str) -> Frames:
    frames = county_frames(county)
    for test_id in sorted(TESTS, key=lambda name: TESTS[name].test == "floor"):
        frames = with_value(frames, test_id, spoilt_value(test_id))  # floors last: they share the column
    return frames


def all_missing(county: str) -> Frames:
    frames = county_frames(county)
    for test_id in TESTS:
        frames = with_value(frames, test_id, None)
    return frames


@pytest.fixture(scope="module")
def judgement() -> Judgement:
    """Four counties in one load: on the limits; beyond each; without figures; incomplete."""
    frames = joined(county_frames(COUNTY), all_failing("370322"), all_missing("370323"), county_frames("370324"))
    expected = expected_for(frames)
    expected.loc[expected["county"] == "370324", "incomplete"] = True
    unreported = [
        {"year": 2017, "county": COUNTY, "test_id": f"B{number}.unreported", "subject_type": "school",
         "subject_id": f"2{COUNTY}003", "incomplete": True}
        for number in (1, 2, 3, 4, 5, 6, 7, 12)
    ]  # fmt: skip
    return judge(frames, pd.concat([expected, pd.DataFrame(unreported)], ignore_index=True), EDITION)


@pytest.fixture(scope="module")
def verdicts(judgement: Judgement) -> pd.DataFrame:
    return all_verdicts(judgement)


def first_subject(test_id: str, county: str) -> str:
    return county if TESTS[test_id].subject_type == "county" else f"2{county}000"


@pytest.mark.parametrize("test_id", sorted(TESTS))
def test_exactly_on_the_limit_is_met(verdicts: pd.DataFrame, test_id: str) -> None:
    assert verdict_of(verdicts, test_id, first_subject(test_id, COUNTY)) == "met"


@pytest.mark.parametrize("test_id", sorted(TESTS))
def test_just_beyond_the_limit_is_not_met(verdicts: pd.DataFrame, test_id: str) -> None:
    assert verdict_of(verdicts, test_id, first_subject(test_id, "370322")) == "not_met"


@pytest.mark.parametrize("test_id", sorted(TESTS))
def test_null_is_never_met(verdicts: pd.DataFrame, test_id: str) -> None:
    assert verdict_of(verdicts, test_id, first_subject(test_id, "370323")) == "missing"


def test_what_passes_but_is_incomplete_is_missing(verdicts: pd.DataFrame) -> None:
    rows = verdicts[verdicts["county"] == "370324"]
    assert len(rows) > 0
    assert set(rows["verdict"]) == {"missing"}


def test_what_was_not_reported_is_missing(verdicts: pd.DataFrame) -> None:
    rows = verdicts[verdicts["test_id"].str.endswith(".unreported")]
    assert len(rows) == 8
    assert set(rows["verdict"]) == {"missing"}


def test_one_verdict_for_each_expected_test(judgement: Judgement, verdicts: pd.DataFrame) -> None:
    assert tuple(verdicts.columns) == VERDICT_COLUMNS
    rows = sum(len(frame) * len(suite.tests) for suite in SUITES for frame in [judgement.frames[suite.judged_table]])
    assert len(verdicts) == rows + 8
    assert not verdicts.duplicated(["year", "county", "test_id", "subject_id"]).any()
    assert set(verdicts["standard"]) == {EDITION}


def test_counts_are_those_of_great_expectations(judgement: Judgement) -> None:
    assert set(judgement.counts) == set(TESTS)
    assert judgement.counts["B4.standard.primary"] == Counts(rows=16, missing=1, unexpected=1)
    assert judgement.counts["B8.rule"] == Counts(rows=4, missing=1, unexpected=1)
    assert judgement.counts["B10.rule.music"] == Counts(rows=16, missing=1, unexpected=1)


def test_a_failing_value_stays_not_met_where_figures_are_incomplete() -> None:
    frames = with_value(county_frames(size=2), "B11.rule.single", 2001)
    expected = expected_for(frames).assign(incomplete=True)
    assert verdict_of(all_verdicts(judge(frames, expected, EDITION)), "B11.rule.single", f"2{COUNTY}000") == "not_met"


def test_a_table_without_rows_is_judged_where_nobody_waits_for_it() -> None:
    frames = county_frames(size=2)
    frames["judged_sections_junior"] = frames["judged_sections_junior"].iloc[:0]
    done = judge(frames, expected_for(frames), EDITION)
    assert "judged_sections_junior" not in done.results
    assert set(all_verdicts(done)["verdict"]) == {"met"}


# --- expected tests and judged tables that do not fit ------------------------------------------------------------


def other(expected: pd.DataFrame, row: int = 0, **values: object) -> pd.DataFrame:
    """One row more, like the given one but for `values`."""
    return pd.concat([expected, expected.iloc[[row]].assign(**values)], ignore_index=True)


MISFITS = {
    "expected twice": lambda f, e: (f, other(e)),
    "an unknown test": lambda f, e: (f, other(e, test_id="B1.standard.senior")),
    "an unknown indicator that was not reported": lambda f, e: (f, other(e, test_id="B99.unreported")),
    "a test of another kind of subject": lambda f, e: (f, e.assign(subject_type="county")),
    "a subject without a row in the judged table": lambda f, e: (f, other(e, subject_id="2999999999")),
    "a value that no expected test judges": lambda f, e: (f, e[e["test_id"] != "B14.rule"]),
    "a test of every row that is not expected": lambda f, e: (f, e[e["test_id"] != "B8.rule"]),
    "a group of tests that is expected in part only": lambda f, e: (
        with_value(f, "B7.standard.junior", None), e[e["test_id"] != "B7.floor.junior"].drop(index=e.index[
            (e["test_id"] == "B7.standard.junior") & (e["subject_id"] == f"2{COUNTY}000")])
    ),
    "a partition without its county rows": lambda f, e: (
        f | {"judged_counties": f["judged_counties"].assign(county="370399")}, e
    ),
    "expected_tests is empty": lambda f, e: (f, e.iloc[:0]),
    "expected_tests has a NULL": lambda f, e: (f, other(e, subject_id=None)),
    "lacks the columns incomplete": lambda f, e: (f, e.drop(columns="incomplete")),
}  # fmt: skip


@pytest.mark.parametrize("says", sorted(MISFITS))
def test_what_does_not_fit_stops_the_load(says: str) -> None:
    frames = county_frames(size=2)
    spoilt, expected = MISFITS[says](frames, expected_for(frames))
    with pytest.raises(IncompleteExpectedTests, match=says):
        judge(spoilt, expected, EDITION)


def test_an_empty_frame_that_is_waited_for_stops_the_load() -> None:
    frames = county_frames(size=2)
    expected = expected_for(frames)
    frames["judged_schools"] = frames["judged_schools"].iloc[:0]
    with pytest.raises(IncompleteExpectedTests, match="a subject without a row"):
        judge(frames, expected, EDITION)


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("b14_yuan_per_pupil", "6000", "text where a number belongs"),
        ("b14_yuan_per_pupil", float("inf"), "infinite"),
        ("county", None, "without year, county or subject_id"),
    ],
)
def test_values_that_cannot_be_judged_stop_the_load(column: str, value: object, says: str) -> None:
    frames = county_frames(size=1)
    frames["judged_counties"][column] = [value]
    with pytest.raises(JudgementError, match=says):
        prepared_book(frames)


def test_a_subject_twice_a_number_for_text_or_an_absent_table_or_column_stops_the_load() -> None:
    frames = county_frames(size=1)
    with pytest.raises(JudgementError, match="a subject twice"):
        prepared_book(joined(frames, frames))
    with pytest.raises(JudgementError, match="other than text"):
        prepared_book(frames | {"judged_conclusions": frames["judged_conclusions"].assign(b8=1.0)})
    with pytest.raises(JudgementError, match="is absent"):
        prepared_book({})
    with pytest.raises(JudgementError, match="lacks the columns b8"):
        prepared_book(frames | {"judged_conclusions": frames["judged_conclusions"].drop(columns="b8")})


def test_decimals_and_nullable_integers_become_rounded_floats() -> None:
    frames = county_frames(size=3)
    frames["judged_sections_primary"]["b1"] = [Decimal("4.20"), None, Decimal("4.19999999996")]
    frames["judged_sections_primary"]["b12_classes_over"] = pd.array([0, None, 2], dtype="Int64")
    frame = prepared_values(frames, "judged_sections_primary")
    assert frame["b1"].tolist()[::2] == [4.2, 4.2]
    assert frame["b1"].isna().tolist() == frame["b12_classes_over"].isna().tolist() == [False, True, False]
    assert str(frame["b1"].dtype) == str(frame["b12_classes_over"].dtype) == "float64"


# --- crashed expectations, counts that differ ---------------------------------------------------------------------


def test_a_crashed_expectation_raises(session: GxSession) -> None:
    frame = prepared_values(county_frames(), "judged_counties").drop(columns="b14_yuan_per_pupil")
    with pytest.raises(JudgementCrashed, match="raised"):
        session.validate(suite_of("judged_counties"), frame, only={"B14.rule"})


def test_a_crash_while_judging_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = GxSession.validate
    monkeypatch.setattr(
        GxSession,
        "validate",
        lambda self, suite, frame: whole(self, suite, frame.drop(columns=suite.tests[0].judged_column)),
    )
    frames = county_frames(size=1)
    with pytest.raises(JudgementCrashed):
        judge(frames, expected_for(frames), EDITION)


def test_both_shapes_of_exception_info_are_read() -> None:
    flat = {"raised_exception": True, "exception_message": "flat", "exception_traceback": ""}
    quiet = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    assert exception_text(flat) == "flat"
    assert exception_text({"metric": quiet, "other": flat}) == "flat"
    assert exception_text(quiet) is exception_text({"metric": quiet}) is exception_text(None) is None
    assert exception_text({"raised_exception": True}) == "an exception without a message"


@pytest.mark.parametrize(
    ("success", "result"),
    [
        (False, {}),
        (True, {"element_count": 3, "missing_count": 0}),
        (True, {"element_count": 3, "missing_count": 0, "unexpected_count": 1}),
        (False, {"element_count": 3, "missing_count": 0, "unexpected_count": 0}),
    ],
)
def test_a_result_without_sound_counts_is_a_crash(success: bool, result: dict[str, object]) -> None:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

    quiet = {"raised_exception": False, "exception_message": None, "exception_traceback": None}
    with pytest.raises(JudgementCrashed):
        counts_of(ExpectationValidationResult(success=success, result=result, exception_info=quiet))


def test_an_expectation_that_was_dropped_is_noticed(session: GxSession, monkeypatch: pytest.MonkeyPatch) -> None:
    import great_expectations as gx

    whole = gx.ExpectationSuite
    monkeypatch.setattr(
        gx, "ExpectationSuite", lambda name, expectations: whole(name=name, expectations=expectations[1:])
    )
    frame = prepared_values(county_frames(), "judged_counties")
    with pytest.raises(JudgementCrashed, match="2 expectations given, 1 came back"):
        session.validate(suite_of("judged_counties"), frame, only={"B14.rule", "C1.rule"})


def with_row_condition(suite, condition: str):
    native = {**suite.native, "expectations": [dict(one) for one in suite.native["expectations"]]}
    for one in native["expectations"]:
        if one["meta"]["test_id"] == "B4.standard.primary":
            one["kwargs"] = one["kwargs"] | {"row_condition": condition, "condition_parser": "pandas"}
    return dataclasses.replace(suite, native=native)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("condition", ["b4 < 0", "b4 >= 4.5"])
def test_a_row_condition_that_hides_rows_is_noticed(session: GxSession, condition: str) -> None:
    suite = suite_of("judged_sections_primary")
    table = suite.judged_table
    book = prepared_book(with_value(county_frames(), "B4.standard.primary", 3.0))
    result = session.validate(with_row_condition(suite, condition), judged_values(book, suite))
    hidden = next(one for one in result.results if result_id(one) == TESTS["B4.standard.primary"].expectation_id)
    assert hidden.success  # the trap: it passes
    list_states(book, [suite])
    with pytest.raises(DoubleEntryMismatch, match=r"B4\.standard\.primary"):
        reconcile(book, [suite], {table: result})


def test_counts_that_differ_stop_the_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_letter(test):
        return state_letter(dataclasses.replace(test, strict=True) if test.test_id == "B4.floor.primary" else test)

    monkeypatch.setattr("expectations.double_entry.state_letter", other_letter)
    frames = with_value(county_frames(size=2), "B4.floor.primary", TESTS["B4.floor.primary"].limit)
    with pytest.raises(DoubleEntryMismatch) as caught:
        judge(frames, expected_for(frames), EDITION)
    assert "B4.floor.primary: Great Expectations" in str(caught.value)
    assert "B4.standard.primary" not in str(caught.value)


def test_one_session_never_mixes_two_frames(session: GxSession) -> None:
    suite = suite_of("judged_schools")
    for size, over in ((3, 1), (5, 0), (2, 1)):
        frames = county_frames(size=size)
        frames = with_value(frames, "B11.rule.single", 2001) if over else frames
        frame = prepared_values(frames, "judged_schools")
        result = session.validate(suite, frame, only={"B11.rule.single"})
        assert counts_of(result.results[0]) == Counts(size, 0, over)


def test_judging_writes_no_file(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frames = county_frames(size=1)
    judge(frames, expected_for(frames), EDITION)
    assert list(tmp_path.iterdir()) == []


# --- on the line -----------------------------------------------------------------------------------------------------


@settings(max_examples=5)
@given(pupils=st.lists(st.integers(1, 4000).map(lambda number: number * 1000), min_size=1, max_size=200))
def test_numerators_exactly_on_every_standard_and_floor_pass(session: GxSession, pupils: list[int]) -> None:
    """Pupils in thousands, so that numerators on the line are whole hundredths; values as the warehouse forms them."""
    for level in ("primary", "junior"):
        suite = suite_of(f"judged_sections_{level}")
        for kind in ("standard", "floor"):
            frames = county_frames(size=len(pupils))
            frame = frames[suite.judged_table]
            for number in range(1, 8):
                limit = Decimal(repr(TESTS[f"B{number}.{kind}.{level}"].limit))
                per = 1 if number in (4, 5, 6) else 100
                numerators = [limit * count / per for count in pupils]
                frame[f"b{number}"] = [
                    round(float(per * numerator) / count, 10)
                    for numerator, count in zip(numerators, pupils, strict=True)
                ]
            prepared = prepared_values(frames, suite.judged_table)
            only = {test.test_id for test in suite.tests if test.test == kind}
            for one in session.validate(suite, prepared, only=only).results:
                assert counts_of(one) == Counts(len(pupils), 0, 0)
