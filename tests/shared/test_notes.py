"""The deployment notes are run: every block of docs/shared_mode.md, in the order of the page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orchestration.cli.app import junheng
from orchestration.publication.lake.connection import _loaded
from tests.e2e.tools import ROOT, command, environment
from tests.shared.server import Server
from tests.shared.test_shared_publishing import publish

NOTES = ROOT / "docs" / "shared_mode.md"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_notes(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = FENCE.findall(NOTES.read_text(encoding="utf-8"))
    assert [language for language, _ in blocks] == ["sh", "sh", "sql"]
    connect = {"PGHOST": str(server.folder), "PGPORT": "5432", "PGPASSWORD": server.password}
    path = os.pathsep.join([str(server.bin), os.environ["PATH"]])
    for _ in range(2):  # the script may be run again
        subprocess.run(
            ["sh", "-ec", blocks[0][1].replace("createdb junheng", "createdb junheng 2>/dev/null || true")],
            cwd=ROOT, env={**os.environ, **connect, "PGUSER": "postgres", "PATH": path}, check=True,
        )  # fmt: skip
    for role in ("junheng_writer", "junheng_reader"):
        server.sql("postgres", f"ALTER ROLE {role} PASSWORD '{server.password}'")
    settings = {
        "JUNHENG_WAREHOUSE": "ducklake:postgres:dbname=junheng user=junheng_writer",
        "JUNHENG_WAREHOUSE_DATA": str(tmp_path / "data"),
    }
    for name, value in (connect | settings).items():
        monkeypatch.setenv(name, value)
    try:
        publish(tmp_path / "worker", "r1", "370321")
        done = subprocess.run(
            command(*blocks[1][1].split()[1:]), cwd=tmp_path, env=environment() | connect | settings,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0 and "370321" in done.stdout, done.stderr
        with _loaded() as connection:
            statements = [one for one in blocks[2][1].replace(" host=10.0.0.5", "").split(";\n") if one.strip()]
            for statement in statements[:2]:
                connection.execute(statement)
            assert all(connection.execute(statement).fetchall() for statement in statements[2:])
    finally:
        server.sql("postgres", "DROP DATABASE junheng WITH (FORCE)")


def test_the_units_are_systemd_s(tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    units = sorted((NOTES.parent / "shared_mode").glob("junheng-*"))
    assert {unit.suffix for unit in units} == {".service", ".timer"}
    named = re.findall(r"shared_mode/([\w.-]+)\)", NOTES.read_text(encoding="utf-8"))
    assert set(named) <= {unit.name for unit in units} | {"roles.sql", "environment"}
    stated = (NOTES.parent / "shared_mode" / "environment").read_text(encoding="utf-8")
    assert not re.search(r"(?i)password=|PGPASSWORD", stated)
    started = [
        line.split()
        for unit in units
        for line in unit.read_text(encoding="utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    assert [line[1] for line in started] == ["load", "ui"]
    for program, *arguments in started:
        assert program == "ExecStart=/opt/junheng/.venv/bin/junheng"
        with junheng.make_context("junheng", arguments) as ctx:  # raises where the command line is not ours
            name, command_, rest = junheng.resolve_command(ctx, arguments)
            assert command_ is not None
            command_.make_context(name, rest, ctx)
    if verify is None:
        pytest.skip("no systemd here to verify the units with")
    for unit in units:
        text = unit.read_text(encoding="utf-8").replace("/opt/junheng/.venv/bin/junheng", "/bin/true")
        (tmp_path / unit.name).write_text(re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE))
    done = subprocess.run(
        [verify, "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
