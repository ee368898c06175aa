"""Stages 5 and 6: marts → the snapshot; the snapshot → papers for people; then the pointer moves, for everybody."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dagster as dg

from orchestration import papers, publishing
from orchestration.assets.context import LoadSettings, record_partitions
from orchestration.assets.judgement import VERDICTS
from orchestration.workspace import LoadState

GROUP = "publication"
BUILT = dg.AssetKey(["published", "built_snapshot"])
SNAPSHOT = dg.AssetKey(["published", "snapshot"])

Writer = Callable[[LoadSettings, LoadState], None]
# Key, description, kinds, what it needs beside the built snapshot, and the function that makes it.
PAPERS: tuple[tuple[str, str, set[str], Sequence[dg.AssetKey], Writer], ...] = (
    (
        "gap_list", "问题清单（xlsx 与 docx，A4 可打印）", {"excel", "word"}, (),
        lambda load, state: papers.write_gap_lists(load.var_folder, state),
    ),
    (
        "forms", "官方表格 表Ⅰ–表Ⅵ（xlsx）、任务分解表（xlsx 与 docx）", {"excel", "word"}, (),
        lambda load, state: papers.write_official_forms(load.var_folder, state),
    ),
    (
        "self_assessment", "自评报告（docx，由模板生成）", {"word"}, (),
        lambda load, state: papers.write_self_assessments(load.var_folder, state),
    ),
    (
        "school_plans", "一校一案（每校一份 docx，及全部的 zip）", {"word"}, (),
        lambda load, state: papers.write_plans(load.var_folder, state),
    ),
    (
        "data_docs", "核查文档（Great Expectations Data Docs，离线可读）", {"greatexpectations", "html"}, (VERDICTS,),
        lambda load, state: papers.write_data_docs(load.var_folder, state),
    ),
    (
        "dictionary", "数据字典（xlsx 与网页）：每个公布的字段的含义、单位、算法、条文、来源", {"excel", "html"}, (),
        lambda load, state: papers.write_dictionaries(load.var_folder, state),
    ),
    (
        "slips", "退回单（每校一份，xlsx 与网页）", {"excel", "html"}, (),
        lambda load, state: papers.write_slips(load.raw_folder, load.var_folder, state),
    ),
    (
        "site", "核查网页（离线可读，带上以上成果）", {"html"},
        tuple(
            dg.AssetKey(["reports", name])
            for name in ("gap_list", "forms", "self_assessment", "data_docs", "dictionary")
        ),
        lambda load, state: papers.write_sites(load.raw_folder, load.var_folder, state),
    ),
)  # fmt: skip


def build(
    mart_keys: list[dg.AssetKey], partitions_def: dg.PartitionsDefinition[Any] | None
) -> list[dg.AssetsDefinition]:
    """The publishing stages, with or without partitions."""

    @dg.multi_asset(
        name="build_snapshot",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[dg.AssetSpec(BUILT, deps=mart_keys, description="待发布的快照：成果由它生成", kinds={"duckdb"})],
    )
    def build_snapshot(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = load.in_hand(context)
        database = publishing.build_snapshot(load.var_folder, state)
        record_partitions(context, [BUILT], state.sound)
        yield dg.MaterializeResult(asset_key=BUILT, metadata={"run_id": state.run_id, "duckdb": str(database)})

    made = [_paper(name, text, kinds, needs, write, partitions_def) for name, text, kinds, needs, write in PAPERS]

    @dg.multi_asset(
        name="publish_snapshot",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[
            dg.AssetSpec(
                SNAPSHOT,
                deps=[BUILT, *(key for paper in made for key in paper.keys)],
                description="发布的快照：DuckDB 与 Parquet，指针原子替换",
                kinds={"duckdb", "parquet"},
            )
        ],
    )  # fmt: skip
    def publish_snapshot(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = load.in_hand(context)
        snapshot = publishing.publish_load(load.var_folder, state)
        record_partitions(context, [SNAPSHOT], state.sound)
        yield dg.MaterializeResult(
            asset_key=SNAPSHOT,
            metadata={"run_id": snapshot.run_id, "duckdb": str(snapshot.duckdb)},
        )

    return [build_snapshot, *made, publish_snapshot]


def _paper(
    name: str,
    description: str,
    kinds: set[str],
    needs: Sequence[dg.AssetKey],
    write: Writer,
    partitions_def: dg.PartitionsDefinition[Any] | None,
) -> dg.AssetsDefinition:
    """One kind of paper of every sound partition."""
    key = dg.AssetKey(["reports", name])

    @dg.multi_asset(
        name=f"write_{name}",
        group_name=GROUP,
        partitions_def=partitions_def,
        specs=[dg.AssetSpec(key, deps=[BUILT, *needs], description=description, kinds=kinds)],
    )
    def write_paper(
        context: dg.AssetExecutionContext, load: LoadSettings, lock: dg.ResourceParam[object]
    ) -> Iterator[Any]:
        state = load.in_hand(context)
        write(load, state)
        record_partitions(context, [key], state.sound)
        yield dg.MaterializeResult(asset_key=key)

    return write_paper
