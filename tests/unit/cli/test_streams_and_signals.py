"""Closed streams, bytes that are no text, a --var that is no folder, a load told to stop: words, no traceback."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from publication import fake_warehouse as fake

from cli.conftest import Ran
from orchestration import load
from orchestration.cli.app import run
from orchestration.workspace import LoadState, PartitionState

Junheng = Callable[..., Ran]
REPO = Path(__file__).parents[3]
KEY = ("2017", fake.COUNTY)


def shell(redirection: str, var: Path, *args: str) -> subprocess.CompletedProcess[str]:
    """Run the command with its streams as a shell gives them."""
    line = f'"$0" -m orchestration.cli "$@" {redirection}'
    return subprocess.run(
        ["/bin/sh", "-c", line, sys.executable, *args, "--var", str(var)],
        capture_output=True, text=True, check=False, cwd=REPO, env=os.environ | {"PYTHONPATH": str(REPO)},
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("redirection", "args", "code"),
    [
        (">&-", ("gaps", *KEY), 0),
        (">&-", ("gaps", *KEY, "--format", "json"), 0),
        ("2>&-", ("gaps", "2017", "370399"), 3),
        ("<&- >&- 2>&-", ("status",), 0),
        ("<&-", ("query", "-"), 64),
    ],
)
def test_streams_that_are_closed(var: Path, redirection: str, args: tuple[str, ...], code: int) -> None:
    ran = shell(redirection, var, *args)
    assert ran.returncode == code, ran.stderr
    assert "Traceback" not in ran.stderr and "程序出错" not in ran.stderr
    if args[0] == "query":
        assert "标准输入" in ran.stderr


@pytest.mark.parametrize(
    "stdin", [io.TextIOWrapper(io.BytesIO(b"select '\xff'"), "utf-8"), io.StringIO("select '\udcff'"), io.StringIO("")]
)
def test_standard_input_that_is_no_sql(junheng: Junheng, monkeypatch: pytest.MonkeyPatch, stdin: io.TextIOBase) -> None:
    monkeypatch.setattr("sys.stdin", stdin)
    ran = junheng("query", "-")
    assert ran.code == 64 and ran.err.startswith("错误：标准输入")


@pytest.mark.parametrize("command", [("status",), ("gaps", *KEY), ("rollback",), ("load", *KEY, "--raw", "raw")])
@pytest.mark.parametrize("below", ["", "x/y"])
def test_a_working_folder_that_is_none(
    junheng: Junheng, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], below: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "absent")
    for name in ("file", "link"):
        ran = junheng(*command, "--var", str(tmp_path / name / below))
        assert ran.code == 64 and f"{tmp_path / name} 不是文件夹" in ran.err, ran.err
    monkeypatch.setenv("JUNHENG_VAR", str(tmp_path / "file"))
    assert junheng(*command).code == 64


class Result:
    """What Dagster says of a run, as far as it is asked."""

    def __init__(self, success: bool, *events: Any) -> None:
        self.success = success
        self.events = events

    def filter_events(self, wanted: Callable[[Any], bool]) -> list[Any]:
        return [event for event in self.events if wanted(event)]


def failure(name: str, stage: bool) -> Any:
    error = SimpleNamespace(cls_name=name, message=f"dagster._core.errors.{name}\n", cause=None)
    return SimpleNamespace(
        is_step_failure=stage, is_job_failure=not stage, step_key="dbt_metrics",
        step_failure_data=SimpleNamespace(error=error), job_failure_data=SimpleNamespace(error=error),
    )  # fmt: skip


def outcome(var: Path, result: object, run_id: str = "r9", told: bool = False) -> None:
    """Let a load end so in a working folder where r2 is published."""
    LoadState(run_id, [PartitionState(2017, fake.COUNTY, fake.STANDARD)]).save(var)
    try:
        load._outcome(result, var, told)  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    finally:
        (var / "load.json").unlink()


@pytest.mark.parametrize("name", ["DagsterExecutionInterruptedError", "KeyboardInterrupt"])
@pytest.mark.parametrize("stage", [True, False])
def test_a_load_that_is_told_to_stop(
    junheng: Junheng, var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, stage: bool
) -> None:
    (tmp_path / "2017" / fake.COUNTY).mkdir(parents=True)
    for run_id, says in (("r9", "先前发布的数据未受影响"), ("r2", "数据已经发布")):

        def told(*_: object, run_id: str = run_id, **__: object) -> None:
            outcome(var, Result(False, failure(name, stage)), run_id)

        monkeypatch.setattr(load, "run_load", told)
        ran = junheng("load", *KEY, "--raw", str(tmp_path))
        assert ran.code == 130 and ran.err.startswith("载入被中断") and says in ran.err
        assert "dagster" not in ran.err and ran.out == ""


def test_a_run_that_did_not_succeed_is_no_load(var: Path) -> None:
    """Without a failed stage too: what is published then is what was."""
    with pytest.raises(load.LoadFailed, match="没有走完"):
        outcome(var, Result(False))
    with pytest.raises(load.LoadFailed, match="dbt_metrics 失败"):
        outcome(var, Result(False, failure("ValueError", stage=True)))
    outcome(var, Result(True))


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_a_library_made_another_error_of(var: Path, number: int) -> None:
    def swallowed(*_: object) -> None: ...

    before = signal.signal(number, swallowed)
    try:
        with load._told_to_stop() as told:  # pyright: ignore[reportPrivateUsage]
            assert not told()
            os.kill(os.getpid(), number)
        assert told()
        with load._told_to_stop() as told:  # pyright: ignore[reportPrivateUsage]
            pass
        assert not told()
    finally:
        signal.signal(number, before)
    with pytest.raises(load.LoadInterrupted, match="载入被中断"):
        outcome(var, Result(False, failure("InvalidFieldValue", stage=True)), told=True)
    outcome(var, Result(True), told=True)  # it came to its end all the same


def test_interrupted_elsewhere_says_so(junheng: Junheng, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.publication.reader.status_rows", stop)
    ran = junheng("status")
    assert (ran.code, ran.err) == (130, "已中断。\n")
    assert run(["--help"]) == 0
