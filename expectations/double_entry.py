"""The second judge: SQL rendered from the same suites, giving a state to every (subject × test).

Great Expectations counts exactly but costs a hundred times more to list rows. So it counts, this lists, and
judge.py compares the two for every test. States: `passing`, `failing`, `missing` (a value is NULL).
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from expectations.sql import identifier, literal
from expectations.suites import EVERY_ROW, JudgedTest, Suite

_TESTS = """
    create table tests as
    select
        row_number() over (order by table_no, place) as test_no, test_id, indicator, subject_type, table_no, place,
        dense_rank() over (order by table_no, concerns) as group_no
    from described;
    create table test_groups as
    select group_no, table_no, judged_table, concerns, concerns = {every_row} as is_of_every_row, count(*) as size
    from described join tests using (test_id, table_no) group by all;
    drop view described
"""
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
    described = [
        (test.test_id, test.indicator, test.subject_type, table_no, place, suite.judged_table, test.concerns)
        for table_no, suite in enumerate(suites)
        for place, test in enumerate(suite.tests, 1)
    ]
    columns = pd.Index(["test_id", "indicator", "subject_type", "table_no", "place", "judged_table", "concerns"])
    book.from_df(pd.DataFrame(described, columns=columns)).create_view("described")
    book.execute(_TESTS.format(every_row=literal(EVERY_ROW)))
    rows = " union all ".join(
        f"select {table_no} as table_no, year, county, subject_id, "  # noqa: S608 - quoted, and our own
        f"{' || '.join(map(state_letter, suite.tests))} as states from {identifier(suite.judged_table)}"
        for table_no, suite in enumerate(suites)
    )
    book.execute(f"create table judged_rows as select (row_number() over ())::integer as row_no, * from ({rows})")  # noqa: S608
    book.execute(_STATES)


def state_letter(test: JudgedTest) -> str:
    """The expression that gives a row of the test's table its state: p passing, f failing, m missing."""
    value = identifier(test.judged_column)
    missing = f"{value} is null"
    if test.required_column is not None:
        required = identifier(test.required_column)
        missing += f" or {required} is null"
        failing = f"{value} < {required}"
    elif test.direction == "in_set":
        failing = f"{value} not in ({', '.join(literal(one) for one in test.accepted or ())})"
    else:
        beyond = "<" if test.direction == "min" else ">"
        failing = f"{value} {beyond}{'=' if test.strict else ''} cast('{test.limit!r}' as double)"
    return f"case when {missing} then 'm' when {failing} then 'f' else 'p' end"
