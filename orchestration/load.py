"""One load from beginning to end: the command line's way into the Dagster job. Heavy imports happen inside."""

from __future__ import annotations

import re
import signal
import socket
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration import machine, progress, workspace
from orchestration.begin import begin_load
from orchestration.lock import load_lock
from orchestration.publication.lake.place import place
from orchestration.publication.outcome import CheckOutcome, LoadOutcome
from orchestration.publication.pointer import read_current
from orchestration.publication.snapshot import building_database
from orchestration.settings import DEFAULT_STANDARD, go_quiet

if TYPE_CHECKING:
    import dagster as dg


_ENDING = {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGBREAK", signal.SIGTERM)}
# What a signal is called that reaches a stage.
_SIGNALS = frozenset({"DagsterExecutionInterruptedError", "KeyboardInterrupt"})


class LoadFailed(Exception):
    """A stage failed by an error of ours or of the machine (exit 1). Nothing was published, unless ``published``: then
    the data were, and only papers and pages are not all in their place yet."""

    def __init__(self, text: str, published: bool = False) -> None:
        super().__init__(text)
        self.published = published


class LoadInterrupted(KeyboardInterrupt):
    """The load was told to stop (Ctrl-C, SIGTERM); the message (Chinese) says what became of the data."""


def run_load(
    partitions: Sequence[tuple[int, str]],
    raw: Path,
    var: Path,
    provisional: bool = False,
    on_wait: Callable[[], None] | None = None,
    standard: str = DEFAULT_STANDARD,
) -> LoadOutcome:
    """Load partitions in one run: read, compute, judge by a standard edition, publish. Waits for another load first.

    Partitions with errors are refused (their faults are in ``var/refused``), the sound ones are published.
    Raises LoadFailed where a stage breaks, LoadInterrupted; what was published before then stands as it was.
    """
    raw, var = raw.resolve(), var.resolve()
    with begin_load(var, on_wait):
        progress.report("准备")
        go_quiet()
        from orchestration.assets.context import LoadSettings, partition_key, partitions_of
        from orchestration.definitions import JOB, build_definitions
        from orchestration.history import open_instance

        wanted = [f"{year}/{county}" for year, county in partitions]
        settings = LoadSettings(
            raw=str(raw), var=str(var), provisional=provisional, standard=standard, partitions=wanted
        )
        # One partition is a run of that partition, as from the web interface. Dagster has no run of several that
        # keeps checks apart, so a wider load runs the same assets unpartitioned and reports each partition itself.
        single = partitions[0] if len(partitions) == 1 else None
        job = build_definitions(settings, partitions_of([single]) if single else None).resolve_job_def(JOB)
        with open_instance(var) as instance, _told_to_stop() as told:
            result = job.execute_in_process(
                instance=instance,
                partition_key=partition_key(*single) if single else None,
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={"junheng/partitions": ",".join(wanted)[:1000]},
            )
        return _outcome(result, var, told())


def run_check(
    partitions: Sequence[tuple[int, str]], raw: Path, var: Path, on_wait: Callable[[], None] | None = None
) -> list[CheckOutcome]:
    """Read and check, and write the return slips; nothing is computed, and what is published stays as it is.

    The slips are written when no load is at them; ``on_wait`` is called where one is. Raises OSError where they cannot
    be written.
    """
    from orchestration.last_year import LastYears
    from orchestration.reading import read_one, send_back
    from orchestration.returns.landing import build_frames

    outcomes: list[CheckOutcome] = []
    last_years = LastYears(var, partitions)
    for year, county in sorted(partitions):
        returns = read_one(raw, year, county, last_years.before(year, county))
        if not returns.errors:
            # Tables are built only where the next year is to be checked as well.
            build = partial(build_frames, returns, DEFAULT_STANDARD, provisional=False)
            last_years.keep(year, county, lambda build=build: build()["cells"])
        with load_lock(var, on_wait=on_wait):
            send_back(raw, var, returns)
        faults = [fault.as_row() for fault in returns.faults]
        outcomes.append(CheckOutcome(year, county, returns.county_name, faults))
    return outcomes


@contextmanager
def _told_to_stop() -> Generator[Callable[[], bool]]:
    """A function that says whether a signal came meanwhile that ends a program.

    Dagster raises it as an error wherever the program is; libraries that catch every error make another of it.
    """
    try:
        heard, said = socket.socketpair()
        heard.setblocking(False)
        said.setblocking(False)
        before = signal.set_wakeup_fd(said.fileno(), warn_on_full_buffer=False)
    except (OSError, ValueError):  # not the main thread: it gets no signals
        yield lambda: False
        return
    seen = bytearray()

    def told() -> bool:
        with suppress(OSError):
            seen.extend(heard.recv(4096))
        return any(number in seen for number in _ENDING)

    with heard, said:
        try:
            yield told
            told()
        finally:
            signal.set_wakeup_fd(before)


def _published(var: Path, run_id: str, failed: str | None) -> bool:
    """Whether the run's data are published although a stage failed; a server that is away is not waited for again."""
    if place() is None:
        current = read_current(var)
        return current is not None and current.run_id == run_id
    # What was built goes as soon as it is in the shared warehouse.
    return failed == "publish_snapshot" and not building_database(var, run_id).exists()


def _outcome(result: dg.ExecuteInProcessResult, var: Path, told: bool = False) -> LoadOutcome:
    failures = result.filter_events(lambda event: event.is_step_failure)
    state = workspace.read_state(var) if (var / workspace.STATE).exists() else None
    failed = failures[0].step_key if failures else None
    published = state is not None and _published(var, state.run_id, failed)
    if not result.success and (told or _interrupted(result)):
        raise LoadInterrupted(
            "载入被中断：数据已经发布，成果文件还没有放全；下一次命令会补齐。"
            if published
            else "载入被中断。先前发布的数据未受影响。"
        )
    if failures and (state is None or state.sound):  # where all were refused, the blocking check is what stopped it
        data = failures[0].step_failure_data
        error = data.error
        while error is not None and error.cause is not None:
            error = error.cause
        # Dagster puts the class before the words: of an error of ours the words say all.
        text = re.sub(r"^orchestration[\w.]*: ", "", error.message.strip()) if error else "原因不明"
        raise LoadFailed(
            machine.sentence(text) or f"{failures[0].step_key} 失败：{text}",
            published=published,
        )
    if state is None or not (result.success or failures):
        raise LoadFailed("载入没有开始或没有走完，原因见 junheng ui 的运行记录", published=published)
    return LoadOutcome(
        state.run_id,
        published=[partition.key for partition in state.sound],
        refused=[partition.key for partition in state.partitions if partition.status == workspace.REFUSED],
    )


def _interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a signal ended the run, within a stage or between two. Dagster makes it an error like any other."""
    errors = [event.step_failure_data.error for event in result.filter_events(lambda event: event.is_step_failure)]
    errors += [event.job_failure_data.error for event in result.filter_events(lambda event: event.is_job_failure)]
    return any(error is not None and error.cls_name in _SIGNALS for error in errors)
