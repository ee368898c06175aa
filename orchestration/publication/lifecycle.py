"""What becomes of snapshots once they are published: back to an earlier one, and away with old ones.

All functions must be called under the load lock. Each is safe to kill: the pointer moves in one step, and a snapshot
that goes is renamed first, so that nobody can take half of one for a whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.publication import durable
from orchestration.publication.lake.place import place
from orchestration.publication.pointer import (
    DATABASE_NAME,
    MANIFEST_NAME,
    Snapshot,
    published_folder,
    read_current,
    snapshot_folder,
    write_current,
)
from orchestration.publication.snapshot import PRUNING, manifests, next_sequence

# Stands in the folder of a run of which only the papers were kept, because later snapshots still show them.
PAPERS_ONLY = ".papers-only"


class NoSnapshotError(LookupError):
    """There is no such snapshot to go back to; ``known`` are the runs of those that there are, newest first."""

    def __init__(self, run_id: str | None, known: Sequence[str]) -> None:
        super().__init__(f"no snapshot {run_id or 'before the current one'}")
        self.run_id = run_id
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What `prune` did. ``held`` could not be removed because somebody has them open (Windows): the next prune does."""

    kept: tuple[str, ...]
    removed: tuple[str, ...]
    held: tuple[str, ...]


def snapshots(var: Path) -> list[Snapshot]:
    """Every whole snapshot there is, newest first, with the paths where they lie now."""
    found = [
        replace(manifest, duckdb=folder / DATABASE_NAME, parquet=folder / "parquet")
        for folder, manifest in manifests(var.resolve()).items()
        if (folder / DATABASE_NAME).exists()
    ]
    return sorted(found, key=lambda snapshot: snapshot.sequence, reverse=True)


def roll_back(var: Path, run_id: str | None = None) -> Snapshot:
    """Point at an earlier (or, after a rollback, a later) snapshot: ``run_id``, else the one that was shown before the
    current was published. That is not always the last published before it: people may have gone back in between.

    The pointer's sequence goes on counting, so that nothing published is taken for never having been pointed at.
    Returns the snapshot pointed at. Raises NoSnapshotError.
    """
    if (shared := place()) is not None:
        from orchestration.publication.lake import upkeep

        return upkeep.roll_back(shared, run_id)
    var = var.resolve()
    current = read_current(var)
    known = snapshots(var)
    named = next((one for one in known if one.run_id == run_id), None)
    target = _before(current, known) if run_id is None else named
    if target is None:
        others = [one.run_id for one in known if current is None or one.run_id != current.run_id]
        raise NoSnapshotError(run_id, others)
    if current is not None and target.run_id == current.run_id:
        return current
    target = replace(target, sequence=next_sequence(var))
    write_current(var, target)
    return target


def _before(current: Snapshot | None, known: Sequence[Snapshot]) -> Snapshot | None:
    """What was shown before the current snapshot was published, None where it was the first, or that one is gone."""
    here = next((one for one in known if current and one.run_id == current.run_id), None)
    if here is None:
        return None
    if here.previous is not None:
        return next((one for one in known if one.run_id == here.previous), None)
    return next((one for one in known if one.sequence < here.sequence), None)


def prune(var: Path, keep: int) -> Pruned:
    """Keep the current snapshot and the newest others, ``keep`` in all; of the runs whose papers these still show,
    the papers.

    A reader that has a removed one open is not disturbed (POSIX), or keeps it from being removed (Windows). Raises
    ValueError where ``keep`` is less than one.
    """
    if keep < 1:
        raise ValueError("keep must be at least 1")
    if (shared := place()) is not None:
        from orchestration.publication.lake import upkeep

        return upkeep.prune(shared, keep)
    var = var.resolve()
    current = read_current(var)
    if current is None:  # nothing tells which of them matters
        return Pruned((), (), ())
    known = snapshots(var)
    others = [one for one in known if one.run_id != current.run_id]
    kept = [current, *others[: keep - 1]]
    shown = {record.run_id for snapshot in kept for record in snapshot.partitions}
    removed: list[str] = []
    held: list[str] = []
    for run_id in [one.run_id for one in others[keep - 1 :]] + _papers_only(var):
        gone = _keep_papers(var, run_id) if run_id in shown else _remove(var, run_id)
        if gone is not None:
            (removed if gone else held).append(run_id)
    return Pruned(tuple(one.run_id for one in kept), tuple(removed), tuple(held))


def _papers_only(var: Path) -> list[str]:
    """Runs of which only papers are left. The mark alone does not say so: a prune that was killed after setting it has
    left a whole snapshot, and people may have gone back to that since."""
    marks = published_folder(var).glob(f"[!.]*/{PAPERS_ONLY}")
    return sorted(mark.parent.name for mark in marks if not (mark.parent / MANIFEST_NAME).exists())


def _remove(var: Path, run_id: str) -> bool:
    """Remove a run's folder; False where it is held open."""
    folder = snapshot_folder(var, run_id)
    going = folder.with_name(f"{PRUNING}{run_id}")
    try:
        durable.replace(folder, going)
        durable.remove_tree(going)
    except OSError:
        return False
    return True


def _keep_papers(var: Path, run_id: str) -> bool | None:
    """Remove a run's data and leave its papers; None where that was done before, False where a file is held open."""
    folder = snapshot_folder(var, run_id)
    if not (folder / "reports").is_dir():
        return _remove(var, run_id)
    rest = [path for path in folder.iterdir() if path.name not in {"reports", PAPERS_ONLY}]
    if not rest:
        return None
    (folder / PAPERS_ONLY).touch()
    (folder / MANIFEST_NAME).unlink(missing_ok=True)  # from here on it is no snapshot
    try:
        for path in rest:
            if path.is_dir():
                durable.remove_tree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError:
        return False
    return True
