"""What every stage shares: the settings of a load, its partitions, and how events are reported per partition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg

from orchestration.begin import begin_load
from orchestration.history import alive, close_orphans
from orchestration.settings import DEFAULT_STANDARD
from orchestration.workspace import LoadState, NothingInHandError, PartitionState, new_run_id, read_state

YEAR, COUNTY = "year", "county"


def partitions_of(partitions: Iterable[tuple[int, str]]) -> dg.MultiPartitionsDefinition:
    """Year × county, from the folders there are.

    Static on purpose: dynamic partitions are looked up in Dagster's database several times for every event, which
    cost a load seconds. A county that is new shows up when the web interface reloads its definitions.
    """
    pairs = list(partitions)
    return dg.MultiPartitionsDefinition(
        {
            YEAR: dg.StaticPartitionsDefinition(sorted({str(year) for year, _ in pairs})),
            COUNTY: dg.StaticPartitionsDefinition(sorted({county for _, county in pairs})),
        }
    )


def partition_key(year: int, county: str) -> dg.MultiPartitionKey:
    """Dagster's key of one year and county."""
    return dg.MultiPartitionKey({YEAR: str(year), COUNTY: county})


class LoadSettings(dg.ConfigurableResource[Any]):
    """Folders and mode of a load. ``partitions`` ('2017/370321', …) is what an unpartitioned run loads."""

    raw: str = "raw"
    var: str = "var"
    provisional: bool = False
    standard: str = DEFAULT_STANDARD
    partitions: list[str] = []  # noqa: RUF012 - a pydantic field, copied for each instance

    @property
    def raw_folder(self) -> Path:
        """Where the returns lie."""
        return Path(self.raw)

    @property
    def var_folder(self) -> Path:
        """The working folder."""
        return Path(self.var)

    def wanted(self, context: dg.AssetExecutionContext) -> list[tuple[int, str]]:
        """Partitions of this run: its own partition keys where it has any, else the configured list."""
        if context.has_partition_key:
            keys = context.partition_key
            assert isinstance(keys, dg.MultiPartitionKey)  # noqa: S101 - the only partitions these assets have
            return [(int(keys.keys_by_dimension[YEAR]), keys.keys_by_dimension[COUNTY])]
        return [(int(year), county) for year, county in (text.split("/") for text in self.partitions)]

    def in_hand(self, context: dg.AssetExecutionContext) -> LoadState:
        """The load in hand, which a stage goes on with.

        Raises NothingInHandError where no returns have been read, or those of other partitions than this run's.
        """
        state = read_state(self.var_folder)
        wanted, read = set(self.wanted(context)), {partition.key for partition in state.partitions}
        if wanted != read:
            raise NothingInHandError(
                f"手中的是 {_named(read)} 的填报表，不是 {_named(wanted)} 的：请从读取（returns）这一步起运行。"
            )
        return state

    def run_id(self, context: dg.AssetExecutionContext) -> str:
        """Name of the run for people and files."""
        return new_run_id(context.run.run_id)


def _named(partitions: Iterable[tuple[int, str]]) -> str:
    return "、".join(f"{year}/{county}" for year, county in sorted(partitions))


class LoadLock(dg.ConfigurableResource[Any]):
    """Holds the working folder for the whole run. In-process execution sets it up once a run."""

    var: str = "var"

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        var = Path(self.var)
        assert context.run is not None  # noqa: S101 - every resource of ours is set up for a run
        assert context.instance is not None  # noqa: S101
        run_id = context.run.run_id
        with ExitStack() as stack:
            stack.enter_context(alive(var, run_id))
            stack.enter_context(begin_load(var, lambda: _log(context, "另一次载入正在进行，等它结束……")))
            close_orphans(context.instance, var, but=run_id)
            self._held = stack.pop_all()

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:  # noqa: ARG002 - Dagster's signature
        self._held.close()


def _log(context: dg.InitResourceContext, text: str) -> None:
    if context.log is not None:
        context.log.info(text)


def record_partitions(
    context: dg.AssetExecutionContext,
    keys: Iterable[dg.AssetKey],
    partitions: Iterable[PartitionState],
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """In an unpartitioned run, say of each partition that it was materialised (a partitioned run says so itself)."""
    if context.has_partition_key:
        return
    for partition in partitions:
        for key in keys:
            context.log_event(
                dg.AssetMaterialization(key, partition=partition.partition_key, metadata=dict(metadata or {}))
            )


def record_check(
    context: dg.AssetExecutionContext, result: dg.AssetCheckResult, key: dg.AssetKey, partition: PartitionState
) -> None:
    """In an unpartitioned run, record a check's result for one partition, as an event of this run.

    `report_runless_asset_event` would do for a first load only: runless evaluations of one check and partition are
    unique, and a second load of the same county breaks on it.
    """
    if context.has_partition_key:
        return
    evaluation = dg.AssetCheckEvaluation(
        asset_key=key,
        check_name=str(result.check_name),
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata or {},
        description=result.description,
        partition=partition.partition_key,
        blocking=False,
    )
    event = dg.DagsterEvent(
        event_type_value=dg.DagsterEventType.ASSET_CHECK_EVALUATION.value,
        event_specific_data=evaluation,
        job_name=context.run.job_name,
    )
    context.instance.report_dagster_event(event, run_id=context.run.run_id)
