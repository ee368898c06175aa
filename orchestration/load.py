"""One load from beginning to end: the command line's way into the Dagster job. Heavy imports happen inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration import machine, progress, workspace
from orchestration.begin import begin_load
from orchestration.lock import load_lock
from orchestration.publication.outcome import CheckOutcome, LoadOutcome
from orchestration.publication.pointer import read_current
from orchestration.settings import DEFAULT_STANDARD, go_quiet

if TYPE_CHECKING:
    import dagster as dg


class LoadFailed(Exception):
    """A stage failed by an error of ours or of the machine (exit 1). Nothing was published, unless ``published``: then
    the data were, and only papers and pages are not all in their place yet."""

    def __init__(self, text: str, published: bool = False) -> None:
        super().__init__(text)
        self.published = published


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
    Raises LoadFailed where a stage breaks; what was published before then stands as it was.
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
        with open_instance(var) as instance:
            result = job.execute_in_process(
                instance=instance,
                partition_key=partition_key(*single) if single else None,
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
                tags={"junheng/partitions": ",".join(wanted)[:1000]},
            )
        return _outcome(result, var)


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


def _outcome(result: dg.ExecuteInProcessResult, var: Path) -> LoadOutcome:
    failures = result.filter_events(lambda event: event.is_step_failure)
    state = workspace.read_state(var) if (var / workspace.STATE).exists() else None
    if failures and (state is None or state.sound):  # where all were refused, the blocking check is what stopped it
        data = failures[0].step_failure_data
        error = data.error
        while error is not None and error.cause is not None:
            error = error.cause
        text = error.message.strip() if error else "原因不明"
        current = read_current(var)
        raise LoadFailed(
            machine.sentence(text) or f"{failures[0].step_key} 失败：{text}",
            published=current is not None and state is not None and current.run_id == state.run_id,
        )
    if state is None:
        raise LoadFailed("载入没有开始，原因见 junheng ui 的运行记录")
    return LoadOutcome(
        state.run_id,
        published=[partition.key for partition in state.sound],
        refused=[partition.key for partition in state.partitions if partition.status == workspace.REFUSED],
    )
