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
    """An in-memory database with the prepared frames, `tests`, and `states`.

    `states`: test_id, year, county, subject_id, state; exactly one row a (row of the judged table × test).
    """
    book = duckdb.connect(":memory:")
    tests = [test for suite in suites for test in suite.tests]
    for suite in suites:
        book.from_df(frames[suite.judged_table]).create(suite.judged_table)
    columns = ("test_id", "indicator", "judged_table", "subject_type", "concerns")
    described = pd.DataFrame({name: [getattr(test, name) for test in tests] for name in columns}, dtype="str")
    book.from_df(described).create("tests")
    book.execute("create table states as " + " union all ".join(state_query(test) for test in tests))
    return book


def state_query(test: JudgedTest) -> str:
    """The query that gives each row of the test's table its state."""
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
    parts = (
        f"{_text(test.test_id)} as test_id, year, county, subject_id",
        f"case when {missing} then 'missing' when {failing} then 'failing' else 'passing' end as state",
    )
    return f"select {', '.join(parts)} from {_name(test.judged_table)}"  # noqa: S608  # quoted, and our own


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
