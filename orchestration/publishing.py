"""Last stages of a load: the snapshot is built, papers are made from it, then the pointer moves.

Papers are made from the very database that readers will get, before anybody is shown it.
"""

from __future__ import annotations

from pathlib import Path

from orchestration import progress
from orchestration.following import follow
from orchestration.late_faults import add_late_faults
from orchestration.papers import PAPERS
from orchestration.publication import snapshot
from orchestration.publication.pointer import PublishedPartition, Snapshot
from orchestration.workspace import LoadState


def build_snapshot(var: Path, state: LoadState) -> Path:
    """Build the database of every sound partition of the load in hand and of those published before.

    Returns the database. Raises what `snapshot.build` raises.
    """
    progress.report("发布", "快照")
    add_late_faults(var, state)
    state.save(var)
    return snapshot.build(var, state.run_id, _partitions(state))


def publish_load(var: Path, state: LoadState) -> Snapshot:
    """Publish what `build_snapshot` built, with the papers. Raises what `publish` raises; the old one then stays."""
    progress.report("发布", "指针")
    papers = var / PAPERS
    published = snapshot.publish(var, state.run_id, _partitions(state), reports=papers if papers.is_dir() else None)
    follow(var)
    return published


def _partitions(state: LoadState) -> list[PublishedPartition]:
    return [
        PublishedPartition(
            partition.year, partition.county, partition.standard, partition.fingerprint, partition.provisional,
            partition.county_name,
        )
        for partition in state.sound
    ]  # fmt: skip
