"""Puts the expected tests beside the states of the judged tables, and finds whatever does not fit."""

from __future__ import annotations

import duckdb

from expectations.faults import IncompleteExpectedTests

EXPECTED_COLUMNS = ("year", "county", "test_id", "subject_type", "subject_id", "incomplete")
UNREPORTED = ".unreported"
_ROW_OF_TEST = "t.table_no = r.table_no and g.year = r.year and g.county = r.county and g.subject_id = r.subject_id"

# The verdict of each expected test. What it is called is looked up where somebody asks, by the numbers of the test and
# of the judged row.
_ANSWERS = """
    create type verdict as enum ('met', 'not_met', 'missing');
    create table answers as
    select
        t.test_no,
        r.row_no,
        case
            when r.states[t.place] = 'f' then 'not_met'
            when r.states[t.place] = 'm' or (r.states[t.place] = 'p' and g.incomplete) then 'missing'
            -- A state is looked up, never assumed: an expected test without one is not met by default.
            when r.states[t.place] = 'p' then 'met'
        end::verdict as verdict,
        g.subject_type <> t.subject_type as is_of_another_kind
    from given g left join tests t on g.test_id = t.test_id left join judged_rows r on {row_of_test};
    -- How many tests of each group are expected of each row, and how many different ones: a bit stands for each.
    create table asked as
    select row_no, group_no, count(*) as number, bit_count(bit_or(1::bigint << place)) as different
    from answers join tests using (test_no)
    where row_no is not null group by all
"""
# What has no row in a judged table: schools that did not report, and what does not fit.
_UNPLACED = """
    create table unplaced as
    select g.*, t.test_no, ends_with(g.test_id, '{unreported}') as is_unreported,
        replace(g.test_id, '{unreported}', '') as indicator
    from given g left join tests t on g.test_id = t.test_id anti join judged_rows r on {row_of_test}
"""
# Every way in which expected tests and judged tables can fail to fit; each query lists the rows at fault.
_MISFITS = {
    "expected twice": """
        select test_id, year, county, subject_id
        from (
            select r.year, r.county, r.subject_id, t.test_id
            from answers a join judged_rows r using (row_no) join tests t using (test_no)
            where row_no in (select row_no from asked where number <> different)
            union all
            select year, county, subject_id, test_id from unplaced
        )
        group by all having count(*) > 1
    """,
    "an unknown test": """
        select test_id, year, county, subject_id from unplaced where test_no is null and not is_unreported
    """,
    "an unknown indicator that was not reported": """
        select test_id, year, county, subject_id from unplaced anti join tests using (indicator) where is_unreported
    """,
    "a test of another kind of subject": """
        select test_id, year, county, subject_id
        from answers join tests using (test_no) join judged_rows using (row_no) where is_of_another_kind
    """,
    "a subject without a row in the judged table": """
        select test_id, year, county, subject_id from unplaced where test_no is not null
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
        select year, county from (
            select year, county from judged_rows union select year, county from unplaced
        ) p
        where not exists (from judged_counties c where c.year = p.year and c.county = p.county)
            or not exists (from judged_conclusions c where c.year = p.year and c.county = p.county)
    """,
    "a test without a verdict": "select * from answers where row_no is not null and verdict is null",
}
# Names as numbers of a few words each: Parquet takes them as they are. `verdicts` has them as text.
_VERDICTS = """
    create type test_name as enum (
        select test_id from tests union select distinct indicator || '{unreported}' from tests
    );
    create type subject_type as enum (select distinct subject_type from tests);
    create type standard as enum ('{edition}');
    create view coded_verdicts as
    with named as (
        select test_no, test_id::test_name as test_id, subject_type::subject_type as subject_type from tests
    )
    select
        year::integer as year, county, '{edition}'::standard as standard, test_id, subject_type, subject_id, verdict
    from answers join named using (test_no) join judged_rows using (row_no)
    union all
    select
        year::integer, county, '{edition}'::standard, test_id::test_name, subject_type::subject_type, subject_id,
        'missing'::verdict
    from unplaced;
    create view verdicts as
    select * replace (
        standard::varchar as standard, test_id::varchar as test_id, subject_type::varchar as subject_type,
        verdict::varchar as verdict
    ) from coded_verdicts
"""


def answer_expected(book: duckdb.DuckDBPyConnection, expected: duckdb.DuckDBPyRelation) -> None:
    """Make `answers`: a verdict for each row of ``expected`` (EXPECTED_COLUMNS), from the states of `list_states`.

    Those without a row in a judged table stand in `unplaced`, by name; `asked` counts the others by row and group.

    Raises IncompleteExpectedTests for absent columns, no rows, or a NULL.
    """
    absent = [name for name in EXPECTED_COLUMNS if name not in expected.columns]
    if absent:
        raise IncompleteExpectedTests(f"expected_tests lacks the columns {', '.join(absent)}")
    expected.project(
        "year::bigint as year, county::varchar as county, test_id::varchar as test_id, "
        "subject_type::varchar as subject_type, subject_id::varchar as subject_id, incomplete::boolean as incomplete"
    ).create_view("given")
    lacking = " or ".join(f"{name} is null" for name in EXPECTED_COLUMNS)
    [[asked, without]] = book.execute(f"select count(*), count(*) filter ({lacking}) from given").fetchall()  # noqa: S608 - names of our own columns
    if not asked:
        raise IncompleteExpectedTests("expected_tests is empty: there is nothing to judge")
    if without:
        raise IncompleteExpectedTests("expected_tests has a NULL")
    book.execute(_ANSWERS.format(row_of_test=_ROW_OF_TEST))
    [[answered, placed]] = book.execute("select count(*), count(row_no) from answers").fetchall()
    # Most loads have none, and looking for them costs as much as the answers.
    some = "" if placed < answered else " limit 0"
    book.execute(_UNPLACED.format(unreported=UNREPORTED, row_of_test=_ROW_OF_TEST) + some)
    book.execute("drop view given")
    [[unplaced]] = book.execute("select count(*) from unplaced").fetchall()
    if not asked == answered == placed + unplaced:
        raise IncompleteExpectedTests(f"{asked} tests expected, {placed} + {unplaced} answers")


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


def name_verdicts(book: duckdb.DuckDBPyConnection, edition: str) -> None:
    """Make the views `verdicts` (all text but the year) and `coded_verdicts` (the same, few words as enumerations)."""
    book.execute(_VERDICTS.format(edition=edition, unreported=UNREPORTED))
