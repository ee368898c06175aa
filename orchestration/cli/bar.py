"""The progress bar of long commands: on stderr, only on a terminal, gone when the work is done."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from orchestration.progress import Progress, listening
from orchestration.publication.wording import clean


@contextmanager
def progress_bar() -> Generator[None]:
    """Show stage, how much is done and the file in hand while the block runs."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
    )
    with Bar(*columns, console=Console(stderr=True, highlight=False), transient=True, expand=False) as bar:
        task = bar.add_task("", total=None, detail="")

        def show(told: Progress) -> None:
            bar.update(
                task, description=told.stage, completed=told.done, total=told.total or None, detail=clean(told.detail)
            )

        with listening(show):
            yield
