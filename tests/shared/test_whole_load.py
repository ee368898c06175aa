"""The sample county loaded by the command, in shared mode; what is published is what the working folder would hold."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from orchestration.publication import reader, snapshot
from orchestration.publication.pointer import PublishedPartition
from orchestration.workspace import read_state
from tests.e2e.tools import command, environment, raw_of_huantai
from tests.shared import tables
from tests.shared.conftest import Lake


def junheng(lake: Lake, *arguments: str, user: str = "junheng_writer") -> subprocess.CompletedProcess[str]:
    """The command, as on a worker's or a reader's machine."""
    return subprocess.run(
        command(*arguments), env=environment() | lake.environment(user), capture_output=True, text=True,
        encoding="utf-8", check=False, timeout=300,
    )  # fmt: skip


def test_a_county_is_loaded_and_read(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, elsewhere = tmp_path / "worker", tmp_path / "elsewhere"
    loaded = junheng(lake, "load", "2017", "370321", "--raw", str(raw_of_huantai()), "--var", str(worker))
    assert loaded.returncode == 0, loaded.stderr
    assert str(lake.data) in loaded.stdout
    assert (worker / "site" / "2017" / "370321" / "index.html").is_file()
    assert (worker / "site" / "index.html").is_file()
    said = loaded.stdout + loaded.stderr
    assert lake.server.password not in said
    logs = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size < 5_000_000]
    assert len(logs) > 20
    assert not [path for path in logs if lake.server.password.encode() in path.read_bytes()]

    # Another machine, with nothing of its own, as the reader.
    for arguments in (
        ["gaps", "2017", "370321"], ["status"], ["query", "select * from area_verdicts order by all"],
    ):  # fmt: skip
        told = junheng(lake, *arguments, "--format", "json", "--var", str(elsewhere), user="junheng_reader")
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout)["rows"], arguments
    traced = junheng(lake, "trace", "2017", "370321", "B14", "370321", "--var", str(elsewhere), user="junheng_reader")
    assert traced.returncode == 0, traced.stderr
    copied = junheng(
        lake,
        "forms",
        "2017",
        "370321",
        "--output",
        str(tmp_path / "out"),
        "--var",
        str(elsewhere),
        user="junheng_reader",
    )
    assert copied.returncode == 0, copied.stderr
    assert (tmp_path / "out" / "forms.xlsx").is_file()

    # The same warehouse, judged once, published into a working folder.
    state = reader.current(worker)
    assert state is not None
    shared = tables.contents(state), tables.comments(state)
    monkeypatch.delenv("JUNHENG_WAREHOUSE")
    [one] = read_state(worker).sound
    alone = snapshot.publish(
        worker,
        "alone",
        [PublishedPartition(one.year, one.county, one.standard, one.fingerprint, county_name=one.county_name)],
    )
    embedded = tables.contents(alone), tables.comments(alone)
    assert sum(len(rows) for rows in embedded[0].values()) > 10_000
    assert sorted(shared[0]) == sorted(embedded[0])
    for name, rows in embedded[0].items():
        assert shared[0][name] == rows, name
    assert shared[1] == embedded[1]
