"""Exports the limits of an edition as the tables `standards` and `standard_parameters`, which dbt joins.

This is the only way a limit reaches SQL. Great Expectations is not imported here.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl

from expectations.suites import LEVEL_ORDER, TEST_ORDER, JudgedTest, load_suites, suites_digest

__all__ = ["export_standards", "suites_digest"]

_LIMIT = pl.Decimal(18, 6)
_STANDARDS: dict[str, pl.DataType | type[pl.DataType]] = {
    "standard": pl.String,
    "test_id": pl.String,
    "suite": pl.String,
    "judged_table": pl.String,
    "judged_column": pl.String,
    "required_column": pl.String,
    "indicator": pl.String,
    "title": pl.String,
    "clause": pl.String,
    "description": pl.String,
    "test": pl.String,
    "level": pl.String,
    "subject_type": pl.String,
    "item": pl.String,
    "unit": pl.String,
    "shortfall_unit": pl.String,
    "direction": pl.String,
    "strict": pl.Boolean,
    "limit_value": _LIMIT,
    "accepted": pl.List(pl.String),
    "responsible_units": pl.List(pl.String),
    "position": pl.Int32,
    "statement_phrase": pl.String,
    "mean_decimals": pl.Int32,
    "concerns": pl.String,
    "reading": pl.String,
}
_PARAMETERS: dict[str, pl.DataType | type[pl.DataType]] = {
    "standard": pl.String,
    "indicator": pl.String,
    "name": pl.String,
    "value": _LIMIT,
    "says": pl.String,
}


def _decimal(value: float) -> Decimal:
    # repr is the shortest text that reads back as the same float: 4.505 stays 4.505 on its way to DECIMAL.
    return Decimal(repr(value))


def _row(edition: str, test: JudgedTest) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(test, name) for name in _STANDARDS if hasattr(test, name)}
    return row | {
        "standard": edition,
        "limit_value": None if test.limit is None else _decimal(test.limit),
        "accepted": None if test.accepted is None else list(test.accepted),
        "responsible_units": list(test.responsible_units),
    }


def _order(test: JudgedTest) -> tuple[int, int, int]:
    return test.position, TEST_ORDER.index(test.test), LEVEL_ORDER.index(test.level)


def export_standards(edition: str, out_dir: Path) -> None:
    """Writes `standards/data.parquet` and `standard_parameters/data.parquet` under `out_dir`.

    One row a test, and one a parameter. Limits are DECIMAL(18,6) in the row's `unit`.
    Raises SuiteError if the edition's suites are not sound.
    """
    suites = load_suites(edition)
    tests = sorted((test for suite in suites for test in suite.tests), key=_order)
    parameters = sorted(
        (parameter for suite in suites for parameter in suite.parameters),
        key=lambda parameter: parameter.name,
    )
    tables = {
        "standards": pl.DataFrame([_row(edition, test) for test in tests], schema=_STANDARDS),
        "standard_parameters": pl.DataFrame(
            [
                {
                    "standard": edition,
                    "indicator": parameter.indicator,
                    "name": parameter.name,
                    "value": _decimal(parameter.value),
                    "says": parameter.says,
                }
                for parameter in parameters
            ],
            schema=_PARAMETERS,
        ),
    }
    for name, table in tables.items():
        path = out_dir / name / "data.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        table.write_parquet(path)
