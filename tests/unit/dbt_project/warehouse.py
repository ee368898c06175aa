"""Builds the warehouse from a landing folder as a load does: dbt, the judge, dbt again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.judge import judge_warehouse
from expectations.standards import export_standards
from orchestration import warehouse
from orchestration.settings import DBT_PROJECT
from tests.unit.dbt_project.landing import County, write

STANDARD = "national-2017"
Row = dict[str, object]


class Warehouse:
    """A built warehouse; rows come back as dictionaries."""

    def __init__(self, var: Path) -> None:
        self.var = var

    def rows(self, sql: str, *parameters: object) -> list[Row]:
        """What a query returns, in its order."""
        with duckdb.connect(str(self.var / "warehouse.duckdb"), read_only=True) as book:
            result = book.execute(sql, parameters)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def gaps(self, county: str, indicator: str) -> list[Row]:
        """The gap rows of one indicator, in the order of the list."""
        return self.rows("from marts.gap_list where county = ? and indicator = ? order by position", county, indicator)

    def verdict(self, county: str, indicator: str) -> Row:
        """The row of one indicator."""
        (row,) = self.rows("from marts.verdicts where county = ? and indicator = ?", county, indicator)
        return row


def run_dbt(command: str, var: Path, *arguments: str) -> Any:  # noqa: ANN401 - dbt's result types are private
    """One dbt command on the manifest that `build` has parsed. Returns dbtRunnerResult.

    It writes to the working folder only: what the project's target folder holds is read by other processes meanwhile.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    parsed = warehouse._load_manifest(warehouse.prepare_manifest(var).parent)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
    target = var / "dbt" / "unit"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUNHENG_VAR", str(var))
        outcome = dbtRunner(manifest=parsed).invoke([
            command, *arguments, "--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT),
            "--target-path", str(target), "--log-path", str(target), "--log-level-file", "none", "--no-write-json",
            "--quiet",
        ])  # fmt: skip
    DuckDBConnectionManager.close_all_connections()
    return outcome


def build(var: Path, counties: Sequence[County], *, reverse: bool = False) -> Warehouse:
    """Land the counties, run both selections of the project with their tests, and judge in between.

    Raises DbtFailed where a model or a dbt test fails, JudgementError where expected tests do not fit.
    """
    write(var, counties, reverse=reverse)
    export_standards(STANDARD, var / "landing")
    warehouse.build("metrics", var)
    folder = var / "verdicts"
    folder.mkdir(exist_ok=True)
    judge_warehouse(var / "warehouse.duckdb", STANDARD).write_verdicts(folder / "data.parquet")
    warehouse.build("assessment", var)
    return Warehouse(var)
