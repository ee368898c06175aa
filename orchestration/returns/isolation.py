"""Reading in processes of its own: a workbook that crashes or hangs the parser costs that workbook and nothing else.

As many processes as there are cores, and never more than the files are worth; started once, kept for the next
partition, ended with this process. One thread a process hands out files and waits; what comes back is put in the
order in which it was asked for.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from orchestration.returns.faults import Fault, fault
from orchestration.returns.workbook import probe
from orchestration.returns.worker import read_frame, write_frame

FILES_PER_PROCESS = 12  # starting a process costs as much as reading that many workbooks
SECONDS_PER_FILE = 8.0  # an ordinary workbook takes a hundredth of a second
SECONDS_PER_MEGABYTE = 1.0
_SECONDS_TO_START = 60.0
_PACKAGE_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True)
class Task:
    """Read one file: a function of a module of this room, its arguments (picklable), the file's name and size."""

    function: Callable[..., Any]
    arguments: tuple[object, ...]
    file: str
    size: int

    @property
    def seconds(self) -> float:
        """How long the file may take."""
        return SECONDS_PER_FILE + SECONDS_PER_MEGABYTE * self.size / 1e6


@dataclass(frozen=True)
class Lost:
    """The process did not come back with a result; ``reason`` (Chinese) says why."""

    reason: str


Begun = Callable[[str, int], None]


class _Process:
    """One reading process and its pipes; started when first needed, and again after it was lost."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, task: Task) -> object:
        """The function's result, or Lost."""
        try:
            process = self._started()
        except _OutOfTimeError:
            self.end()
            return Lost(f"读取进程 {_SECONDS_TO_START:.0f} 秒没有启动")
        except (OSError, EOFError) as error:
            self.end()
            return Lost(f"读取进程无法启动：{error}")
        request = (task.function.__module__, task.function.__qualname__, task.arguments)
        try:
            done, result = self._exchange(process, request, task.seconds)
        except _OutOfTimeError:
            self.end()
            return Lost(f"读取超过 {task.seconds:.0f} 秒")
        except (OSError, EOFError, ValueError):
            code = process.wait()
            self.end()
            return Lost(f"读取进程异常终止（{code}）")
        return result if done else Lost(str(result))

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            path = os.pathsep.join(filter(None, [str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH")]))
            self._process = subprocess.Popen(  # noqa: S603 - this program's own module
                [sys.executable, "-X", "utf8", "-m", "orchestration.returns.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path, "RUST_BACKTRACE": "0"},
            )
            self._exchange(self._process, None, _SECONDS_TO_START)
        return self._process

    @staticmethod
    def _exchange(process: subprocess.Popen[bytes], request: object, seconds: float) -> tuple[bool, object]:
        """Send and wait; a timer ends a process that takes too long, which ends the waiting."""
        if process.stdin is None or process.stdout is None:
            raise OSError("no pipes")
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            if request is not None:
                write_frame(cast("Any", process.stdin), request)
            return cast("tuple[bool, object]", read_frame(cast("Any", process.stdout)))
        except (OSError, EOFError) as error:
            if late.is_set():
                raise _OutOfTimeError from error
            raise
        finally:
            timer.cancel()

    def end(self) -> None:
        """Stop the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe:
                        pipe.close()
            process.wait()


class _OutOfTimeError(Exception):
    pass


class Readers:
    """A set of reading processes."""

    def __init__(self, most: int) -> None:
        self._processes = [_Process() for _ in range(max(1, most))]
        self._lock = threading.Lock()

    def read(
        self, tasks: Sequence[Task], begun: Begun | None = None, came: Callable[[object], None] | None = None
    ) -> list[object]:
        """Every task's result, or Lost, in the order of ``tasks``.

        ``begun`` hears of each file (and how many are under way or done), ``came`` of each result as it comes; both in
        this thread.
        """
        with self._lock:
            waiting: queue.SimpleQueue[int | None] = queue.SimpleQueue()
            events: queue.SimpleQueue[tuple[int, bool]] = queue.SimpleQueue()
            results: list[object] = [Lost("没有读取")] * len(tasks)
            for number in range(len(tasks)):
                waiting.put(number)
            used = self._processes[: max(1, -(-len(tasks) // FILES_PER_PROCESS))]

            def serve(process: _Process) -> None:
                while (number := waiting.get()) is not None:
                    events.put((number, False))
                    try:
                        results[number] = process.ask(tasks[number])
                    except Exception as error:  # noqa: BLE001 - a thread that dies would be waited for for ever
                        process.end()
                        results[number] = Lost(f"读取时出错：{type(error).__name__}：{error}")
                    events.put((number, True))

            threads = [threading.Thread(target=serve, args=(process,), daemon=True) for process in used]
            for thread in threads:
                waiting.put(None)
                thread.start()
            try:
                done = started = 0
                while done < len(tasks):
                    number, finished = events.get()
                    done += finished
                    started += not finished
                    if begun and not finished:
                        begun(tasks[number].file, started)
                    if came and finished:
                        came(results[number])
            except BaseException:
                while not waiting.empty():
                    with contextlib.suppress(queue.Empty):
                        waiting.get_nowait()
                for _ in threads:
                    waiting.put(None)
                self.close()
                raise
            return results

    def close(self) -> None:
        """End every process."""
        for process in self._processes:
            process.end()


@cache
def readers() -> Readers:
    """The reading processes of this program."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    pool = Readers(cores)
    atexit.register(pool.close)
    return pool


def read_isolated(
    tasks: Sequence[Task], begun: Begun | None = None, came: Callable[[object], None] | None = None
) -> list[object]:
    """`Readers.read` with the processes of this program."""
    return readers().read(tasks, begun, came) if tasks else []


def lost_fault(file: str, lost: Lost) -> Fault:
    """What is said of a file whose reading did not come back."""
    return fault("reader_failed", file, found=lost.reason)


def probe_isolated(folder: Path, file: str) -> Fault | None:
    """Open a workbook and read every sheet elsewhere first → why it must not be read here, or None."""
    [found] = read_isolated([Task(probe, (folder, file), file, size_of(folder / file))])
    return lost_fault(file, found) if isinstance(found, Lost) else cast("Fault | None", found)


def size_of(path: Path) -> int:
    """Size in bytes, nought where the file does not say."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
