"""One load at a time per warehouse: an OS file lock that dies with its process, whatever kills it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

LOCK = "load.lock"


class BusyError(Exception):
    """Another load holds the working folder, and waiting was not wanted or took too long."""


@contextmanager
def load_lock(var: Path, wait_seconds: float = -1, on_wait: Callable[[], None] | None = None) -> Generator[None]:
    """Hold the working folder for one load; re-entrant within the process.

    Waits ``wait_seconds`` (for ever where negative), calling ``on_wait`` once when it has to. Raises BusyError.
    """
    var.mkdir(parents=True, exist_ok=True)
    lock = _lock(var)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait is not None:
            on_wait()
        try:
            lock.acquire(timeout=wait_seconds, poll_interval=0.2)
        except Timeout as error:
            raise BusyError(f"另一次载入正在使用 {var}；请等它结束后再试。") from error
    try:
        yield
    finally:
        lock.release()


def holds(var: Path) -> bool:
    """Whether this process is in a `load_lock` of the folder."""
    return var.is_dir() and _lock(var).is_locked


def _lock(var: Path) -> FileLock:
    return FileLock(var / LOCK, is_singleton=True)
