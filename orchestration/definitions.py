"""What Dagster loads: assets of every stage, the job that is the annual load, and its resources.

The web interface uses the partitioned assets (one run a partition); ``junheng load`` runs the same functions under
the same keys without partitions, so that one run can take any set of counties, and reports each partition itself.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestration.settings import default_var, go_quiet

go_quiet()

import dagster as dg  # noqa: E402 - telemetry is switched off first

from orchestration import warehouse  # noqa: E402
from orchestration.assets import judgement, publication, returns  # noqa: E402
from orchestration.assets import warehouse as warehouse_assets  # noqa: E402
from orchestration.assets.context import LoadLock, LoadSettings, partitions_of  # noqa: E402
from orchestration.returns.partition import find_partitions  # noqa: E402

JOB = "annual_load"


def build_definitions(load: LoadSettings, partitions_def: dg.PartitionsDefinition[Any] | None) -> dg.Definitions:
    """Every asset of the flow, in its order, with the resources of one working folder."""
    manifest = warehouse.manifest_content(load.var_folder)
    metrics = warehouse_assets.build("metrics", manifest, partitions_def)
    assessment = warehouse_assets.build("assessment", manifest, partitions_def)
    judged = [key for key in metrics.keys if key.path[-1].startswith("judged_") or key.path[-1] == "expected_tests"]
    marts = [key for key in assessment.keys if key.path[0] in ("marts", "evidence")]
    assets = [
        returns.raw_returns(),
        returns.build(partitions_def),
        metrics,
        judgement.build(sorted(judged), load.standard, partitions_def),
        assessment,
        *publication.build(sorted(marts), partitions_def),
    ]
    return dg.Definitions(
        assets=assets,
        jobs=[
            dg.define_asset_job(  # pyright: ignore[reportUnknownMemberType]
                JOB, selection=dg.AssetSelection.all(), executor_def=dg.in_process_executor,
                description="年度载入：读取 → 计算 → 判定 → 汇总 → 发布",
            )
        ],
        executor=dg.in_process_executor,
        resources={"load": load, "lock": LoadLock(var=load.var)},
    )  # fmt: skip


def interface_settings() -> LoadSettings:
    """Folders of the web interface: ``JUNHENG_RAW`` and ``JUNHENG_VAR``, else ./raw and ./var."""
    import os

    raw = Path(os.environ.get("JUNHENG_RAW") or "raw").resolve()
    return LoadSettings(raw=str(raw), var=str(default_var().resolve()))


@dg.definitions
def defs() -> dg.Definitions:
    """Loaded by ``dagster -m orchestration.definitions`` only, never by importing this module."""
    settings = interface_settings()
    return build_definitions(settings, partitions_of(find_partitions(settings.raw_folder)))
