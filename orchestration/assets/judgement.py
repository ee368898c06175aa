"""Stage 3: the judged tables → one verdict a row, each indicator an asset check of its own."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import judging
from orchestration.assets.context import LoadSettings, record_check, record_partitions

VERDICTS = dg.AssetKey(["judgement", "verdict_rows"])
GROUP = "judgement"


def build(
    judged_keys: list[dg.AssetKey], standard: str, partitions_def: dg.PartitionsDefinition[Any] | None
) -> dg.AssetsDefinition:
    """The judging stage by a standard edition, with or without partitions."""
    indicators = judging.indicators(standard)

    @dg.multi_asset(
        name="judge_indicators",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[
            dg.AssetSpec(
                VERDICTS,
                deps=judged_keys,
                description="逐项检验的结论：达标、不达标、数据缺失，每个对象每项检验一行",
                kinds={"greatexpectations", "parquet"},
            )
        ],
        check_specs=[
            dg.AssetCheckSpec(indicator, asset=VERDICTS, description=title) for indicator, title in indicators.items()
        ],
    )
    def judge_indicators(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = load.in_hand(context)
        summaries = judging.judge_load(load.var_folder, state)
        record_partitions(context, [VERDICTS], state.sound)
        yield dg.MaterializeResult(asset_key=VERDICTS, metadata={"partitions": len(state.sound)})
        for indicator in indicators:
            found = [(partition, summaries[partition.key][indicator]) for partition in state.sound]
            for partition, summary in found:
                record_check(context, _check(indicator, [summary]), VERDICTS, partition)
            yield _check(indicator, [summary for _, summary in found])

    return judge_indicators


def _check(indicator: str, summaries: list[judging.IndicatorSummary]) -> dg.AssetCheckResult:
    """A gap is a finding, not a failure of the load: WARN, with the count and who is behind it."""
    not_met = sum(summary.not_met for summary in summaries)
    missing = sum(summary.missing for summary in summaries)
    names = [name for summary in summaries for name in summary.subjects]
    return dg.AssetCheckResult(
        check_name=indicator,
        asset_key=VERDICTS,
        passed=not not_met and not missing,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"不达标": not_met, "数据缺失": missing, "对象": names},
    )
