"""Properties of the coefficient of variation and of the split, on the very SQL that dbt compiles."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.dbt_project.warehouse import Warehouse, run_dbt

Section = tuple[int, int]  # pupils, numerator
sections = st.lists(st.tuples(st.integers(1, 4000), st.integers(1, 10**7)), min_size=1, max_size=40)


@pytest.fixture(scope="module")
def compiled(book: Warehouse) -> dict[str, str]:
    """Model name → the SQL dbt runs."""
    models = ("fct_county_balance", "int_section_shares")
    outcome = run_dbt("compile", book.var, "--select", *models)
    return {result.node.name: result.node.compiled_code for result in outcome.result.results}


@pytest.fixture(scope="module")
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory that bears the warehouse's name, with the tables the two models read."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        for schema in ("metrics", "seeds", "staging"):
            connection.execute(f"create schema {schema}")
        connection.execute("create table seeds.section_indicators as select 'B6' as indicator")
        connection.execute("""
            create table metrics.int_roster_united (year integer, county varchar, is_reported boolean);
            create table metrics.fct_section_metrics (
                year integer, county varchar, school_code varchar, level varchar, indicator varchar,
                per_units integer, numerator double, denominator double, value double);
            create table staging.stg_school_levels (
                year integer, county varchar, school_code varchar, level varchar, pupils bigint);
            create table seeds.level_weights as
                select unnest(['primary', 'junior', 'senior']) as level,
                    unnest([1.00, 1.10, 1.32]::decimal(4, 2)[]) as weight
        """)
        yield connection


def balance(
    memory: duckdb.DuckDBPyConnection, sql: str, rows: Sequence[Section], order: Sequence[int] | None = None
) -> tuple[float, float, float]:
    """Mean, standard deviation and coefficient of one level."""
    landed = [
        (2017, "370321", f"{index:010}", "primary", "B6", 1, float(total), float(pupils), total / pupils)
        for index, (pupils, total) in enumerate(rows)
    ]
    memory.execute("delete from metrics.fct_section_metrics")
    memory.executemany(
        "insert into metrics.fct_section_metrics values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [landed[index] for index in order or range(len(landed))],
    )
    found = memory.execute(f"select mean, standard_deviation, cv from ({sql})").fetchall()
    assert len(found) == 1
    return found[0]


@settings(max_examples=60)
@given(rows=sections)
def test_agrees_with_exact_fractions(
    memory: duckdb.DuckDBPyConnection, compiled: dict[str, str], rows: list[Section]
) -> None:
    mean, deviation, cv = balance(memory, compiled["fct_county_balance"], rows)
    pupils = sum(row[0] for row in rows)
    exact_mean = Fraction(sum(row[1] for row in rows), pupils)
    variance = sum(p * (Fraction(total, p) - exact_mean) ** 2 for p, total in rows) / pupils
    assert mean == pytest.approx(float(exact_mean), rel=1e-12)
    assert deviation == pytest.approx(float(variance) ** 0.5, rel=1e-9, abs=1e-9 * float(exact_mean))
    assert cv == pytest.approx(float(variance / exact_mean**2) ** 0.5, rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(rows=sections, factor=st.integers(2, 10**6))
def test_scaling_every_school_changes_no_coefficient(
    memory: duckdb.DuckDBPyConnection, compiled: dict[str, str], rows: list[Section], factor: int
) -> None:
    sql = compiled["fct_county_balance"]
    scaled = [(pupils, total * factor) for pupils, total in rows]
    assert balance(memory, sql, scaled)[2] == pytest.approx(balance(memory, sql, rows)[2], rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(pupils=st.lists(st.integers(1, 4000), min_size=1, max_size=40), each=st.integers(1, 3000))
def test_equal_schools_have_none(
    memory: duckdb.DuckDBPyConnection, compiled: dict[str, str], pupils: list[int], each: int
) -> None:
    assert balance(memory, compiled["fct_county_balance"], [(p, p * each) for p in pupils])[2] == 0


@settings(max_examples=40)
@given(rows=sections, seed=st.integers())
def test_the_order_of_rows_changes_no_bit(
    memory: duckdb.DuckDBPyConnection, compiled: dict[str, str], rows: list[Section], seed: int
) -> None:
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    sql = compiled["fct_county_balance"]
    assert balance(memory, sql, rows, order) == balance(memory, sql, rows)


@settings(max_examples=40)
@given(pupils=st.lists(st.integers(1, 4000), min_size=3, max_size=3), present=st.sets(st.integers(0, 2), min_size=1))
def test_shares_of_a_school_make_a_whole(
    memory: duckdb.DuckDBPyConnection, compiled: dict[str, str], pupils: list[int], present: set[int]
) -> None:
    memory.execute("delete from staging.stg_school_levels")
    levels = ("primary", "junior", "senior")
    for index in present:
        memory.execute(
            "insert into staging.stg_school_levels values (2017, '370321', '1', ?, ?)", [levels[index], pupils[index]]
        )
    shares = {
        str(level): Fraction(int(weight), int(total))
        for level, weight, total in memory.execute(
            f"select level, share_weight, share_total from ({compiled['int_section_shares']})"
        ).fetchall()
    }
    assert sum(shares.values()) == 1
    if present == {0, 1}:
        assert shares["primary"] == Fraction(10 * pupils[0], 10 * pupils[0] + 11 * pupils[1])
    if present == {1, 2}:
        assert shares["junior"] == Fraction(10 * pupils[1], 10 * pupils[1] + 12 * pupils[2])
