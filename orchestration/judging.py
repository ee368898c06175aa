"""Third stage of a load: judged tables out of the warehouse, verdict rows into Parquet.

Standing between the rooms: the judge knows frames, not files; dbt knows verdict rows as a source, not the judge.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration import judge_process, progress
from orchestration.settings import DEFAULT_STANDARD, go_quiet
from orchestration.workspace import LoadState

if TYPE_CHECKING:
    import pandas as pd

    from expectations.judge import Judgement

JUDGED_TABLES = ("judged_sections_primary", "judged_sections_junior", "judged_schools", "judged_counties",
                 "judged_conclusions")  # fmt: skip
MOST_NAMES = 200


@dataclass
class IndicatorSummary:
    """Of one indicator in one partition: tests not met and missing, and the subjects behind them."""

    not_met: int = 0
    missing: int = 0
    subjects: list[str] = field(default_factory=lambda: [])


@cache
def indicators(edition: str = DEFAULT_STANDARD) -> dict[str, str]:
    """Indicator → title, in the order of the rule."""
    from expectations.suites import load_suites

    tests = sorted((test for suite in load_suites(edition) for test in suite.tests), key=lambda test: test.position)
    return {test.indicator: test.title for test in tests}


def read_judged(var: Path) -> dict[str, pd.DataFrame]:
    """The judged tables of the load in hand, as pandas frames (GX reads nothing else)."""
    import duckdb

    with duckdb.connect(str(var / "warehouse.duckdb"), read_only=True) as book:
        return {
            table: book.sql(f"from metrics.{table} order by year, county, subject_id").df() for table in JUDGED_TABLES
        }


_judgements: dict[str, Judgement] = {}


def judgement_of(var: Path, state: LoadState) -> Judgement:
    """The judgement of the load in hand: kept while its run lasts, made again where a stage is run by itself.

    Raises what `expectations.judge.judge` raises: each of those is an error of ours and stops the load.
    """
    if state.run_id not in _judgements:
        go_quiet()
        from expectations.judge import judge

        _judgements.clear()
        _judgements[state.run_id] = judge(read_judged(var), var / "warehouse.duckdb", DEFAULT_STANDARD)
    return _judgements[state.run_id]


def judge_load(var: Path, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    """Judge every partition of the load in one run, land the verdict rows, and sum them up by indicator."""
    progress.report("判定", "比对 B1–B31")
    return judge_process.run(_judge_load, var, state)


def _judge_load(var: Path, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    _judgements.clear()
    judgement = judgement_of(var, state)
    folder = var / "verdicts"
    folder.mkdir(exist_ok=True)
    partial = folder / "data.parquet.partial"
    judgement.write_verdicts(partial)
    os.replace(partial, folder / "data.parquet")  # noqa: PTH105 - atomic on every system
    return summarise(judgement, state)


def summarise(judgement: Judgement, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    """Counts and names by partition and indicator, for Dagster's checks."""
    summaries = {
        partition.key: {indicator: IndicatorSummary() for indicator in indicators()} for partition in state.sound
    }
    subjects = " union ".join(f"select year, county, subject_id, subject_name from {name}" for name in judgement.frames)  # noqa: S608 - names of our own tables
    counted = judgement.book.execute(
        f"""
        with named as (
            select
                v.year, v.county, split_part(v.test_id, '.', 1) as indicator, v.verdict,
                coalesce(s.subject_name, v.subject_id) as name
            from verdicts v left join ({subjects}) s using (year, county, subject_id)
            where v.verdict <> 'met'
        )
        select
            year, county, indicator, count(*) filter (verdict = 'not_met'), count(*) filter (verdict = 'missing'),
            list(distinct name order by name)[:{MOST_NAMES}]
        from named group by all
        """  # noqa: S608
    ).fetchall()
    for year, county, indicator, not_met, missing, names in counted:
        summaries[int(year), str(county)][str(indicator)] = IndicatorSummary(int(not_met), int(missing), list(names))
    return summaries
