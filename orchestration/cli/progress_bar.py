"""Progress of a load on stderr: a bar on a terminal, one line a stage elsewhere, nothing on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from orchestration import progress
from orchestration.publication.wording import clean


@contextmanager
def shown() -> Generator[None]:
    """Show stage, how much is done and the file in hand while the block runs; a bar is gone when it ends."""
    if not sys.stderr.isatty():
        with progress.listening(_Lines().tell):
            yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True, expand=False) as bar:
        task = bar.add_task("", total=None, detail="")

        def show(now: progress.Progress) -> None:
            bar.update(
                task, description=now.stage, completed=now.done, total=now.total or None, detail=clean(now.detail)
            )

        with progress.listening(show):
            yield


class _Lines:
    """One line a stage, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._stage = ""

    def tell(self, now: progress.Progress) -> None:
        if now.stage != self._stage:
            self._stage = now.stage
            print(f"[{time.monotonic() - self._begin:5.1f} 秒] {now.stage}", file=sys.stderr, flush=True)  # noqa: T201
