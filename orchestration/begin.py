"""How every load begins, from the command line or from the web interface: alone in the working folder, and tidy."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from orchestration import judge_process
from orchestration.following import follow
from orchestration.lock import holds, load_lock
from orchestration.publication.lake.connection import check_right_to_write, loading
from orchestration.publication.lake.errors import LostFileError
from orchestration.publication.lake.place import place
from orchestration.publication.snapshot import sweep


@contextmanager
def begin_load(var: Path, on_wait: Callable[[], None] | None = None) -> Generator[None]:
    """Hold the working folder, what killed loads left swept away, and the judge's process starting beside it.

    Within a load that has begun in this process there is nothing to do. ``on_wait`` is called where another load holds
    the folder. Raises OSError where the folder cannot be written, LakeError where the shared warehouse cannot.
    """
    if holds(var):
        yield
        return
    with loading():
        if (where := place()) is not None:
            check_right_to_write(where)
        with load_lock(var, on_wait=on_wait), judge_process.ready():
            sweep(var)
            with suppress(LostFileError):  # this load may be the one that makes it good
                follow(var)
            yield
