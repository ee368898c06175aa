"""Stage 5: marts → papers for people, and the snapshot behind the atomic pointer for everybody else."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import papers, publishing
from orchestration.assets.context import LoadSettings, record_partitions
from orchestration.assets.judgement import VERDICTS
from orchestration.workspace import read_state

GROUP = "publication"
GAP_LIST = dg.AssetKey(["reports", "gap_list"])
DATA_DOCS = dg.AssetKey(["reports", "data_docs"])
SNAPSHOT = dg.AssetKey(["published", "snapshot"])


def build(
    mart_keys: list[dg.AssetKey], partitions_def: dg.PartitionsDefinition[Any] | None
) -> list[dg.AssetsDefinition]:
    """The publishing stage, with or without partitions."""

    @dg.multi_asset(
        name="write_gap_list",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[dg.AssetSpec(GAP_LIST, deps=mart_keys, description="问题清单（xlsx，A4 可打印）", kinds={"excel"})],
    )
    def write_gap_list(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = read_state(load.var_folder)
        papers.write_gap_lists(load.var_folder, state)
        record_partitions(context, [GAP_LIST], state.sound)
        yield dg.MaterializeResult(asset_key=GAP_LIST)

    @dg.multi_asset(
        name="build_data_docs",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[
            dg.AssetSpec(
                DATA_DOCS,
                deps=[VERDICTS, *mart_keys],
                description="核查文档（Great Expectations Data Docs，离线可读）",
                kinds={"greatexpectations", "html"},
            )
        ],
    )  # fmt: skip
    def build_data_docs(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = read_state(load.var_folder)
        papers.write_data_docs(load.var_folder, state)
        record_partitions(context, [DATA_DOCS], state.sound)
        yield dg.MaterializeResult(asset_key=DATA_DOCS)

    @dg.multi_asset(
        name="publish_snapshot",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[
            dg.AssetSpec(
                SNAPSHOT,
                deps=[GAP_LIST, DATA_DOCS, *mart_keys],
                description="发布的快照：DuckDB 与 Parquet，指针原子替换",
                kinds={"duckdb", "parquet"},
            )
        ],
    )  # fmt: skip
    def publish_snapshot(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = read_state(load.var_folder)
        snapshot = publishing.publish_load(load.raw_folder, load.var_folder, state)
        record_partitions(context, [SNAPSHOT], state.sound)
        yield dg.MaterializeResult(
            asset_key=SNAPSHOT,
            metadata={"run_id": snapshot.run_id, "duckdb": str(snapshot.duckdb)},
        )

    return [write_gap_list, build_data_docs, publish_snapshot]
