"""What keeps a published folder in order between loads: withdraw, go back, prune, back up. Light: no load, no dbt.

Each waits for a load (or one of these) to end first. Belongs here: the lock, and that papers and pages follow the
pointer. Does not belong here: how snapshots are made or removed (``orchestration.publication``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestration import machine
from orchestration.following import follow
from orchestration.lock import load_lock
from orchestration.publication import backup, lifecycle, reader, snapshot
from orchestration.publication.lifecycle import Pruned
from orchestration.publication.pointer import Snapshot
from orchestration.settings import go_quiet
from orchestration.workspace import RUN_LETTERS, began, new_run_id

OnWait = Callable[[], None] | None


class NotFollowedError(Exception):
    """The data are as they were asked to be, ``snapshot`` is shown; papers and pages are not all in their place yet.

    The message (Chinese) says what the machine refused.
    """

    def __init__(self, text: str, snapshot: Snapshot) -> None:
        super().__init__(text)
        self.snapshot = snapshot


def withdraw(var: Path, keys: Sequence[tuple[int, str]], on_wait: OnWait = None) -> tuple[Snapshot, list[Path]]:
    """Publish without these partitions. Returns the snapshot, and papers that could not go because they are open.

    Raises ``snapshot.NotPublishedError`` where one of them is not published; then nothing is changed. Raises
    NotFollowedError.
    """
    with _tidy(var, on_wait):
        published = snapshot.withdraw(var, new_run_id(uuid.uuid4().hex), keys)
        return published, _follow(var, published)


def roll_back(var: Path, run_id: str | None, on_wait: OnWait = None) -> tuple[Snapshot, list[Path]]:
    """Point at an earlier snapshot. Returns it, and papers that could not follow because they are open.

    Raises ``lifecycle.NoSnapshotError``, NotFollowedError.
    """
    with _tidy(var, on_wait):
        shown = lifecycle.roll_back(var, run_id)
        return shown, _follow(var, shown)


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
    """Bring a backup's state into a folder where nothing is published.

    Raises what `backup.restore` raises, and then nothing is changed; NotFollowedError.
    """
    with _tidy(var, on_wait):
        restored = backup.restore(file, var)
        _follow(var, restored)
        return restored


def _follow(var: Path, shown: Snapshot) -> list[Path]:
    """Like `follow`, once the pointer has moved: whoever is told of an error must not think that it has not."""
    try:
        return follow(var)
    except Exception as error:
        said = machine.sentence(error)
        if said is None and isinstance(error, OSError):
            said = f"{error.filename or var} {machine.at_a_path(error)}。"
        if said is None:
            raise
        raise NotFollowedError(said, shown) from error


@contextmanager
def _tidy(var: Path, on_wait: OnWait) -> Generator[None]:
    """Under the lock, with what killed loads left swept away."""
    with load_lock(var, on_wait=on_wait):
        snapshot.sweep(var)
        yield
