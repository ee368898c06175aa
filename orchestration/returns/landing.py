"""Typed frames of one partition, and their Parquet under ``<var>/landing/<table>/year=Y/county=C/``.

In number columns NULL means 缺报 and nothing else: a blank that means nought is already 0, and a level that a school
does not teach has no row.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from orchestration.returns.checks import Figures
from orchestration.returns.county_return import item_id
from orchestration.returns.layout import carried_fields, county_items, profile_lines
from orchestration.returns.partition import PartitionReturns
from orchestration.returns.schemas import LEVEL_COUNTS, SCHEMAS, polars_schema, validate
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.task_decomposition import split_units
from orchestration.returns.values import Value

Row = dict[str, Any]
_YES = {"是": True, "否": False}
_ROOM_KINDS = {"音乐": "music", "美术": "art"}
_REQUIRED_LEVEL_COUNTS = ("pupils", "classes", "teachers")
_RESOURCES = ("teaching_area_m2", "gym_area_m2", "sports_ground_area_m2", "equipment_value_wan", "multimedia_rooms",
              "teachers_total")  # fmt: skip


def build_frames(returns: PartitionReturns, standard: str, provisional: bool) -> dict[str, pl.DataFrame]:
    """Every landing table of a partition, validated. Raises pandera.errors.SchemaErrors on a defect of ours."""
    figures = Figures(returns.values)
    rows: dict[str, list[Row]] = {
        "partitions": [
            {
                "standard": standard,
                "provisional": provisional and returns.errors > 0,
                "county_name": returns.county_name,
            }
        ],
        "schools": [_school_row(school, figures) for school in _by_code(returns)],
        "school_levels": [
            _level_row(school, level, figures) for school in _by_code(returns) for level in school.levels
        ],
        "school_resources": [
            {
                "school_code": school.code,
                **{name: figures.number(("school_resource", str(school.code), None, name)) for name in _RESOURCES},
            }
            for school in _by_code(returns)
            if school.scope == "compulsory"
        ],
        "supplement": [_supplement_row(code, name, figures) for code, name in sorted(returns.listed.items())],
        # A room whose school is in doubt is nobody's.
        "rooms": [_room_row(room, figures) for room in returns.rooms if _text(figures, "room", room, "school_code")],
        "county_return": [
            {
                "indicator": item.indicator,
                "item": item.item,
                **_number_and_text(figures, item_id(item)),
                "evidence": returns.evidence.get(item_id(item)),
            }
            for item in county_items()
        ],
        "county_profile": [
            {
                "line": line.line,
                "label": line.label,
                "value": figures.number(("county_profile", line.line, None, "value")),
            }
            for line in profile_lines()
        ],
        "task_decomposition": [_task_row(indicator, texts) for indicator, texts in returns.tasks.rows.items()],
        "cells": [_cell_row(value) for value in sorted(returns.values, key=_cell_order)],
        "faults": [dict(found.as_row()) for found in returns.faults],
        "explanations": [asdict(row) for row in returns.explanations],
        "received": [
            {
                "file": file.file,
                "sha256": file.sha256 or None,
                "size": file.size,
                "edition": file.edition,
                "school_code": file.school_code,
                "received_at": file.received_at,
                "revision": file.revision,
            }
            for file in sorted(returns.received, key=lambda file: file.file)
        ],
    }
    return {table: _frame(returns, table, found) for table, found in rows.items()}


def land(frames: dict[str, pl.DataFrame], var: Path, year: int, county: str) -> None:
    """Write a partition's tables; each file appears whole or not at all."""
    for table, frame in frames.items():
        folder = var / "landing" / table / f"year={year}" / f"county={county}"
        folder.mkdir(parents=True, exist_ok=True)
        partial = folder / "data.parquet.partial"
        frame.write_parquet(partial, compression="zstd", statistics=False)
        os.replace(partial, folder / "data.parquet")  # noqa: PTH105 - atomic on every system


def returns_digest(returns: PartitionReturns) -> str:
    """sha256 over the files received and their names: the returns' part of the fingerprint."""
    digest = hashlib.sha256()
    for file in sorted(returns.received, key=lambda file: file.file):
        digest.update(f"{file.file}\0{file.sha256}\0".encode())
    return digest.hexdigest()


def _by_code(returns: PartitionReturns) -> list[SchoolReturn]:
    return [returns.schools[code] for code in sorted(returns.schools)]


def _text(figures: Figures, record: str, record_id: str, name: str) -> str | None:
    cells = figures.cells((record, record_id, None, name))
    return cells[0].value if cells and isinstance(cells[0].value, str) else None


def _school_row(school: SchoolReturn, figures: Figures) -> Row:
    code = str(school.code)
    texts = {
        name: _text(figures, "school", code, name)
        for name in ("school_name", "type_code", "type_name", "operator_code", "operator_name", "urban_rural_code")
    }
    if texts["type_code"] is None and school.school_type is not None:  # left blank, and known by its name
        texts["type_code"] = school.school_type.type_code
    built = _text(figures, "school", code, "built_month")
    boarding = _text(figures, "school", code, "form_boarding")
    return {
        "school_code": code, **texts, "counted_as_school": school.counted is not False, "edition": school.edition,
        "scope": school.scope, "form_boarding": _YES.get(boarding) if boarding else None,
        "built_year": int(built[:4]) if built else None,
    }  # fmt: skip


def _level_row(school: SchoolReturn, level: str, figures: Figures) -> Row:
    """Counts of one level: a field the edition does not carry is 0, one that is asked for and blank is NULL."""
    code = str(school.code)
    row: Row = {"school_code": code, "level": level}
    carried = carried_fields()[school.edition]
    for name in LEVEL_COUNTS:
        key = ("school_level", code, level, name)
        asked = name in _REQUIRED_LEVEL_COUNTS or ("school_level", level, name) in carried
        row[name] = figures.number(key) if asked else Decimal(0)
    return row


def _supplement_row(code: str, listed_name: str, figures: Figures) -> Row:
    row: Row = {"school_code": code}
    for name in SCHEMAS["supplement"].columns:
        if name in ("year", "county", "school_code"):
            continue
        if name in ("school_name", "town"):
            row[name] = _text(figures, "supplement", code, name)
            if name == "school_name" and row[name] is None:
                row[name] = listed_name or code
        elif name == "boarding":
            row[name] = _YES.get(_text(figures, "supplement", code, name) or "")
        else:
            row[name] = figures.number(("supplement", code, None, name))
    return row


def _room_row(room: str, figures: Figures) -> Row:
    return {
        "row_id": room,
        "school_code": _text(figures, "room", room, "school_code"),
        "school_name": _text(figures, "room", room, "school_name"),
        "kind": _ROOM_KINDS.get(_text(figures, "room", room, "kind") or ""),
        "room_name": _text(figures, "room", room, "room_name"),
        "area_m2": figures.number(("room", room, None, "area_m2")),
        "built_year": figures.number(("room", room, None, "built_year")),
    }


def _number_and_text(figures: Figures, key: str) -> Row:
    return {
        "value": figures.number(("county_return", key, None, "value")),
        "text": _text(figures, "county_return", key, "text"),
    }


def _task_row(indicator: str, texts: dict[str, str]) -> Row:
    deadline = texts.get("deadline")
    return {
        "indicator": indicator,
        **{name: texts.get(name) for name in ("requirement", "claimed_statement", "claimed_verdict", "measure",
                                              "deadline_text")},
        "deadline": dt.date.fromisoformat(deadline) if deadline else None,
        "responsible_units": split_units(texts.get("responsible_units", "")),
    }  # fmt: skip


def _cell_row(value: Value) -> Row:
    number = isinstance(value.value, Decimal)
    return {
        "record": value.record, "record_id": value.record_id, "level": value.level, "field": value.field,
        "label": value.label, "value": value.value if number else None,
        "value_text": None if number else value.value, "state": value.state, "file": value.file,
        "sha256": value.sha256, "sheet": value.sheet, "cell": value.cell, "as_written": value.as_written,
        "correction": value.correction, "explanation": value.explanation,
    }  # fmt: skip


def _cell_order(value: Value) -> tuple[str, ...]:
    return (value.record, value.record_id, value.level or "", value.field, value.file, value.sheet, value.cell)


def _frame(returns: PartitionReturns, table: str, rows: list[Row]) -> pl.DataFrame:
    schema = polars_schema(table)
    columns: dict[str, list[Any]] = {name: [] for name in schema}
    for row in rows:
        keyed = {"year": returns.year, "county": returns.county, **row}
        for name, values in columns.items():
            value = keyed[name]
            values.append(int(value) if isinstance(value, Decimal) and schema[name] == pl.Int64 else value)
    frame = pl.DataFrame(
        {name: pl.Series(name, values, dtype=schema[name], strict=True) for name, values in columns.items()}
    )
    return validate(table, frame)
