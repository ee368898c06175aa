"""Brings the judged tables into the one shape that both judges read: float64 or text, NULL as NaN or None."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from expectations.faults import JudgementError
from expectations.suites import Suite

KEY = ("year", "county", "subject_id")
DECIMALS = 10  # only removes float noise (rules.md §2): values are never rounded for print before judging


def prepare_frames(frames: Mapping[str, pd.DataFrame], suites: Sequence[Suite]) -> dict[str, pd.DataFrame]:
    """One frame a suite: year (int64), county, subject_id, subject_name (text), then the judged columns.

    Numbers become float64 rounded to 10 decimals: a DECIMAL would arrive as `Decimal('4.20') < 4.2`.
    Raises JudgementError for an absent table or column, a repeated subject, text where a number belongs, a
    number where text belongs, or an infinite value.
    """
    prepared: dict[str, pd.DataFrame] = {}
    for suite in suites:
        table = suite.judged_table
        if table not in frames:
            raise JudgementError(f"judged table {table} is absent")
        frame = frames[table]
        columns = judged_columns(suite)
        absent = [name for name in (*KEY, "subject_name", *columns) if name not in frame.columns]
        if absent:
            raise JudgementError(f"{table} lacks the columns {', '.join(absent)}")
        shaped = pd.DataFrame(
            {
                "year": frame["year"].astype("int64"),
                "county": _text(frame["county"], table),
                "subject_id": _text(frame["subject_id"], table),
                "subject_name": _text(frame["subject_name"], table),
            }
            | {
                name: _number(frame[name], table) if is_number else _text(frame[name], table)
                for name, is_number in columns.items()
            }
        ).reset_index(drop=True)
        keys = shaped[list(KEY)]
        if bool(keys.isna().to_numpy().any()):
            raise JudgementError(f"{table} has a row without year, county or subject_id")
        if bool(keys.duplicated().any()):
            raise JudgementError(f"{table} has a subject twice: {_first(keys[keys.duplicated()])}")
        prepared[table] = shaped
    return prepared


def judged_columns(suite: Suite) -> dict[str, bool]:
    """The columns a suite reads, in its order; True where they hold numbers, False for text."""
    columns: dict[str, bool] = {}
    for test in suite.tests:
        for name in (test.judged_column, test.required_column):
            if name is not None:
                columns[name] = test.direction != "in_set"
    return columns


def _first(keys: pd.DataFrame) -> str:
    return " ".join(str(value) for value in keys.iloc[0].tolist())


def _where(column: pd.Series, table: str) -> str:
    return f"{table}.{column.name}"


def _text(column: pd.Series, table: str) -> pd.Series:
    values = [None if _is_null(value) else value for value in column.tolist()]
    if any(value is not None and not isinstance(value, str) for value in values):
        raise JudgementError(f"{_where(column, table)} holds something other than text")
    return pd.Series(values, index=column.index, dtype="str")


def _is_null(value: object) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _number(column: pd.Series, table: str) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    else:
        values = [None if _is_null(value) else value for value in column.tolist()]
        if any(isinstance(value, str | bool) for value in values):
            raise JudgementError(f"{_where(column, table)} holds text where a number belongs")
        numbers = np.array([np.nan if value is None else float(value) for value in values], dtype="float64")
    if bool(np.isinf(numbers).any()):
        raise JudgementError(f"{_where(column, table)} holds an infinite value")
    return pd.Series(np.round(numbers, DECIMALS), index=column.index, dtype="float64")
