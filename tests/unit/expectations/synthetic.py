"""Judged tables of made-up counties, in the shape the warehouse gives them, where every test passes."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pandas as pd

from expectations.judge import Judgement
from expectations.judged_tables import judged_values, prepare_tables
from expectations.suites import JudgedTest, Suite, load_suites

EDITION = "national-2017"
SUITES = load_suites(EDITION)
TESTS = {test.test_id: test for suite in SUITES for test in suite.tests}
COUNTY = "370321"


def passing(test: JudgedTest) -> object:
    """A value exactly on the limit, where the figure itself passes."""
    if test.direction == "in_set":
        assert test.accepted
        return test.accepted[0]
    if test.required_column is not None:
        return 3.0
    assert test.limit is not None
    return test.limit - 0.01 if test.strict else test.limit


def subject_ids(suite: Suite, county: str, size: int) -> list[str]:
    if suite.tests[0].subject_type == "county":
        return [county]
    return [f"2{county}{number:03d}" for number in range(size)]


def county_frames(county: str = COUNTY, year: int = 2017, size: int = 4) -> dict[str, pd.DataFrame]:
    frames: dict[str, pd.DataFrame] = {}
    for suite in SUITES:
        ids = subject_ids(suite, county, size)
        columns: dict[str, object] = {
            "year": [year] * len(ids),
            "county": [county] * len(ids),
            "subject_id": ids,
            "subject_name": [f"第{number}学校" for number in range(len(ids))],
        }
        for test in suite.tests:
            value = passing(test)
            if test.judged_column in columns and test.test == "floor":
                continue  # the column already stands on the standard, which is above the floor
            columns[test.judged_column] = [value] * len(ids)
            if test.required_column is not None:
                columns[test.required_column] = [3.0] * len(ids)
        frames[suite.judged_table] = pd.DataFrame(columns)
    return frames


def expected_for(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Every test for every row."""
    rows = [
        {
            "year": row.year,
            "county": row.county,
            "test_id": test.test_id,
            "subject_type": test.subject_type,
            "subject_id": row.subject_id,
            "incomplete": False,
        }
        for suite in SUITES
        for row in frames[suite.judged_table].itertuples()
        for test in suite.tests
    ]
    return pd.DataFrame(rows)


def joined(*loads: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {table: pd.concat([load[table] for load in loads], ignore_index=True) for table in loads[0]}


def with_value(
    frames: dict[str, pd.DataFrame], test_id: str, value: object, subject: int = 0
) -> dict[str, pd.DataFrame]:
    """A copy in which one subject has another value for one test."""
    test = TESTS[test_id]
    changed = {table: frame.copy() for table, frame in frames.items()}
    frame = changed[test.judged_table]
    column = frame[test.judged_column].astype("object")
    column.iloc[subject] = value
    frame[test.judged_column] = column if test.direction == "in_set" else pd.to_numeric(column)
    return changed


def prepared_book(frames: Mapping[str, pd.DataFrame], suites: tuple[Suite, ...] = SUITES) -> duckdb.DuckDBPyConnection:
    """A database with the judged tables as both judges read them."""
    book = duckdb.connect()
    prepare_tables(book, {table: book.from_df(frame) for table, frame in frames.items()}, suites)
    return book


def prepared_values(frames: Mapping[str, pd.DataFrame], table: str) -> pd.DataFrame:
    """What Great Expectations is given of one judged table."""
    return judged_values(prepared_book(frames), suite_of(table))


def suite_of(table: str) -> Suite:
    return next(suite for suite in SUITES if suite.judged_table == table)


def all_verdicts(judgement: Judgement) -> pd.DataFrame:
    return judgement.book.sql("from verdicts order by all").df()


def verdict_of(verdicts: pd.DataFrame, test_id: str, subject_id: str) -> str:
    found = verdicts[(verdicts["test_id"] == test_id) & (verdicts["subject_id"] == subject_id)]
    assert len(found) == 1
    return str(found["verdict"].iloc[0])
