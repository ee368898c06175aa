"""``junheng ui`` listens on loopback, and says what it means to listen elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestration.cli import ui as module


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have been started."""
    calls: list[list[str]] = []

    def call(command: list[str], **_: object) -> int:
        calls.append(command)
        return 0

    monkeypatch.setattr(module.subprocess, "call", call)
    return calls


@pytest.mark.parametrize("host", [None, "127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_no_warning(started: list[list[str]], tmp_path: Path, host: str | None) -> None:
    arguments = ["--var", str(tmp_path), *(["--host", host] if host else [])]
    said = CliRunner().invoke(module.ui, arguments)
    assert said.exit_code == 0 and "警告" not in said.output
    (command,) = started
    assert command[command.index("-h") + 1] == (host or "127.0.0.1") and "--read-only" not in command


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.5", "junheng.example"])
def test_anything_else_is_warned_of(started: list[list[str]], tmp_path: Path, host: str) -> None:
    said = CliRunner().invoke(module.ui, ["--var", str(tmp_path), "--host", host])
    assert "警告：Dagster 没有登录" in said.output and "发起载入" in said.output and "docs/login.md" in said.output
    said = CliRunner().invoke(module.ui, ["--var", str(tmp_path), "--host", host, "--read-only"])
    assert "看到全部数据。" in said.output
    assert "--read-only" in started[1]
