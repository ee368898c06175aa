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
from orchestration.cli.app import run
from orchestration.publication import reader, snapshot
from orchestration.publication.lake import connection
from orchestration.publication.pointer import PublishedPartition, Snapshot
from orchestration.workspace import LoadState, read_state
from tests.e2e import tools
from tests.e2e.tools import ROOT, command, environment
from tests.oracle.county import write_county
from tests.oracle.county_spec import random_spec
from tests.shared import tables
from tests.shared.conftest import Lake

UNIT = ROOT / "docs" / "shared_mode" / "junheng-load.service"
ONE, TWO = (2017, "370322"), (2017, "370323")


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


def sound_of(var: Path, key: tuple[int, str]) -> PublishedPartition:
    """What the load in a working folder judged."""
    [sound] = read_state(var).sound
    assert sound.key == key
    return PublishedPartition(*key, sound.standard, sound.fingerprint, county_name=sound.county_name)


def without_server(lake: Lake, var: Path, raw: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A load from under which PostgreSQL is killed, not to come back while it waits; what it said."""
    publish = publishing.publish_load

    def killed(var: Path, state: LoadState) -> Snapshot:
        lake.server.kill()
        return publish(var, state)

    with monkeypatch.context() as away:
        away.setattr(publishing, "publish_load", killed)
        away.setattr(connection, "WRITER_PATIENCE", 0.0)
        try:
            done = tools.load(var, raw, "2017", TWO[1])
        finally:
            lake.server.start()
    assert done.returncode == 1
    assert "连不上 PostgreSQL" in done.stderr and "什么也没有发布" in done.stderr
    assert "Traceback" not in done.stderr and "orchestration." not in done.stderr
    state = reader.current(var)
    assert state is None or TWO not in {record.key for record in state.partitions}
    return done.stdout + done.stderr


def test_counties_are_loaded_by_two_workers_and_read(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for (year, code), name in ((ONE, "one"), (TWO, "two")):
        spec = replace(random_spec(int(code), 4), code=code, name=f"试验{code}县", year=year)
        write_county(tmp_path / f"raw_{name}" / str(year) / code, spec, int(code))
    systemd = started(lake, tmp_path / "raw_one", one)
    try:
        said = without_server(lake, two, tmp_path / "raw_two", monkeypatch)
        out, err = systemd.communicate(timeout=300)
    finally:
        systemd.kill()
    assert systemd.returncode == 0, err
    assert "".join(str(lake.data).split()) in "".join(out.split())  # a long line is broken at a blank
    assert (one / "site" / "2017" / ONE[1] / "index.html").is_file()
    assert (one / "site" / "index.html").is_file()
    # Neither on the screen nor in any file, Dagster's history of runs among them.
    assert lake.server.password not in out + err + said
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files) and len(files) > 20
    assert not [path for path in files if lake.server.password.encode() in path.read_bytes()]

    # What could not be published is whole, and can be now.
    publishing.publish_load(two, read_state(two))
    # Another machine, with nothing of its own, as the reader.
    with monkeypatch.context() as elsewhere:
        for name, value in (lake.environment("junheng_reader") | {"JUNHENG_VAR": str(tmp_path / "elsewhere")}).items():
            elsewhere.setenv(name, value)
        for arguments in (
            ["gaps", "2017", ONE[1], "--format", "json"],
            ["query", "select * from area_verdicts order by all", "--format", "json"],
            ["trace", "2017", TWO[1], "B14", TWO[1], "--format", "json"],
        ):
            assert run(arguments) == 0
            assert json.loads(capsys.readouterr().out)["rows"], arguments
        assert run(["forms", "2017", TWO[1], "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "forms.xlsx").is_file()

    # What each worker judged, published into its own working folder instead.
    state = reader.current(one)
    assert state is not None and [record.key for record in state.partitions] == [ONE, TWO]
    shared = {key: tables.contents(state, key) for key in (ONE, TWO)}
    comments = tables.comments(state)
    monkeypatch.delenv("JUNHENG_WAREHOUSE")
    for var, key in ((one, ONE), (two, TWO)):
        alone = snapshot.publish(var, "alone", [sound_of(var, key)])
        embedded = tables.contents(alone, key)
        assert sum(len(rows) for rows in embedded.values()) > 1_000
        assert sorted(shared[key]) == sorted(embedded)
        for name, rows in embedded.items():
            assert shared[key][name] == rows, name
        assert comments == tables.comments(alone)
