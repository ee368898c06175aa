"""The second judge: SQL rendered from the same suites, giving a state to every (subject × test).

Great Expectations counts exactly but costs a hundred times more to list rows. So it counts, this lists, and
judge.py compares the two for every test. States: `passing`, `failing`, `missing` (a value is NULL).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from expectations.judged_tables import quoted
from expectations.suites import EVERY_ROW, JudgedTest, Suite

_STATES = """
    create view states as
    select
        test_id, year, county, subject_id,
        case states[place] when 'p' then 'passing' when 'f' then 'failing' when 'm' then 'missing' end as state
    from judged_rows join tests using (table_no)
"""


def list_states(book: duckdb.DuckDBPyConnection, suites: Sequence[Suite]) -> None:
    """Judge the tables that `prepare_tables` has made in ``book``.

    Makes `tests` (test_no, test_id, indicator, subject_type; table_no and place: where its letter stands in `states`;
    group_no: tests that concern the same rows), `test_groups` (group_no, table_no, judged_table, concerns,
    is_of_every_row, size), and `judged_rows` (row_no, table_no, year, county, subject_id, states): one row a row of a
    judged table, with one letter a test of that table, p, f or m. Millions of states are kept and compared that way;
    the view `states` (test_id, year, county, subject_id, state) spells them out.
    """
    tests: list[tuple[object, ...]] = []
    groups: dict[tuple[int, str], list[object]] = {}
    for table_no, suite in enumerate(suites):
        for place, test in enumerate(suite.tests, 1):
            group = groups.setdefault(
                (table_no, test.concerns),
                [len(groups), table_no, suite.judged_table, test.concerns, test.concerns == EVERY_ROW, 0],
            )
            group[-1] = int(str(group[-1])) + 1
            tests.append((len(tests), test.test_id, test.indicator, test.subject_type, table_no, place, group[0]))
    _create(book, "tests", ("test_no", "test_id", "indicator", "subject_type", "table_no", "place", "group_no"), tests)
    columns = ("group_no", "table_no", "judged_table", "concerns", "is_of_every_row", "size")
    _create(book, "test_groups", columns, list(groups.values()))
    rows = " union all ".join(
        f"select {table_no} as table_no, year, county, subject_id, "  # noqa: S608 - quoted, and our own
        f"{' || '.join(map(state_letter, suite.tests))} as states from {quoted(suite.judged_table)}"
        for table_no, suite in enumerate(suites)
    )
    book.execute(f"create table judged_rows as select (row_number() over ())::integer as row_no, * from ({rows})")  # noqa: S608
    book.execute(_STATES)


def state_letter(test: JudgedTest) -> str:
    """The expression that gives a row of the test's table its state: p passing, f failing, m missing."""
    value = quoted(test.judged_column)
    missing = f"{value} is null"
    if test.required_column is not None:
        required = quoted(test.required_column)
        missing += f" or {required} is null"
        failing = f"{value} < {required}"
    elif test.direction == "in_set":
        failing = f"{value} not in ({', '.join(_text(one) for one in test.accepted or ())})"
    else:
        beyond = "<" if test.direction == "min" else ">"
        failing = f"{value} {beyond}{'=' if test.strict else ''} cast('{test.limit!r}' as double)"
    return f"case when {missing} then 'm' when {failing} then 'f' else 'p' end"


def _create(
    book: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]
) -> None:
    book.from_df(pd.DataFrame(rows, columns=pd.Index(columns))).create(name)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
