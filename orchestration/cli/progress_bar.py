"""Progress of a load on stderr: one living line on a terminal, one line a stage elsewhere, nothing on stdout."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

from orchestration import progress
from orchestration.publication.wording import clean, width

_SLOWEST_REDRAW = 0.08  # seconds: a terminal over a slow line must not become the bottleneck


@contextmanager
def shown() -> Generator[None]:
    """Show progress while the block runs."""
    if not sys.stderr.isatty():
        with progress.listening(_Lines().tell):
            yield
        return
    line = _LivingLine()
    try:
        with progress.listening(line.tell):
            yield
    finally:
        line.wipe()


class _Lines:
    """One line a stage, with the seconds since the beginning."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._stage = ""

    def tell(self, now: progress.Progress) -> None:
        if now.stage != self._stage:
            self._stage = now.stage
            print(f"[{time.monotonic() - self._begin:5.1f} 秒] {now.stage}", file=sys.stderr, flush=True)  # noqa: T201


class _LivingLine:
    """Stage, count and the file or model in hand, redrawn in place."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._drawn = 0.0

    def tell(self, now: progress.Progress) -> None:
        moment = time.monotonic()
        if moment - self._drawn < _SLOWEST_REDRAW and now.done != now.total:
            return
        self._drawn = moment
        count = f" {now.done}/{now.total}" if now.total else ""
        bar = _bar(now.done / now.total) if now.total else ""
        head = f"{moment - self._begin:5.1f} 秒 {now.stage}{count} {bar}"
        sys.stderr.write("\r\x1b[K" + _cut(f"{head}{clean(now.detail)}", _columns() - 1))
        sys.stderr.flush()

    def wipe(self) -> None:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _bar(share: float, cells: int = 12) -> str:
    full = round(share * cells)
    return f"[{'█' * full}{'·' * (cells - full)}] "


def _cut(text: str, columns: int) -> str:
    while text and width(text) > columns:
        text = text[:-1]
    return text
