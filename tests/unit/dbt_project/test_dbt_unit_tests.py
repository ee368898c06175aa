"""dbt's own unit tests (the split, the coefficient, the rules, exact shortfalls) run with the others."""

from __future__ import annotations

from tests.unit.dbt_project.warehouse import Warehouse, run_dbt

NAMES = {
    "share_of_a_nine_year_school", "figures_are_exact_and_missing_values_spread",
    "coefficient_of_the_published_example", "shares_of_the_variance_sum_to_one",
    "section_rule", "school_rule", "shortfalls_are_exact", "who_counts_in_the_catchment_ratio",
    "a_figure_never_reads_as_the_limit_it_misses",
}  # fmt: skip


def test_unit_tests_of_the_project_pass(book: Warehouse) -> None:
    # dbt takes the types of its fixtures from tables that exist: those of the scenarios.
    outcome = run_dbt("test", book.var, "--select", "test_type:unit")
    assert {result.node.name: str(result.status) for result in outcome.result.results} == dict.fromkeys(NAMES, "pass")
