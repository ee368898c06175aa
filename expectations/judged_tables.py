"""Brings the judged tables into the one shape that both judges read: DOUBLE or VARCHAR, NULL where nothing is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pandas as pd

from expectations.faults import JudgementError
from expectations.sql import identifier
from expectations.suites import Suite

KEY = ("year", "county", "subject_id")
DECIMALS = 10  # only removes float noise (rules.md §2): values are never rounded for print before judging
_NUMBERS = {
    "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint", "uhugeint",
    "float", "double", "decimal",
}  # fmt: skip


def prepare_tables(
    book: duckdb.DuckDBPyConnection, given: Mapping[str, duckdb.DuckDBPyRelation], suites: Sequence[Suite]
) -> None:
    """One table of ``book`` a suite, by the suite's name: year (BIGINT), county, subject_id,
    subject_name (VARCHAR), then the judged columns.

    ``given``: the judged tables as they are. Numbers become doubles rounded to 10 decimals. Raises JudgementError for
    an absent table or column, a repeated subject, text where a number belongs, a number where text belongs, or an
    infinite value.
    """
    for suite in suites:
        table = suite.judged_table
        if table not in given:
            raise JudgementError(f"judged table {table} is absent")
        rows = given[table]
        columns = judged_columns(suite)
        absent = [name for name in (*KEY, "subject_name", *columns) if name not in rows.columns]
        if absent:
            raise JudgementError(f"{table} lacks the columns {', '.join(absent)}")
        numbers = [name for name, is_number in columns.items() if is_number]
        texts = ["county", "subject_id", "subject_name", *(name for name in columns if name not in numbers)]
        shaped = ["year::bigint as year", *(_text(rows, table, name) for name in texts)]
        shaped += [_number(rows, table, name) for name in numbers]
        rows.project(", ".join(shaped)).create(table)
        _check_rows(book, table, numbers)


def judged_columns(suite: Suite) -> dict[str, bool]:
    """The columns a suite reads, in its order; True where they hold numbers, False for text."""
    columns: dict[str, bool] = {}
    for test in suite.tests:
        for name in (test.judged_column, test.required_column):
            if name is not None:
                columns[name] = test.direction != "in_set"
    return columns


def judged_values(book: duckdb.DuckDBPyConnection, suite: Suite) -> pd.DataFrame:
    """What a suite reads, and nothing else: names and codes would cost Great Expectations more than the figures."""
    return book.table(suite.judged_table).project(", ".join(map(identifier, judged_columns(suite)))).df()


def _check_rows(book: duckdb.DuckDBPyConnection, table: str, numbers: Sequence[str]) -> None:
    rows = book.table(table)
    if rows.filter(" or ".join(f"{name} is null" for name in KEY)).limit(1).fetchall():
        raise JudgementError(f"{table} has a row without year, county or subject_id")
    twice = rows.aggregate(", ".join((*KEY, "count(*) as number"))).filter("number > 1").order(", ".join(KEY)).limit(1)
    for key in twice.fetchall():
        raise JudgementError(f"{table} has a subject twice: {' '.join(str(value) for value in key[:-1])}")
    infinite = [f"bool_or(isinf({identifier(name)}))" for name in numbers]
    if infinite:
        for name, found in zip(numbers, rows.aggregate(", ".join(infinite)).fetchall()[0], strict=True):
            if found:
                raise JudgementError(f"{table}.{name} holds an infinite value")


def _number(rows: duckdb.DuckDBPyRelation, table: str, name: str) -> str:
    if _type_of(rows, name) in _NUMBERS:
        # What is not a number (0 of 0) is no value: it would pass every comparison.
        return f"nullif(round({identifier(name)}::double, {DECIMALS}), 'nan'::double) as {identifier(name)}"
    if _has_values(rows, name):
        raise JudgementError(f"{table}.{name} holds text where a number belongs")
    return f"null::double as {identifier(name)}"


def _text(rows: duckdb.DuckDBPyRelation, table: str, name: str) -> str:
    if _type_of(rows, name) == "varchar":
        return identifier(name)
    if _has_values(rows, name):
        raise JudgementError(f"{table}.{name} holds something other than text")
    return f"null::varchar as {identifier(name)}"


def _type_of(rows: duckdb.DuckDBPyRelation, name: str) -> str:
    return str(rows.types[rows.columns.index(name)].id)


def _has_values(rows: duckdb.DuckDBPyRelation, name: str) -> bool:
    return bool(rows.filter(f"{identifier(name)} is not null").limit(1).fetchall())
