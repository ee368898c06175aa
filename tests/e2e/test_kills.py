"""``kill -9`` at random moments of a load: what is published is always one of two whole states, and loads recover."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.e2e.test_loads import small_county
from tests.e2e.tools import command, content_hash, current, environment, load, run

KILLS = 20


def kill_after(seconds: float, raw: Path, var: Path) -> bool:
    """Start a load and kill it; returns whether it was still running."""
    process = subprocess.Popen(
        command("load", "2018", "370322", "--raw", str(raw), "--var", str(var)), env=environment(),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True
    return False


@pytest.mark.skipif(
    sys.platform == "win32", reason="SIGKILL is POSIX; Windows' TerminateProcess leaves the same traces"
)
def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Two returns, A and B, loaded in turn; each load is killed somewhere between its first second and its end."""
    raws = [tmp_path / "a", tmp_path / "b"]
    for number, raw in enumerate(raws):
        small_county(raw, "370322", 3 + number)
    var = tmp_path / "var"
    states: list[str] = []
    slowest = 0.0
    for raw in raws:
        begin = time.monotonic()
        outcome = run("load", "2018", "370322", "--raw", str(raw), "--var", str(var))
        slowest = max(slowest, time.monotonic() - begin)
        assert outcome.returncode == 0, outcome.stderr
        states.append(content_hash(var))
    assert states[0] != states[1]

    chance = random.Random(20171221)
    log: list[str] = []
    killed = 0
    for number in range(KILLS):
        raw = raws[number % 2]
        # One in four strikes in the last tenth, where publishing happens.
        share = chance.uniform(0.9, 1.02) if number % 4 == 0 else chance.uniform(0.05, 1.0)
        was_running = kill_after(share * slowest, raw, var)
        killed += was_running
        state = content_hash(var)
        which = "AB"[states.index(state)] if state in states else "??"
        log.append(f"{share:.2f} {'killed' if was_running else 'ended'} {which}")
        assert state in states, log
        with duckdb.connect(current(var)["duckdb"], read_only=True) as book:
            assert book.sql("select count(*) from marts.verdicts").fetchone() == (33,)
    print("\n".join(log))
    assert killed >= KILLS // 2, log
    assert load(var, raws[1], "2018", "370322").returncode == 0
    assert content_hash(var) == states[1]
    leftovers = [path.name for path in (var / "published").iterdir() if path.name.startswith(".")]
    assert leftovers == []
