"""Stage 1: workbooks as received → landing tables, and the limits exported from the suites."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import workspace
from orchestration.assets.context import LoadSettings, record_check, record_partitions
from orchestration.reading import read_and_land
from orchestration.returns.schemas import SCHEMAS

RAW = dg.AssetKey(["raw", "returns"])
GROUP = "returns"
_DESCRIPTIONS = {
    "partitions": "载入的县与学年", "schools": "学校基本信息", "school_levels": "学校各学段的学生、班级、教师",
    "school_resources": "学校校舍、场地、设备", "supplement": "学校补充填报表", "rooms": "音乐美术专用教室",
    "county_return": "县级填报表", "county_profile": "表Ⅰ 基本情况", "task_decomposition": "创建工作任务分解表",
    "cells": "每个数值所在的文件、工作表、单元格", "faults": "问题、缺报、质询与范围外", "received": "收到的文件登记",
    "explanations": "对质询的说明",
}  # fmt: skip
LANDING_KEYS = {table: dg.AssetKey(["landing", table]) for table in SCHEMAS}
STANDARD_KEYS = {name: dg.AssetKey(["expectations", name]) for name in ("standards", "standard_parameters")}
SOUND = "returns_sound"


def raw_returns() -> dg.AssetSpec:
    """The folder of workbooks, which people fill and Junheng only reads."""
    return dg.AssetSpec(RAW, group_name=GROUP, description="原始报表：raw/年/县，按收到的样子保存，从不改动")


def build(partitions_def: dg.PartitionsDefinition[Any] | None) -> dg.AssetsDefinition:
    """The reading stage, with or without partitions."""

    @dg.multi_asset(
        name="read_returns",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[
            *(
                dg.AssetSpec(key, deps=[RAW], description=_DESCRIPTIONS[table], kinds={"polars", "parquet"})
                for table, key in LANDING_KEYS.items()
            ),
            *(
                dg.AssetSpec(key, description="由检验套件导出的标准值，唯一来源是 expectations/", kinds={"parquet"})
                for key in STANDARD_KEYS.values()
            ),
        ],
        check_specs=[
            dg.AssetCheckSpec(
                SOUND, asset=LANDING_KEYS["faults"], blocking=True, description="报表没有错误（有错误的县不载入）"
            )
        ],
    )
    def read_returns(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        var = load.var_folder
        wanted = load.wanted(context)
        workspace.empty(var)
        state = read_and_land(load.raw_folder, var, wanted, load.run_id(context), load.provisional, load.standard)
        record_partitions(context, [*LANDING_KEYS.values()], state.sound)
        for key in (*LANDING_KEYS.values(), *STANDARD_KEYS.values()):
            yield dg.MaterializeResult(asset_key=key)
        for partition in state.partitions:
            record_check(context, _sound(partition), LANDING_KEYS["faults"], partition)
        refused = [partition for partition in state.partitions if partition.status == workspace.REFUSED]
        # The sound partitions go on; only where none is left must the later stages not run.
        yield dg.AssetCheckResult(
            check_name=SOUND,
            asset_key=LANDING_KEYS["faults"],
            passed=not refused,
            severity=dg.AssetCheckSeverity.WARN if state.sound else dg.AssetCheckSeverity.ERROR,
            metadata={"refused": [partition.partition_key for partition in refused], "loaded": len(state.sound)},
        )

    return read_returns


def _sound(partition: workspace.PartitionState) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        check_name=SOUND,
        passed=partition.status == workspace.LOADED,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata=dict(partition.counts),
    )
