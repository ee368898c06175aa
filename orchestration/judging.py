"""Third stage of a load: judged tables out of the warehouse, verdict rows into Parquet.

Standing between the rooms: dbt knows verdict rows as a source, not the judge; the judge knows tables, not dbt.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from orchestration import judge_process, progress
from orchestration.settings import go_quiet
from orchestration.workspace import LoadState

if TYPE_CHECKING:
    from expectations.judge import Judgement

MOST_NAMES = 200
# year, county, indicator, tests not met, tests missing, names of the subjects behind them
_Unmet: TypeAlias = tuple[int, str, str, int, int, list[str]]


@dataclass(frozen=True, slots=True)
class IndicatorSummary:
    """Of one indicator in one partition: tests not met and missing, and the subjects behind them."""

    not_met: int = 0
    missing: int = 0
    subjects: Sequence[str] = ()


@cache
def indicators(edition: str) -> dict[str, str]:
    """Indicator → title, in the order of the rule."""
    from expectations.suites import load_suites

    tests = sorted((test for suite in load_suites(edition) for test in suite.tests), key=lambda test: test.position)
    return {test.indicator: test.title for test in tests}


_judgements: dict[str, Judgement] = {}


def judgement_of(var: Path, state: LoadState) -> Judgement:
    """The judgement of the load in hand: kept while its run lasts, made again where a stage is run by itself.

    Raises what `expectations.judge.judge_warehouse` raises: each of those is an error of ours and stops the load.
    """
    if state.run_id not in _judgements:
        go_quiet()
        from expectations.judge import judge_warehouse

        _judgements.clear()
        _judgements[state.run_id] = judge_warehouse(var / "warehouse.duckdb", state.standard)
    return _judgements[state.run_id]


def judge_load(var: Path, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    """Judge every partition of the load in one run, land the verdict rows, and sum them up by indicator."""
    progress.report("判定", "比对 B1–B31")
    counted = judge_process.run(_judge_load, var, state)
    names = indicators(state.standard)
    summaries = {partition.key: dict.fromkeys(names, IndicatorSummary()) for partition in state.sound}
    for year, county, indicator, not_met, missing, subjects in counted:
        summaries[year, county][indicator] = IndicatorSummary(not_met, missing, subjects)
    return summaries


def _judge_load(var: Path, state: LoadState) -> list[_Unmet]:
    _judgements.clear()
    judgement = judgement_of(var, state)
    folder = var / "verdicts"
    folder.mkdir(exist_ok=True)
    partial = folder / "data.parquet.partial"
    judgement.write_verdicts(partial)
    os.replace(partial, folder / "data.parquet")  # noqa: PTH105 - atomic on every system
    return unmet_by_indicator(judgement)


def unmet_by_indicator(judgement: Judgement) -> list[_Unmet]:
    """Of each partition and indicator that has any: tests not met, tests missing, and the names behind them."""
    tables = " union all ".join(
        f"select year, county, subject_id, subject_name from {suite.judged_table}"  # noqa: S608 - names of our own tables
        for suite in judgement.suites
    )
    counted = judgement.book.execute(
        f"""
        with unmet as materialized (
            select year, county, split_part(test_id, '.', 1) as indicator, verdict, subject_id
            from verdicts where verdict <> 'met'
        ),
        subjects as (
            select year, county, subject_id, any_value(subject_name) as subject_name
            from ({tables}) semi join unmet using (year, county, subject_id) group by all
        )
        select
            year, county, indicator, count(*) filter (verdict = 'not_met'), count(*) filter (verdict = 'missing'),
            list(distinct coalesce(subject_name, subject_id) order by coalesce(subject_name, subject_id))[:{MOST_NAMES}]
        from unmet left join subjects using (year, county, subject_id) group by all
        """  # noqa: S608
    ).fetchall()
    return cast("list[_Unmet]", counted)
