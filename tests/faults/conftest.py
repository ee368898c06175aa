"""A sound partition of five Huantai schools, made once, and a copy of it to spoil."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.returns_tools import copy_small


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("sound")
    copy_small(raw)
    return raw


@pytest.fixture
def raw(sound: Path, tmp_path: Path) -> Iterator[Path]:
    shutil.copytree(sound, tmp_path / "raw")
    yield tmp_path / "raw"
    shutil.rmtree(tmp_path / "raw")
