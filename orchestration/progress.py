"""Progress of long work, told to whoever listens (the command line draws a bar; Dagster's log keeps lines)."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` steps of a stage (total 0: unknown); ``detail`` is the file or model in hand."""

    stage: str
    detail: str = ""
    done: int = 0
    total: int = 0


Listener = Callable[[Progress], None]
_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Generator[None]:
    """Send progress to ``listener`` while the block runs."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def report(stage: str, detail: str = "", done: int = 0, total: int = 0) -> None:
    """Tell where the work stands."""
    for listener in _listeners:
        listener(Progress(stage, detail, done, total))
