"""The second judge: SQL rendered from the same suites, giving a state to every (subject × test).

Great Expectations counts exactly but costs a hundred times more to list rows. So it counts, this lists, and
judge.py compares the two for every test. States: `passing`, `failing`, `missing` (a value is NULL).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd

from expectations.suites import JudgedTest, Suite


def open_book(frames: Mapping[str, pd.DataFrame], suites: Sequence[Suite]) -> duckdb.DuckDBPyConnection:
    """An in-memory database with the prepared frames, `tests`, `subjects`, `judged` and `states`.

    `judged`: test_no, subject_no, state; exactly one row a (row of the judged table × test). Numbers stand for the
    names in `tests` (test_no) and `subjects` (subject_no: one for each year, county and subject_id), since millions of
    rows are compared by them. `states`: the same rows with test_id, year, county, subject_id, state.
    """
    book = duckdb.connect(":memory:")
    tests = [test for suite in suites for test in suite.tests]
    for suite in suites:
        book.from_df(frames[suite.judged_table]).create(suite.judged_table)
    columns = ("test_id", "indicator", "judged_table", "subject_type", "concerns")
    described = pd.DataFrame({name: [getattr(test, name) for test in tests] for name in columns}, dtype="str")
    described.insert(0, "test_no", pd.Series(range(len(tests)), dtype="int16"))
    book.from_df(described).create("tests")
    keys = " union ".join(f"select year, county, subject_id from {_name(suite.judged_table)}" for suite in suites)  # noqa: S608
    book.execute(f"create table subjects as select row_number() over ()::integer as subject_no, * from ({keys})")  # noqa: S608
    for suite in suites:
        table = _name(suite.judged_table)
        book.execute(f"create or replace table {table} as from {table} join subjects using (year, county, subject_id)")
    book.execute("create type state as enum ('passing', 'failing', 'missing')")
    book.execute("create table judged (test_no smallint, subject_no integer, state state)")
    for number, test in enumerate(tests):
        book.execute(f"insert into judged {state_query(test, number)}")
    book.execute(
        "create view states as select test_id, year, county, subject_id, state "
        "from judged join tests using (test_no) join subjects using (subject_no)"
    )
    return book


def state_query(test: JudgedTest, number: int) -> str:
    """The query that gives each row of the test's table its state, under the test's number."""
    value = _name(test.judged_column)
    missing = f"{value} is null"
    if test.required_column is not None:
        required = _name(test.required_column)
        missing += f" or {required} is null"
        failing = f"{value} < {required}"
    elif test.direction == "in_set":
        failing = f"{value} not in ({', '.join(_text(one) for one in test.accepted or ())})"
    else:
        beyond = "<" if test.direction == "min" else ">"
        failing = f"{value} {beyond}{'=' if test.strict else ''} cast('{test.limit!r}' as double)"
    state = f"case when {missing} then 'missing' when {failing} then 'failing' else 'passing' end"
    return f"select {number}, subject_no, {state} from {_name(test.judged_table)}"  # noqa: S608  # quoted, and our own


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
