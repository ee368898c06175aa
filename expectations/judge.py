"""Judges the judged tables of a load against a standard edition: one verdict for each expected test.

The order of the guards matters (a NULL passes a range check, a crashed expectation looks like a failed one):
first what raised, then the counts of rows and of NULLs, then the verdict. Great Expectations counts; the
query of double_entry.py lists; where they differ, nothing is published.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from expectations.answers import answer_expected, check_answers, name_verdicts
from expectations.double_entry import list_states
from expectations.faults import (
    DoubleEntryMismatch,
    IncompleteExpectedTests,
    JudgementCrashed,
    JudgementError,
)
from expectations.gx_run import Counts, GxSession, counts_of, result_id
from expectations.judged_tables import KEY, judged_values, prepare_tables
from expectations.sql import literal
from expectations.suites import JUDGED_TABLES, Suite, load_suites

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult

__all__ = [
    "VERDICT_COLUMNS",
    "DoubleEntryMismatch",
    "IncompleteExpectedTests",
    "Judgement",
    "JudgementCrashed",
    "JudgementError",
    "judge",
    "judge_warehouse",
]

VERDICT_COLUMNS = ("year", "county", "standard", "test_id", "subject_type", "subject_id", "verdict")


@dataclass(frozen=True)
class Judgement:
    """The outcome of one load.

    `results`: what Great Expectations returned, by judged table, over all partitions of the load; a table
    without rows has none. `counts`: its counts by test id. `book`: an in-memory database with `verdicts`
    (VERDICT_COLUMNS, one row for each row of the expected tests) and `states` (test_id, year, county, subject_id,
    state: passing, failing or missing, for every judged row). Millions of rows stay there; frames of them are made
    where somebody asks.
    """

    edition: str
    suites: tuple[Suite, ...]
    results: Mapping[str, ExpectationSuiteValidationResult]
    counts: Mapping[str, Counts]
    book: duckdb.DuckDBPyConnection

    @cached_property
    def frames(self) -> dict[str, pd.DataFrame]:
        """The judged tables as they were judged, sorted by KEY."""
        order = ", ".join(KEY)
        return {suite.judged_table: self.book.table(suite.judged_table).order(order).df() for suite in self.suites}

    @cached_property
    def failing(self) -> pd.DataFrame:
        """The rows that fail a test: test_id, year, county, subject_id."""
        return self.book.sql(
            "select test_id, year, county, subject_id from states where state = 'failing' order by all"
        ).df()

    def verdicts_of(self, year: int, county: str) -> pd.DataFrame:
        """One partition's verdicts, VERDICT_COLUMNS, sorted."""
        query = "from verdicts where year = $year and county = $county order by all"
        return self.book.execute(query, {"year": year, "county": county}).df()

    def write_verdicts(self, path: Path) -> None:
        """All verdicts as one Parquet file, VERDICT_COLUMNS."""
        self.book.execute(f"copy coded_verdicts to {literal(path)} (format parquet, compression zstd)")


def judge(frames: Mapping[str, pd.DataFrame], expected: pd.DataFrame, edition: str) -> Judgement:
    """Judges all partitions of a load at once.

    `frames`: the judged tables (judged_sections_primary, judged_sections_junior, judged_schools,
    judged_counties, judged_conclusions), each one row a subject, all partitions together. `expected`:
    EXPECTED_COLUMNS. Raises JudgementCrashed, DoubleEntryMismatch, IncompleteExpectedTests, or another
    JudgementError, and SuiteError; each of them is an error of ours.
    """
    with _closed_on_error() as book:
        given = {table: book.from_df(frame) for table, frame in frames.items()}
        return _judge(book, given, book.from_df(expected), edition)


def judge_warehouse(warehouse: Path, edition: str) -> Judgement:
    """As `judge`, from the DuckDB file whose schema `metrics` has the judged tables and `expected_tests`."""
    with _closed_on_error() as book:
        book.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
        given = {table: book.sql(f"from warehouse.metrics.{table}") for table in JUDGED_TABLES}
        judgement = _judge(book, given, book.sql("from warehouse.metrics.expected_tests"), edition)
        book.execute("detach warehouse")
        return judgement


@contextmanager
def _closed_on_error() -> Generator[duckdb.DuckDBPyConnection]:
    book = duckdb.connect(":memory:")
    try:
        yield book
    except BaseException:
        book.close()
        raise


def _judge(
    book: duckdb.DuckDBPyConnection,
    given: Mapping[str, duckdb.DuckDBPyRelation],
    expected: duckdb.DuckDBPyRelation,
    edition: str,
) -> Judgement:
    suites = load_suites(edition)
    prepare_tables(book, given, suites)
    frames = {suite.judged_table: judged_values(book, suite) for suite in suites}
    # Great Expectations keeps to one core: the other judge works beside it.
    with ThreadPoolExecutor(1) as pool:
        counting = pool.submit(_validate, suites, frames)
        list_states(book, suites)
        answer_expected(book, expected)
        check_answers(book)
        results = counting.result()
    counts = reconcile(book, suites, results)
    name_verdicts(book, edition)
    return Judgement(edition, suites, results, counts, book)


def _validate(
    suites: Sequence[Suite], frames: Mapping[str, pd.DataFrame]
) -> dict[str, ExpectationSuiteValidationResult]:
    session = GxSession()
    # A suite over no rows passes vacuously; check_answers has made sure that nobody waits for its verdicts.
    return {
        suite.judged_table: session.validate(suite, frames[suite.judged_table])
        for suite in suites
        if len(frames[suite.judged_table])
    }


def reconcile(
    book: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    results: Mapping[str, ExpectationSuiteValidationResult],
) -> dict[str, Counts]:
    """The counts by test id, if Great Expectations and the book agree on every one of them.

    Raises DoubleEntryMismatch, naming the tests and both counts, if they do not.
    """
    # Thousands of rows share a few hundred combinations of states: they are counted before they are taken apart.
    rows = book.execute(
        """
        select test_id, sum(number), sum(number) filter (states[place] = 'm'), sum(number) filter (states[place] = 'f')
        from (select table_no, states, count(*) as number from judged_rows group by all) join tests using (table_no)
        group by test_id
        """
    ).fetchall()
    listed = {str(row[0]): Counts(int(row[1]), int(row[2] or 0), int(row[3] or 0)) for row in rows}
    counted: dict[str, Counts] = {}
    for suite in suites:
        result = results.get(suite.judged_table)
        if result is None:
            continue
        names = {test.expectation_id: test.test_id for test in suite.tests}
        counted |= {names[result_id(one)]: counts_of(one) for one in result.results}
    differing = [
        f"{name}: Great Expectations {counted.get(name)}, query {listed.get(name)}"
        for name in sorted(counted.keys() | listed.keys())
        if counted.get(name) != listed.get(name)
    ]
    if differing:
        raise DoubleEntryMismatch("the two judges disagree:\n" + "\n".join(differing))
    return counted
