"""Judges the judged tables of a load against a standard edition: one verdict for each expected test.

The order of the guards matters (a NULL passes a range check, a crashed expectation looks like a failed one):
first what raised, then the counts of rows and of NULLs, then the verdict. Great Expectations counts; the
query of double_entry.py lists; where they differ, nothing is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd

from expectations.double_entry import open_book
from expectations.faults import (
    DoubleEntryMismatch,
    IncompleteExpectedTests,
    JudgementCrashed,
    JudgementError,
)
from expectations.frames import prepare_frames
from expectations.gx_run import Counts, GxSession, counts_of, result_id
from expectations.suites import EVERY_ROW, Suite, load_suites

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
]

VERDICT_COLUMNS = ("year", "county", "standard", "test_id", "subject_type", "subject_id", "verdict")
EXPECTED_COLUMNS = ("year", "county", "test_id", "subject_type", "subject_id", "incomplete")
UNREPORTED = ".unreported"

# Every way in which expected tests and judged tables can fail to fit; each query lists the rows at fault.
_MISFITS = {
    "expected twice": "select test_id, year, county, subject_id from expected group by all having count(*) > 1",
    "an unknown test": """
        select e.* from expected e where not unreported and not exists (from tests t where t.test_id = e.test_id)
    """,
    "an unknown indicator that was not reported": """
        select e.* from expected e
        where unreported and not exists (from tests t where t.indicator || $unreported = e.test_id)
    """,
    "a test of another kind of subject": """
        select e.* from expected e join tests t using (test_id) where e.subject_type <> t.subject_type
    """,
    "a subject without a row in the judged table": """
        select e.* from expected e anti join states using (test_id, year, county, subject_id) where not unreported
    """,
    "a value that no expected test judges": """
        select s.* from states s anti join expected using (test_id, year, county, subject_id)
        where state <> 'missing'
    """,
    "a test of every row that is not expected": """
        select s.* from states s join tests t using (test_id)
        anti join expected using (test_id, year, county, subject_id) where concerns = $every_row
    """,
    "a group of tests that is expected in part only": """
        select year, county, subject_id, t.judged_table, t.concerns, count(*) as expected, any_value(size) as size
        from expected e join tests t using (test_id)
        join (select judged_table, concerns, count(*) as size from tests group by all) g
            using (judged_table, concerns)
        where concerns <> $every_row group by all having count(*) <> any_value(size)
    """,
    "a partition without its county rows": """
        select year, county from (select year, county from states union select year, county from expected) p
        where not exists (from judged_counties c where c.year = p.year and c.county = p.county)
            or not exists (from judged_conclusions c where c.year = p.year and c.county = p.county)
    """,
}
_VERDICTS = """
    select
        e.year::integer as year, e.county, $edition as standard, e.test_id, e.subject_type, e.subject_id,
        case
            when e.unreported then 'missing'
            when s.state = 'failing' then 'not_met'
            when s.state = 'missing' or (s.state = 'passing' and e.incomplete) then 'missing'
            when s.state = 'passing' then 'met'
            -- A state is looked up, never assumed: an expected test without one is not met by default.
            else error('no state for ' || e.test_id || ' ' || e.subject_id)
        end as verdict
    from expected e left join states s using (test_id, year, county, subject_id)
"""


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
    frames: Mapping[str, pd.DataFrame]
    results: Mapping[str, ExpectationSuiteValidationResult]
    counts: Mapping[str, Counts]
    book: duckdb.DuckDBPyConnection

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """All verdicts, VERDICT_COLUMNS, sorted."""
        return self.book.sql("from verdicts order by all").df()

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
        """All verdicts as one Parquet file, VERDICT_COLUMNS, sorted."""
        target = str(path).replace("'", "''")
        self.book.execute(f"copy (from verdicts order by all) to '{target}' (format parquet, compression zstd)")


def judge(frames: Mapping[str, pd.DataFrame], expected: pd.DataFrame | Path, edition: str) -> Judgement:
    """Judges all partitions of a load at once.

    `frames`: the judged tables (judged_sections_primary, judged_sections_junior, judged_schools,
    judged_counties, judged_conclusions), each one row a subject, all partitions together. `expected`:
    EXPECTED_COLUMNS, or the DuckDB file whose table metrics.expected_tests has them. Raises JudgementCrashed,
    DoubleEntryMismatch, IncompleteExpectedTests, or another JudgementError, and SuiteError; each of them is an error
    of ours.
    """
    suites = load_suites(edition)
    prepared = prepare_frames(frames, suites)
    book = open_book(prepared, suites)
    try:
        _register_expected(book, expected)
        _check_expected(book)
        results = _validate(suites, prepared)
        counts = reconcile(book, suites, results)
        book.execute("create table verdicts as " + _VERDICTS, {"edition": edition})
        [(asked, answered)] = book.sql(
            "select (select count(*) from expected), (select count(*) from verdicts)"
        ).fetchall()
    except BaseException:
        book.close()
        raise
    if asked != answered:
        book.close()
        raise IncompleteExpectedTests(f"{asked} tests expected, {answered} verdicts")
    return Judgement(edition, suites, prepared, results, counts, book)


def _validate(
    suites: Sequence[Suite], frames: Mapping[str, pd.DataFrame]
) -> dict[str, ExpectationSuiteValidationResult]:
    session = GxSession()
    # A suite over no rows passes vacuously; _check_expected has made sure that nobody waits for its verdicts.
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
    rows = book.execute(
        "select test_id, count(*), count(*) filter (state = 'missing'), count(*) filter (state = 'failing') "
        "from states group by test_id"
    ).fetchall()
    listed = {str(row[0]): Counts(int(row[1]), int(row[2]), int(row[3])) for row in rows}
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


def _register_expected(book: duckdb.DuckDBPyConnection, expected: pd.DataFrame | Path) -> None:
    """Make the table `expected` of the book. Raises IncompleteExpectedTests for absent columns, no rows, or a NULL."""
    if isinstance(expected, Path):
        source = str(expected).replace("'", "''")
        book.execute(f"attach '{source}' as warehouse (read_only)")
        rows = book.sql("from warehouse.metrics.expected_tests")
    else:
        rows = book.from_df(expected)
    absent = [name for name in EXPECTED_COLUMNS if name not in rows.columns]
    if absent:
        raise IncompleteExpectedTests(f"expected_tests lacks the columns {', '.join(absent)}")
    rows.project(
        "year::bigint as year, county::varchar as county, test_id::varchar as test_id, "
        "subject_type::varchar as subject_type, subject_id::varchar as subject_id, incomplete::boolean as incomplete, "
        f"ends_with(test_id::varchar, '{UNREPORTED}') as unreported"
    ).create("expected")
    if isinstance(expected, Path):
        book.execute("detach warehouse")
    [[count, without]] = book.execute(
        f"select count(*), count(*) filter (where {' or '.join(f'{name} is null' for name in EXPECTED_COLUMNS)}) "  # noqa: S608 - names of our own columns
        "from expected"
    ).fetchall()
    if not count:
        raise IncompleteExpectedTests("expected_tests is empty: there is nothing to judge")
    if without:
        raise IncompleteExpectedTests("expected_tests has a NULL")


def _check_expected(book: duckdb.DuckDBPyConnection) -> None:
    """Raises IncompleteExpectedTests with one example of each misfit."""
    found: list[str] = []
    for name, query in _MISFITS.items():
        parameters = {"unreported": UNREPORTED, "every_row": EVERY_ROW}
        used = {key: value for key, value in parameters.items() if f"${key}" in query}
        misfits = book.execute(query, used).df()
        if len(misfits):
            first = misfits.sort_values(list(misfits.columns)).iloc[0].to_dict()
            found.append(f"{name} ({len(misfits)}), e.g. " + ", ".join(f"{k}={v}" for k, v in first.items()))
    if found:
        raise IncompleteExpectedTests("expected_tests and the judged tables do not fit:\n" + "\n".join(found))
