"""One load of the Huantai returns, shared by every test that only looks at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.e2e.tools import raw_of_huantai, run


@pytest.fixture(scope="session")
def huantai(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """``var`` after loading raw/2017/370321 by the command line; treat it as read-only."""
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent
    var = shared / "huantai_var"
    with FileLock(shared / "huantai.lock"):
        if not (shared / "huantai.done").exists():
            outcome = run("load", "2017", "370321", "--raw", str(raw_of_huantai()), "--var", str(var))
            assert outcome.returncode == 0, outcome.stderr
            (shared / "huantai.done").write_text(outcome.stdout, encoding="utf-8")
    return var


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> Iterator[str]:
    """Name of the xdist worker, ``master`` where tests run in one process."""
    config = getattr(request.config, "workerinput", None)
    yield config["workerid"] if config else "master"
