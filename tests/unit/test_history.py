"""Dagster's history of finished runs goes with the snapshots it tells of; what still runs is told apart."""

# Dagster types its decorators loosely.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.history import alive, close_orphans, forget, open_instance
from orchestration.workspace import began, new_run_id


@dg.job
def nothing() -> None:
    """A run without steps."""


def run_once(var: Path) -> str:
    with open_instance(var) as instance:
        return nothing.execute_in_process(instance=instance).run_id


def runs_of(var: Path) -> list[str]:
    with open_instance(var) as instance:
        return [run.run_id for run in instance.get_runs()]


def test_old_history_goes_with_its_files_and_the_rest_stays(tmp_path: Path) -> None:
    shown, old = run_once(tmp_path), run_once(tmp_path)
    then = datetime.now(UTC)
    new = run_once(tmp_path)
    forget(tmp_path, then, {shown[:8]})
    assert runs_of(tmp_path) == [new, shown]
    left = " ".join(str(path) for path in (tmp_path / "dagster").rglob("*"))
    assert old not in left
    assert new in left
    assert shown in left


def test_what_has_neither_ended_nor_a_process_is_closed(tmp_path: Path) -> None:
    with open_instance(tmp_path) as instance:
        running, killed, launched = (instance.create_run_for_job(nothing) for _ in range(3))
        mark = tmp_path / "dagster" / "alive" / killed.run_id
        with alive(tmp_path, running.run_id):
            mark.touch()  # as a process leaves it that is killed
            close_orphans(instance, tmp_path, but="")
        statuses = {run.run_id: run.status for run in instance.get_runs()}
    waiting = dg.DagsterRunStatus.NOT_STARTED
    assert statuses == {running.run_id: waiting, killed.run_id: dg.DagsterRunStatus.FAILURE, launched.run_id: waiting}
    assert not mark.exists()


def test_a_run_tells_when_it_began() -> None:
    earliest = datetime.now(UTC).replace(microsecond=0)
    assert earliest <= began(new_run_id("0123456789")) <= datetime.now(UTC)
