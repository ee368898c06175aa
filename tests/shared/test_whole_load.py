"""Two workers load at once, as systemd starts them, one through a restart of PostgreSQL; a reader looks on.

What is published then is, row for row, what each working folder alone would hold.
"""

from __future__ import annotations

import configparser
import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration import publishing
from orchestration.publication import reader, snapshot
from orchestration.publication.lake import connection
from orchestration.publication.pointer import PublishedPartition, Snapshot
from orchestration.workspace import LoadState, read_state
from tests.e2e import tools
from tests.e2e.tools import ROOT, command, environment, raw_of_huantai
from tests.oracle.county import write_county
from tests.oracle.county_spec import random_spec
from tests.shared import tables
from tests.shared.conftest import Lake

UNIT = ROOT / "docs" / "shared_mode" / "junheng-load.service"
HUANTAI, OTHER = (2017, "370321"), (2017, "370322")


def started(lake: Lake, raw: Path, var: Path) -> subprocess.Popen[str]:
    """A load with the arguments that the systemd unit has."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(UNIT.read_text(encoding="utf-8"))
    program, *arguments = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/.venv/bin/junheng")
    arguments = [str(raw) if one == "/srv/junheng-raw" else one for one in arguments]
    return subprocess.Popen(
        command(*arguments), env=environment() | lake.environment() | {"JUNHENG_VAR": str(var)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip


def junheng(lake: Lake, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command on a reader's machine."""
    return subprocess.run(
        command(*arguments), env=environment() | lake.environment("junheng_reader"), capture_output=True, text=True,
        encoding="utf-8", check=False, timeout=300,
    )  # fmt: skip


def without_server(lake: Lake, var: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load from under which PostgreSQL is killed, not to come back while it waits."""
    publish = publishing.publish_load

    def killed(var: Path, state: LoadState) -> Snapshot:
        lake.server.kill()
        return publish(var, state)

    with monkeypatch.context() as away:
        away.setattr(publishing, "publish_load", killed)
        away.setattr(connection, "WRITER_PATIENCE", 0.0)
        try:
            done = tools.load(var, raw, "2017", OTHER[1])
        finally:
            lake.server.start()
    assert done.returncode == 1
    assert "连不上 PostgreSQL" in done.stderr and "什么也没有发布" in done.stderr
    assert "Traceback" not in done.stderr and lake.server.password not in done.stdout + done.stderr
    state = reader.current(var)
    assert state is None or OTHER not in {record.key for record in state.partitions}


def test_counties_are_loaded_by_two_workers_and_read(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, elsewhere = tmp_path / "one", tmp_path / "two", tmp_path / "elsewhere"
    raw = tmp_path / "raw"
    write_county(raw / "2017" / OTHER[1], replace(random_spec(11), code=OTHER[1], name="高青县", year=2017), 11)
    systemd = started(lake, raw_of_huantai(), one)
    try:
        without_server(lake, two, raw, monkeypatch)
        again = tools.load(two, raw, "2017", OTHER[1])
        out, err = systemd.communicate(timeout=300)
    finally:
        systemd.kill()
    assert (again.returncode, systemd.returncode) == (0, 0), again.stderr + err
    assert str(lake.data) in out
    assert (one / "site" / "2017" / "370321" / "index.html").is_file()
    assert (one / "site" / "index.html").is_file()
    # Neither on the screen nor in any file, Dagster's history of runs among them.
    assert lake.server.password not in out + err + again.stdout + again.stderr
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files) and len(files) > 20
    assert not [path for path in files if lake.server.password.encode() in path.read_bytes()]

    # Another machine, with nothing of its own, as the reader.
    for arguments in (["gaps", "2017", "370321"], ["query", "select * from area_verdicts order by all"]):
        told = junheng(lake, *arguments, "--format", "json", "--var", str(elsewhere))
        assert told.returncode == 0, told.stderr
        assert json.loads(told.stdout)["rows"], arguments
    traced = junheng(lake, "trace", "2017", "370321", "B14", "370321", "--var", str(elsewhere))
    assert traced.returncode == 0, traced.stderr
    copied = junheng(lake, "forms", "2017", "370321", "--output", str(tmp_path / "out"), "--var", str(elsewhere))
    assert copied.returncode == 0, copied.stderr
    assert (tmp_path / "out" / "forms.xlsx").is_file()

    # What each worker judged, published into its own working folder instead.
    state = reader.current(one)
    assert state is not None and [record.key for record in state.partitions] == [HUANTAI, OTHER]
    shared = {key: tables.contents(state, key) for key in (HUANTAI, OTHER)}
    said = tables.comments(state)
    monkeypatch.delenv("JUNHENG_WAREHOUSE")
    for var, key in ((one, HUANTAI), (two, OTHER)):
        [sound] = read_state(var).sound
        assert sound.key == key
        part = PublishedPartition(*key, sound.standard, sound.fingerprint, county_name=sound.county_name)
        alone = snapshot.publish(var, "alone", [part])
        embedded = tables.contents(alone, key)
        assert sum(len(rows) for rows in embedded.values()) > 1_000
        assert sorted(shared[key]) == sorted(embedded)
        for name, rows in embedded.items():
            assert shared[key][name] == rows, name
        assert said == tables.comments(alone)
