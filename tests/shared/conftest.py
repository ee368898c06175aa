"""One PostgreSQL for all shared tests; a database and a data folder for each that asks."""

from __future__ import annotations

import importlib.util
import itertools
import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.shared.server import Server, binaries

_numbers = itertools.count()


@dataclass(frozen=True)
class Lake:
    """A shared warehouse in which nothing is published, and what to set in the environment to use it."""

    server: Server
    database: str
    data: Path

    def environment(self, user: str = "junheng_writer") -> dict[str, str]:
        """The three variables that every worker and reader has."""
        return {
            "JUNHENG_WAREHOUSE": f"ducklake:postgres:{self.server.dsn(self.database, user)}",
            "JUNHENG_WAREHOUSE_DATA": str(self.data),
            "PGPASSWORD": self.server.password,
        }


@pytest.fixture(scope="session")
def server() -> Generator[Server]:
    """A running server, gone at the end."""
    folder = binaries()
    if folder is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    if os.name != "posix":
        pytest.skip("the test starts PostgreSQL on a unix socket")
    if importlib.util.find_spec("duckdb_extension_ducklake") is None:
        pytest.skip("the DuckLake extension's package is not installed (requirements-dev.lock has it)")
    running = Server(folder)
    try:
        yield running
    finally:
        running.stop()


@pytest.fixture
def lake(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """An empty shared warehouse, set in this process's environment for its writer."""
    name = f"lake_{os.getpid()}_{next(_numbers)}"
    server.database(name)
    made = Lake(server, name, tmp_path / "共享 数据")
    for variable, value in made.environment().items():
        monkeypatch.setenv(variable, value)
    yield made
    server.sql("postgres", f"DROP DATABASE {name} WITH (FORCE)")
