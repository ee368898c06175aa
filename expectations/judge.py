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

# Each expected test beside the state it found, and each state that nobody expected (year null).
_ANSWERS = """
    create table answers as
    select e.*, coalesce(e.test_no, j.test_no) as no, coalesce(e.subject_no, j.subject_no) as subject, j.state
    from expected e full join judged j on e.test_no = j.test_no and e.subject_no = j.subject_no
"""
_NAMED = """
    select test_id, subjects.year, subjects.county, subjects.subject_id from answers
    join tests on no = tests.test_no join subjects on subject = subjects.subject_no
"""
# Every way in which expected tests and judged tables can fail to fit; each query lists the rows at fault.
_MISFITS = {
    "expected twice": """
        select test_id, year, county, subject_id
        from (
            select test_no, subject_no from expected where subject_no is not null group by all having count(*) > 1
        ) join tests using (test_no) join subjects using (subject_no)
        union all
        select coalesce(test, test_no::varchar), year, county, subject_id from expected
        where test_no is null or subject_no is null
        group by test, test_no, year, county, subject_id having count(*) > 1
    """,
    "an unknown test": "select * from expected where test_no is null and not unreported",
    "an unknown indicator that was not reported": """
        select e.* from expected e
        where unreported and not exists (from tests t where t.indicator || $unreported = e.test)
    """,
    "a test of another kind of subject": """
        select e.*, t.test_id from expected e join tests t using (test_no) where e.subject_type <> t.subject_type
    """,
    "a subject without a row in the judged table": """
        select * from answers where year is not null and state is null and test_no is not null
    """,
    "a value that no expected test judges": f"{_NAMED} where answers.year is null and state <> 'missing'",
    "a test of every row that is not expected": f"{_NAMED} where answers.year is null and concerns = $every_row",
    "a group of tests that is expected in part only": """
        select year, county, subject_id, t.judged_table, t.concerns, count(*) as expected, any_value(size) as size
        from expected e join tests t using (test_no)
        join (select judged_table, concerns, count(*) as size from tests group by all) g
            using (judged_table, concerns)
        where concerns <> $every_row group by all having count(*) <> any_value(size)
    """,
    "a partition without its county rows": """
        select year, county from (select year, county from subjects union select year, county from expected) p
        where not exists (from judged_counties c where c.year = p.year and c.county = p.county)
            or not exists (from judged_conclusions c where c.year = p.year and c.county = p.county)
    """,
}
_VERDICTS = """
    select
        a.year::integer as year, a.county, '{edition}' as standard, coalesce(a.test, t.test_id) as test_id,
        a.subject_type, a.subject_id,
        case
            when a.unreported then 'missing'
            when a.state = 'failing' then 'not_met'
            when a.state = 'missing' or (a.state = 'passing' and a.incomplete) then 'missing'
            when a.state = 'passing' then 'met'
            -- A state is looked up, never assumed: an expected test without one is not met by default.
            else error('no state for ' || t.test_id || ' ' || a.subject_id)
        end as verdict
    from answers a left join tests t using (test_no)
    where a.year is not null
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
        """All verdicts as one Parquet file, VERDICT_COLUMNS."""
        target = str(path).replace("'", "''")
        self.book.execute(f"copy verdicts to '{target}' (format parquet, compression zstd)")


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
        book.execute("create view verdicts as " + _VERDICTS.format(edition=edition))
        [(asked, answered)] = book.sql(
            "select (select count(*) from expected), (select count(*) from answers where year is not null)"
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
        "from judged join tests using (test_no) group by test_id"
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
        "subject_type::varchar as subject_type, subject_id::varchar as subject_id, incomplete::boolean as incomplete"
    ).create_view("given")
    # The name of a test is kept where no number stands for it: schools that did not report, and what nobody knows.
    book.execute(
        f"""
        create table expected as
        select
            g.* exclude (test_id), t.test_no, s.subject_no, case when t.test_no is null then g.test_id end as test,
            ends_with(g.test_id, '{UNREPORTED}') as unreported
        from given g left join tests t using (test_id) left join subjects s using (year, county, subject_id)
        """  # noqa: S608
    )
    [[count, without]] = book.execute(
        f"select count(*), count(*) filter (where {' or '.join(f'{name} is null' for name in EXPECTED_COLUMNS)}) "  # noqa: S608 - names of our own columns
        "from given"
    ).fetchall()
    book.execute("drop view given")
    if isinstance(expected, Path):
        book.execute("detach warehouse")
    if not count:
        raise IncompleteExpectedTests("expected_tests is empty: there is nothing to judge")
    if without:
        raise IncompleteExpectedTests("expected_tests has a NULL")


def _check_expected(book: duckdb.DuckDBPyConnection) -> None:
    """Raises IncompleteExpectedTests with one example of each misfit."""
    book.execute(_ANSWERS)
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
