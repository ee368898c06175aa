"""Running the command as people do, and looking at what it published."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[2]
MARTS = (
    "gap_list",
    "verdicts",
    "schools",
    "sections",
    "section_metrics",
    "county_balance",
    "county_metrics",
    "counties",
)


def raw_of_huantai() -> Path:
    """The shipped returns."""
    return ROOT / "raw"


def environment() -> dict[str, str]:
    """The environment of a person who has set nothing of ours."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUNHENG_", "DAGSTER", "DBT_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}


def command(*arguments: str) -> list[str]:
    """``junheng …`` without relying on what is on PATH."""
    return [sys.executable, "-m", "orchestration.cli", *arguments]


def run(*arguments: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*prefix, *command(*arguments)], capture_output=True, text=True, encoding="utf-8", env=environment(),
        check=False, timeout=300,
    )  # fmt: skip


def load(var: Path, raw: Path, *arguments: str, prefix: Sequence[str] = ()) -> subprocess.CompletedProcess[str]:
    """``junheng load`` into a folder; without a ``prefix`` in this process, where dagster and dbt are imported once.

    The command as a process of its own, from first import to exit code, is what the fixture ``huantai``, the kills
    and the loads that queue run.
    """
    wanted = ("load", *arguments, "--raw", str(raw), "--var", str(var))
    if prefix:
        return run(*wanted, prefix=prefix)
    from orchestration.cli.app import run as command_line

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = command_line(wanted)
    return subprocess.CompletedProcess(wanted, code, out.getvalue(), err.getvalue())


def read(command_name: str, var: Path, year: int, county: str, *arguments: str) -> dict[str, Any]:
    """JSON of a reading command."""
    outcome = run(command_name, str(year), county, *arguments, "--format", "json", "--var", str(var))
    assert outcome.returncode == 0, outcome.stderr
    return json.loads(outcome.stdout)


def current(var: Path) -> dict[str, Any]:
    """The pointer."""
    return json.loads((var / "published" / "current.json").read_text(encoding="utf-8"))


def mart_rows(var: Path, county: str | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every mart of the newest snapshot, read from its DuckDB file; with ``county``, that one's."""
    where = f"where county = '{county}'" if county else ""
    with duckdb.connect(current(var)["duckdb"], read_only=True) as book:
        return {mart: book.sql(f"from marts.{mart} {where} order by all").fetchall() for mart in MARTS}


def content_hash(var: Path) -> str:
    """One hash over all mart rows of the newest snapshot: equal for equal published states."""
    return hashlib.sha256(repr(sorted(mart_rows(var).items())).encode()).hexdigest()
