"""Commands as processes of their own that need not import anything: forked from one that has imported everything.

A load spends more time importing Dagster, dbt and Great Expectations than on a small county. What forks here imports
and does nothing else: no query, no frame, no thread of ours; whatever is computed is computed in a child.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TypeVar

Result = TypeVar("Result")
_IMPORTS = (
    *("polars", "pandas", "duckdb", "docxtpl", "xlsxwriter", "openpyxl", "python_calamine", "vl_convert"),
    *("dbt.cli.main", "dbt.adapters.duckdb.connections", "great_expectations"),
    *("expectations.judge", "expectations.data_docs"),
    *("orchestration.cli.load", "orchestration.cli.upkeep", "orchestration.cli.readers", "orchestration.cli.query"),
    *("orchestration.cli.tables", "orchestration.cli.changes"),
    *("orchestration.load", "orchestration.upkeep", "orchestration.history", "orchestration.definitions"),
    *("orchestration.publication.changes", "orchestration.publication.datapackage", "orchestration.publication.export"),
    *("orchestration.returns.landing", "tests.oracle.county", "tests.kills.wholeness"),
)
_LASTING = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate"}
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_MOST_SECONDS = 600


@dataclass(frozen=True)
class Strike:
    """When to kill: after so many seconds, or before the n-th lasting file operation in ``folders`` (by the process
    itself, so that no moment between two of them is out of reach)."""

    seconds: float | None = None
    step: int | None = None
    folders: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Ended:
    """What became of a command. ``steps`` are the lasting file operations it did, None where it was killed; ``output``
    is what it printed, ``said`` what it said on stderr."""

    killed: bool
    code: int
    seconds: float
    steps: int | None
    output: str
    said: str


def preload(var: Path) -> None:
    """Import everything, and have dbt's project parsed."""
    from orchestration.settings import go_quiet

    go_quiet()
    for name in _IMPORTS:
        importlib.import_module(name)
    call(_parse, var)
    from orchestration import warehouse

    warehouse._load_manifest(warehouse.prepare_manifest(var).parent)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def _parse(var: Path) -> None:
    from orchestration import warehouse

    warehouse.prepare_manifest(var)


def call(function: Callable[..., Result], *arguments: Any) -> Result:
    """A function's result, computed in a child. Raises RuntimeError with what the child said where it failed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        code = 1
        try:
            content = pickle.dumps(function(*arguments))
            code = 0
        except BaseException:  # the parent is told whatever it is
            import traceback

            content = pickle.dumps(traceback.format_exc())
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(content)
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        content = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    result = pickle.loads(content) if content else f"ended with {code}"
    if code:
        raise RuntimeError(f"{function.__name__}: {result}")
    return result


class Command:
    """``junheng …``, or a function that returns an exit code, under way."""

    def __init__(
        self, arguments: Sequence[str] | Callable[[], int], output: Path, strike: Strike | None = None
    ) -> None:
        self._output = output
        self._strike = strike or Strike()
        self._begin = time.monotonic()
        self._reading, writing = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._reading)
            _become(arguments, output, self._strike, writing)
        os.close(writing)

    def wait(self) -> Ended:
        """Its end; struck when the time has come."""
        until = _MOST_SECONDS if self._strike.seconds is None else self._strike.seconds
        status = self._status_within(until)
        if status is None:
            os.kill(self._child, signal.SIGKILL)
            status = os.waitpid(self._child, 0)[1]
            if self._strike.seconds is None:
                raise TimeoutError(
                    f"no end within {_MOST_SECONDS} s: {_said(self._output).read_text(encoding='utf-8')}"
                )
        seconds = time.monotonic() - self._begin
        with os.fdopen(self._reading, "rb") as pipe:
            count = pipe.read()
        code = os.waitstatus_to_exitcode(status)
        output, said = (
            path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
            for path in (self._output, _said(self._output))
        )
        return Ended(code == -signal.SIGKILL, code, seconds, int(count) if count else None, output, said)

    def _status_within(self, seconds: float) -> int | None:
        while True:
            child, status = os.waitpid(self._child, os.WNOHANG)
            if child:
                return status
            left = seconds - (time.monotonic() - self._begin)
            if left <= 0:
                return None
            time.sleep(min(0.01, left))


def run(arguments: Sequence[str] | Callable[[], int], output: Path, strike: Strike | None = None) -> Ended:
    """The command from beginning to end."""
    return Command(arguments, output, strike).wait()


def _become(arguments: Sequence[str] | Callable[[], int], output: Path, strike: Strike, pipe: int) -> NoReturn:
    """In the child: run the command; the judge's process of its own is this one, which has imported it."""
    code = 70
    try:
        for path, stream in ((output, 1), (_said(output), 2)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
        from orchestration import judge_process
        from orchestration.cli.app import run as command_line

        judge_process.run = lambda function, *args, **options: function(*args, **options)
        judge_process.ready = contextlib.nullcontext
        steps = _count_steps(strike)
        code = arguments() if callable(arguments) else command_line(arguments)
        os.write(pipe, str(steps()).encode())
    except BaseException:  # of a function; the command line lets none through
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _said(output: Path) -> Path:
    return output.with_suffix(".err")


def _count_steps(strike: Strike) -> Callable[[], int]:
    """Count what the interpreter does to files in the strike's folders, and kill before the step that it names."""
    folders = tuple(str(folder) for folder in strike.folders)
    count = 0

    def seen(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal count
        if event == "open":
            if not isinstance(arguments[2], int) or not arguments[2] & _WRITING:
                return
        elif event not in _LASTING:
            return
        if not _place(event, arguments).startswith(folders):
            return
        count += 1
        if strike.step is not None and count >= strike.step:
            os.kill(os.getpid(), signal.SIGKILL)

    if folders:
        sys.addaudithook(seen)
    return lambda: count


def _place(event: str, arguments: tuple[Any, ...]) -> str:
    """The path that an operation is about; of a rename, where to."""
    path = arguments[1] if event in {"os.rename", "os.link"} else arguments[0]
    if not isinstance(path, str | os.PathLike):
        return ""
    path = os.fspath(path)
    if os.path.isabs(path):  # noqa: PTH117 - called for every file operation there is
        return path
    folder = arguments[-1] if event in {"os.remove", "os.rmdir", "os.mkdir"} else -1
    try:
        return f"{os.readlink(f'/proc/self/fd/{folder}')}/{path}" if isinstance(folder, int) and folder >= 0 else path  # noqa: PTH115
    except OSError:
        return path
