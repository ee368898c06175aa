"""Last stage of a load: late faults, then the snapshot, then the papers brought in line with it."""

from __future__ import annotations

from pathlib import Path

from orchestration import progress
from orchestration.late_faults import add_late_faults
from orchestration.papers import PAPERS, write_slips
from orchestration.publication.pointer import PublishedPartition, Snapshot
from orchestration.publication.snapshot import publish, sync_reports
from orchestration.workspace import LoadState


def publish_load(raw: Path, var: Path, state: LoadState) -> Snapshot:
    """Publish every sound partition of the load in hand. Raises what `publish` raises; the old snapshot then stays.

    ``raw`` is where the returns lie: the slips show pieces of them.
    """
    add_late_faults(var, state)
    state.save(var)
    progress.report("成果", "退回单")
    write_slips(raw, var, state)
    progress.report("发布", "快照")
    partitions = [
        PublishedPartition(
            partition.year, partition.county, partition.standard, partition.fingerprint, partition.provisional,
            partition.county_name,
        )
        for partition in state.sound
    ]  # fmt: skip
    papers = var / PAPERS
    snapshot = publish(var, state.run_id, partitions, reports=papers if papers.is_dir() else None)
    sync_reports(var)
    return snapshot
