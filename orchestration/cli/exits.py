"""Exit codes (interface.md) and how a command ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orchestration.publication.reader import NotLoadedError

OK = 0
FAILED = 1
REFUSED = 2
NOT_LOADED = 3
USAGE = 64
INTERRUPTED = 130


class Stop(Exception):  # noqa: N818 - it ends the command, and is not always an error
    """End with this exit code, saying this on stderr."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def not_loaded(error: NotLoadedError) -> Stop:
    """Nothing is published for the year and county: say what to do."""
    place = f"{error.year} {error.county}"
    if error.refusal is not None:
        return Stop(NOT_LOADED, f"{place} 没有已发布的数据：上次载入被拒。查看原因：junheng faults {place}")
    return Stop(NOT_LOADED, f"{place} 尚未载入。请先运行：junheng load {place}")
