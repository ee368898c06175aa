"""One warehouse for the whole folder: dbt and Great Expectations start once."""

from __future__ import annotations

import pytest

from tests.unit.dbt_project.counties import COUNTIES
from tests.unit.dbt_project.warehouse import Warehouse, build


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The scenarios of counties.py, loaded together."""
    return build(tmp_path_factory.mktemp("scenarios"), COUNTIES)
