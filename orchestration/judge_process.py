"""A process of its own for Great Expectations, started when a load begins.

Importing GX takes longer than anything else in a load, and neither reading nor dbt needs it: on a second core it is
ready by the time the figures are. The process ends with the one that started it, however that one ends.
"""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Callable, Generator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import ParamSpec, TypeVar

from orchestration import garbage
from orchestration.settings import go_quiet

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
_pool: ProcessPoolExecutor | None = None


@contextmanager
def ready() -> Generator[None]:
    """Have the process import what it needs while the block goes on; end it with the block."""
    _start()
    try:
        yield
    finally:
        stop()


def run(function: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Call a module-level function over there; its result and its exceptions come back."""
    return _start().submit(function, *arguments, **options).result()


def stop() -> None:
    """End the process."""
    global _pool  # noqa: PLW0603 - one process a load
    if _pool is not None:
        _pool.shutdown(wait=True, cancel_futures=True)
        _pool = None


def _start() -> ProcessPoolExecutor:
    global _pool  # noqa: PLW0603 - one process a load
    if _pool is None:
        # Spawned, not forked: the parent has threads, and Windows has no fork.
        _pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_begin)
        _pool.submit(_import)
    return _pool


def _import() -> None:
    go_quiet()
    for module in ("great_expectations", "expectations.judge", "expectations.data_docs"):
        importlib.import_module(module)
    garbage.keep_what_is_there()


def _begin() -> None:
    garbage.collect_rarely()
    _end_with_parent()


def _end_with_parent() -> None:
    def watch() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
