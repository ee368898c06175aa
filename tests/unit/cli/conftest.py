"""A published working folder and a way to run the command in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from publication import fake_warehouse as fake

from orchestration.cli.app import run
from orchestration.publication.pointer import utc_now
from orchestration.publication.refusals import Refusal, write_refusal
from orchestration.publication.snapshot import publish

REFUSED = "370323"


@dataclass(frozen=True)
class Ran:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """stdout, which must be one JSON object and nothing else."""
        return json.loads(self.out)


@pytest.fixture(scope="session")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two counties published by one run, the second again by another as a trial; a third refused."""
    folder = tmp_path_factory.mktemp("var")
    fake.build(folder, [fake.COUNTY, fake.OTHER])
    publish(folder, "r1", [fake.partition(), fake.partition(fake.OTHER)])
    fake.build(folder, [fake.OTHER], provisional=True)
    publish(folder, "r2", [fake.partition(fake.OTHER, provisional=True)])
    faults = [fake.fault("not_a_number", "error", cell="E10", message="应填数字"), fake.fault("x", "query")]
    write_refusal(folder, Refusal(2017, REFUSED, "r3", utc_now(), fake.STANDARD, faults))
    return folder


@pytest.fixture
def junheng(var: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run ``junheng`` with these arguments; JUNHENG_VAR names the published folder."""
    monkeypatch.setenv("JUNHENG_VAR", str(var))
    monkeypatch.setenv("COLUMNS", "80")

    def call(*args: str) -> Ran:
        code = run(args)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call
