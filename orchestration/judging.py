"""Third stage of a load: judged tables out of the warehouse, verdict rows into Parquet.

Standing between the rooms: the judge knows frames, not files; dbt knows verdict rows as a source, not the judge.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

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


def read_judged(var: Path) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The judged tables and the expected tests of the load in hand, as pandas frames (GX reads nothing else)."""
    import duckdb

    with duckdb.connect(str(var / "warehouse.duckdb"), read_only=True) as book:
        frames = {
            table: book.sql(f"from metrics.{table} order by year, county, subject_id").df() for table in JUDGED_TABLES
        }
        expected = book.sql("from metrics.expected_tests order by all").df()
    return frames, expected


_judgements: dict[str, Judgement] = {}


def judgement_of(var: Path, state: LoadState) -> Judgement:
    """The judgement of the load in hand: kept while its run lasts, made again where a stage is run by itself.

    Raises what `expectations.judge.judge` raises: each of those is an error of ours and stops the load.
    """
    if state.run_id not in _judgements:
        go_quiet()
        from expectations.judge import judge

        frames, expected = read_judged(var)
        _judgements.clear()
        _judgements[state.run_id] = judge(frames, expected, DEFAULT_STANDARD)
    return _judgements[state.run_id]


def judge_load(var: Path, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    """Judge every partition of the load in one run, land the verdict rows, and sum them up by indicator."""
    progress.report("判定", "比对 B1–B31")
    return judge_process.run(_judge_load, var, state)


def _judge_load(var: Path, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    _judgements.clear()
    judgement = judgement_of(var, state)
    # Grouped once: picking each partition's rows out of all would cost by the square of the partitions.
    grouped = judgement.verdicts.groupby(["year", "county"])
    rows = {cast("tuple[int, str]", key): part for key, part in grouped}
    for partition in state.sound:
        _write(rows[partition.key], var, *partition.key)
    return summarise(judgement, state)


def _write(rows: pd.DataFrame, var: Path, year: int, county: str) -> None:
    folder = var / "verdicts" / f"year={year}" / f"county={county}"
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / "data.parquet.partial"
    rows.to_parquet(partial, index=False)
    os.replace(partial, folder / "data.parquet")  # noqa: PTH105 - atomic on every system


def summarise(judgement: Judgement, state: LoadState) -> dict[tuple[int, str], dict[str, IndicatorSummary]]:
    """Counts and names by partition and indicator, for Dagster's checks."""
    names = {
        (int(year), str(county), str(subject)): str(name)
        for frame in judgement.frames.values()
        for year, county, subject, name in frame[["year", "county", "subject_id", "subject_name"]].itertuples(
            index=False
        )
    }
    summaries = {
        partition.key: {indicator: IndicatorSummary() for indicator in indicators()} for partition in state.sound
    }
    rows = judgement.verdicts[judgement.verdicts["verdict"] != "met"]
    for year, county, test, subject, verdict in rows[["year", "county", "test_id", "subject_id", "verdict"]].itertuples(
        index=False
    ):
        summary = summaries[int(year), str(county)][str(test).split(".", 1)[0]]
        if verdict == "not_met":
            summary.not_met += 1
        else:
            summary.missing += 1
        name = names.get((int(year), str(county), str(subject)), str(subject))
        if name not in summary.subjects and len(summary.subjects) < MOST_NAMES:
            summary.subjects.append(name)
    return summaries
