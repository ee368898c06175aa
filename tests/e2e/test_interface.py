"""Loads launched from Dagster's web interface: they run, wait for each other, are told dead only when they are."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from orchestration.assets.context import LoadSettings, partition_key, partitions_of
from orchestration.assets.judgement import VERDICTS
from orchestration.definitions import JOB, build_definitions
from orchestration.history import close_orphans, open_instance
from orchestration.load import run_load
from orchestration.lock import load_lock
from tests.e2e.tools import command, current, environment
from tests.returns_tools import COUNTY, YEAR, copy_small

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
_SECONDS = 240
_LAUNCH = """
mutation($job: String!, $tags: [ExecutionTag!]) {
  launchRun(executionParams: {
    selector: {repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions", jobName: $job}
    executionMetadata: {tags: $tags}
  }) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } }
}
"""
_STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"


def until(found: Callable[[], Any], what: str) -> Any:
    end = time.monotonic() + _SECONDS
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if result := found():
                return result
        time.sleep(0.3)
    pytest.fail(f"not within {_SECONDS} s: {what}")


@dataclass(frozen=True)
class Interface:
    raw: Path
    var: Path
    port: int

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        address = f"http://127.0.0.1:{self.port}/graphql"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())["data"]

    def launch(self) -> str:
        """Launch the job for the county, as the button does; the run's id."""
        values = {"": f"{COUNTY}|{YEAR}", "/county": COUNTY, "/year": str(YEAR)}
        tags = [{"key": f"dagster/partition{name}", "value": value} for name, value in values.items()]
        launched = self.ask(_LAUNCH, job=JOB, tags=tags)["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return launched["run"]["runId"]

    def status(self, run: str) -> str:
        return self.ask(_STATUS, id=run)["runOrError"]["status"]

    def ended(self, run: str) -> str:
        return until(lambda: (s := self.status(run)) in {"SUCCESS", "FAILURE", "CANCELED"} and s, f"{run} ended")

    def processes(self) -> set[int]:
        """Every process that works for this folder."""
        mine = f"JUNHENG_VAR={self.var}".encode()
        found: set[int] = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mine in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
        return found


@pytest.fixture(scope="module")
def interface(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interface]:
    folder = tmp_path_factory.mktemp("interface").resolve()
    copy_small(folder / "raw")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        site = Interface(folder / "raw", folder / "var", probe.getsockname()[1])
    arguments = command("ui", "--raw", str(site.raw), "--var", str(site.var), "--port", str(site.port))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(arguments, stdout=log, stderr=log, env=environment(), start_new_session=True)
        try:
            until(lambda: site.ask("{ version }"), "the web interface answers")
            yield site
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_a_launched_load_publishes_and_leaves_no_process(interface: Interface) -> None:
    before = interface.processes()
    run = interface.launch()
    assert interface.ended(run) == "SUCCESS"
    assert current(interface.var)["run_id"].endswith(run[:8])
    until(lambda: interface.processes() <= before, "processes of the run are gone")


def test_a_run_that_waits_is_not_told_dead_and_one_that_was_killed_is(interface: Interface) -> None:
    marks = interface.var / "dagster" / "alive"
    before = interface.processes()
    with load_lock(interface.var), open_instance(interface.var) as instance:
        waiting = interface.launch()
        until(lambda: (marks / waiting).exists() and interface.status(waiting) == "STARTED", "the run waits")
        close_orphans(instance, interface.var, but="")
        assert interface.status(waiting) == "STARTED"

        first = interface.processes() - before
        killed = interface.launch()
        until(lambda: (marks / killed).exists() and interface.status(killed) == "STARTED", "the other run waits")
        for process in interface.processes() - before - first:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert interface.status(killed) == "STARTED"
    # The one that waited now loads, and tells of the one that cannot any more.
    assert interface.ended(waiting) == "SUCCESS"
    assert interface.ended(killed) == "FAILURE"
    assert current(interface.var)["run_id"].endswith(waiting[:8])
    assert list(marks.iterdir()) == []


def test_a_later_stage_goes_on_with_its_own_partition_only(tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    copy_small(raw)
    run_load([(YEAR, COUNTY)], raw, var)
    published = current(var)
    both = [(YEAR, COUNTY), (YEAR + 1, "370322")]
    job = build_definitions(LoadSettings(raw=str(raw), var=str(var)), partitions_of(both)).resolve_job_def(JOB)

    def judge(year: int, county: str) -> dg.ExecuteInProcessResult:
        with open_instance(var) as instance:
            return job.execute_in_process(
                instance=instance, partition_key=partition_key(year, county), asset_selection=[VERDICTS],
                raise_on_error=False,
            )  # fmt: skip

    assert judge(YEAR, COUNTY).success
    refused = judge(*both[1])
    assert not refused.success
    [failure] = refused.filter_events(lambda event: event.is_step_failure)
    error = failure.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    assert f"手中的是 {YEAR}/{COUNTY} 的填报表，不是 {YEAR + 1}/370322 的" in error.cause.message
    assert current(var) == published
