"""What keeps a published folder in order between loads: withdraw, go back, prune, back up. Light: no load, no dbt.

Each waits for a load (or one of these) to end first. Belongs here: the lock, and that papers and pages follow the
pointer. Does not belong here: how snapshots are made or removed (``orchestration.publication``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestration.following import follow
from orchestration.lock import load_lock
from orchestration.publication import backup, lifecycle, reader, snapshot
from orchestration.publication.lifecycle import Pruned
from orchestration.publication.pointer import Snapshot
from orchestration.settings import go_quiet
from orchestration.workspace import RUN_LETTERS, began, new_run_id

OnWait = Callable[[], None] | None


def withdraw(var: Path, keys: Sequence[tuple[int, str]], on_wait: OnWait = None) -> tuple[Snapshot, list[Path]]:
    """Publish without these partitions. Returns the snapshot, and papers that could not go because they are open.

    Raises ``snapshot.NotPublishedError`` where one of them is not published; then nothing is changed.
    """
    with _tidy(var, on_wait):
        published = snapshot.withdraw(var, new_run_id(uuid.uuid4().hex), keys)
        return published, follow(var)


def roll_back(var: Path, run_id: str | None, on_wait: OnWait = None) -> tuple[Snapshot, list[Path]]:
    """Point at an earlier snapshot. Returns it, and papers that could not follow because they are open.

    Raises ``lifecycle.NoSnapshotError``.
    """
    with _tidy(var, on_wait):
        return lifecycle.roll_back(var, run_id), follow(var)


def prune(var: Path, keep: int, on_wait: OnWait = None) -> Pruned:
    """Remove all but the newest ``keep`` snapshots, and Dagster's history of runs older than these.

    Papers and pages that a killed load has not brought in line follow afterwards: on a full disk this is what frees it.
    """
    with _tidy(var, on_wait):
        pruned = lifecycle.prune(var, keep)
        follow(var)
        _forget_runs(var, pruned)
        return pruned


def _forget_runs(var: Path, pruned: Pruned) -> None:
    published = reader.current(var)
    if published is None or not (var / "dagster").is_dir():
        return
    go_quiet()
    from orchestration.history import forget

    shown = {*pruned.kept, *(record.run_id for record in published.partitions)}
    forget(var, began(min(pruned.kept)), {run_id[-RUN_LETTERS:] for run_id in shown})


def back_up(var: Path, file: Path, on_wait: OnWait = None) -> int:
    """Write the published state to one archive; returns how many files it holds. Raises what `backup.write` raises."""
    with _tidy(var, on_wait):
        with suppress(OSError):  # papers in the folders of people are no part of a backup
            follow(var)
        return backup.write(var, file)


def restore(file: Path, var: Path, on_wait: OnWait = None) -> Snapshot:
    """Bring a backup's state into a folder where nothing is published. Raises what `backup.restore` raises."""
    with _tidy(var, on_wait):
        restored = backup.restore(file, var)
        follow(var)
        return restored


@contextmanager
def _tidy(var: Path, on_wait: OnWait) -> Generator[None]:
    """Under the lock, with what killed loads left swept away."""
    with load_lock(var, on_wait=on_wait):
        snapshot.sweep(var)
        yield
