"""``kill -9`` over a mixed workload; ``make kills`` strikes a hundred times, then takes the disk away."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.tools import ROOT, environment
from tests.kills.wholeness import holding

KILLS = 8


def test_a_secret_is_found_wherever_it_is(tmp_path: Path) -> None:
    """What the series looks for after its loads, whole, killed and failed ones."""
    (tmp_path / "log").write_bytes(b"PGPASSWORD=hush")
    (tmp_path / "clean").write_bytes(b"nothing")
    with zipfile.ZipFile(tmp_path / "paper.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", "the word is hush, over and over: hush hush")
    assert [line.split()[-1] for line in holding(tmp_path, "hush")] == ["log", "paper.docx"]


@pytest.mark.skipif(
    sys.platform == "win32", reason="SIGKILL and fork are POSIX; Windows' TerminateProcess leaves the same traces"
)
def test_killed_at_any_moment_the_published_stays_whole(tmp_path: Path) -> None:
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.kills", "--no-disks", "--kills", str(KILLS), "--folder", str(tmp_path / "kills")],
        cwd=ROOT, env=environment(), capture_output=True, text=True, encoding="utf-8", check=False, timeout=1800,
    )  # fmt: skip
    print(outcome.stdout)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    killed = [line for line in outcome.stdout.splitlines() if line[:3].strip().isdecimal() and " killed " in line]
    assert len(killed) == KILLS, outcome.stdout
    assert "published data always whole" in outcome.stdout
