"""Puts the expected tests beside the states of the judged tables, and finds whatever does not fit."""

from __future__ import annotations

import duckdb

from expectations.faults import IncompleteExpectedTests

EXPECTED_COLUMNS = ("year", "county", "test_id", "subject_type", "subject_id", "incomplete")
UNREPORTED = ".unreported"

# Each expected test with the state it found. The name of a test is kept where no number stands for it: schools that did
# not report, and what nobody knows.
_ANSWERS = """
    create table answers as
    select
        g.year, g.county, g.subject_type, g.subject_id, g.incomplete, t.test_no, r.row_no,
        case when t.test_no is null then g.test_id end as test, r.states[t.place] as state
    from given g
    left join tests t on g.test_id = t.test_id
    left join judged_rows r
        on t.table_no = r.table_no and g.year = r.year and g.county = r.county and g.subject_id = r.subject_id;
    create view unknown_answers as
    select *, replace(test, '{unreported}', '') as indicator, ends_with(test, '{unreported}') as unreported
    from answers where test_no is null;
    -- How many tests of each group are expected of each row, and how many different ones: a bit stands for each.
    create table asked as
    select row_no, group_no, count(*) as number, bit_count(bit_or(1::hugeint << place)) as different
    from answers join tests using (test_no)
    where row_no is not null group by all
"""
# Every way in which expected tests and judged tables can fail to fit; each query lists the rows at fault.
_MISFITS = {
    "expected twice": """
        select coalesce(test, test_id) as test, year, county, subject_id from answers left join tests using (test_no)
        where row_no is null or row_no in (select row_no from asked where number <> different)
        group by all having count(*) > 1
    """,
    "an unknown test": "select test, year, county, subject_id from unknown_answers where not unreported",
    "an unknown indicator that was not reported": """
        select test, year, county, subject_id from unknown_answers anti join tests using (indicator) where unreported
    """,
    "a test of another kind of subject": """
        select t.test_id, a.year, a.county, a.subject_id, a.subject_type
        from answers a join tests t using (test_no) where a.subject_type <> t.subject_type
    """,
    "a subject without a row in the judged table": """
        select test_id, year, county, subject_id from answers join tests using (test_no) where row_no is null
    """,
    "a value that no expected test judges": """
        select test_id, year, county, subject_id
        from (
            select row_no, group_no from judged_rows join test_groups using (table_no)
            anti join asked using (row_no, group_no) where not is_of_every_row
        )
        join tests using (group_no) join judged_rows using (row_no) where states[place] <> 'm'
    """,
    "a test of every row that is not expected": """
        select judged_table, year, county, subject_id, coalesce(number, 0) as expected, size
        from judged_rows join test_groups using (table_no) left join asked using (row_no, group_no)
        where is_of_every_row and number is distinct from size
    """,
    "a group of tests that is expected in part only": """
        select judged_table, year, county, subject_id, concerns, number as expected, size
        from asked join test_groups using (group_no) join judged_rows using (row_no)
        where not is_of_every_row and number <> size
    """,
    "a partition without its county rows": """
        select year, county from (select year, county from judged_rows union select year, county from answers) p
        where not exists (from judged_counties c where c.year = p.year and c.county = p.county)
            or not exists (from judged_conclusions c where c.year = p.year and c.county = p.county)
    """,
}


def answer_expected(book: duckdb.DuckDBPyConnection, expected: duckdb.DuckDBPyRelation) -> None:
    """Make `answers`: the rows of ``expected`` (EXPECTED_COLUMNS), each with the state that `list_states` found for it.

    Raises IncompleteExpectedTests for absent columns, no rows, or a NULL.
    """
    absent = [name for name in EXPECTED_COLUMNS if name not in expected.columns]
    if absent:
        raise IncompleteExpectedTests(f"expected_tests lacks the columns {', '.join(absent)}")
    expected.project(
        "year::bigint as year, county::varchar as county, test_id::varchar as test_id, "
        "subject_type::varchar as subject_type, subject_id::varchar as subject_id, incomplete::boolean as incomplete"
    ).create_view("given")
    book.execute(_ANSWERS.format(unreported=UNREPORTED))
    [[asked, answered, without]] = book.execute(
        """
        select
            (select count(*) from given),
            count(*),
            count(*) filter (
                year is null or county is null or subject_type is null or subject_id is null or incomplete is null
                or (test_no is null and test is null)
            )
        from answers
        """
    ).fetchall()
    book.execute("drop view given")
    if not asked:
        raise IncompleteExpectedTests("expected_tests is empty: there is nothing to judge")
    if without:
        raise IncompleteExpectedTests("expected_tests has a NULL")
    if asked != answered:
        raise IncompleteExpectedTests(f"{asked} tests expected, {answered} answers")


def check_answers(book: duckdb.DuckDBPyConnection) -> None:
    """Raises IncompleteExpectedTests with one example of each misfit."""
    found: list[str] = []
    for name, query in _MISFITS.items():
        misfits = book.sql(query).df()
        if len(misfits):
            first = misfits.sort_values(list(misfits.columns)).iloc[0].to_dict()
            found.append(f"{name} ({len(misfits)}), e.g. " + ", ".join(f"{k}={v}" for k, v in first.items()))
    if found:
        raise IncompleteExpectedTests("expected_tests and the judged tables do not fit:\n" + "\n".join(found))
