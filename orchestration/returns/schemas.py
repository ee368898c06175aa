"""Pandera schemas of the landing tables: the contract between reading and the warehouse.

By the time a frame is built every cell was cast and every bad one reported, so a schema error here is a defect of
ours, not of a return: it stops the load (exit 1) before anything is landed.
"""

# pandera types its checks loosely.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandera.polars as pa
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

DECIMAL = pl.Decimal(20, 4)
_COUNTY = pa.Check.str_matches(r"^\d{6}$")
_CODE = pa.Check.str_matches(r"^\d{10}$")
_NOT_NEGATIVE = pa.Check.ge(0)
_LEVELS = ("primary", "junior", "senior", "special")

LEVEL_COUNTS = (
    "pupils", "classes", "classes_25_or_fewer", "classes_26_30", "classes_31_35", "classes_36_40", "classes_41_45",
    "classes_46_50", "classes_51_55", "classes_56_60", "classes_61_65", "classes_66_or_more", "teachers",
    "teachers_postgraduate", "teachers_doctor", "teachers_master", "teachers_bachelor", "teachers_associate",
    "teachers_pe", "teachers_art", "teachers_music", "teachers_fine_art", "backbone_teachers",
)  # fmt: skip


def _table(columns: Mapping[str, pa.Column], unique: list[str] | None) -> pa.DataFrameSchema:
    keys = {"year": pa.Column(pl.Int32, pa.Check.in_range(1990, 2100)), "county": pa.Column(pl.String, _COUNTY)}
    return pa.DataFrameSchema({**keys, **columns}, unique=unique, strict=True, ordered=False)


def _text(nullable: bool = True, check: pa.Check | None = None) -> pa.Column:
    return pa.Column(pl.String, check, nullable=nullable)


def _count() -> pa.Column:
    return pa.Column(pl.Int64, _NOT_NEGATIVE, nullable=True)


def _amount() -> pa.Column:
    return pa.Column(DECIMAL, _NOT_NEGATIVE, nullable=True)


SCHEMAS: dict[str, pa.DataFrameSchema] = {
    "partitions": _table(
        {"standard": _text(False), "provisional": pa.Column(pl.Boolean), "county_name": _text()}, ["year", "county"]
    ),
    "schools": _table(
        {
            "school_code": _text(False, _CODE), "school_name": _text(), "type_code": _text(False), "type_name": _text(),
            "operator_code": _text(), "operator_name": _text(), "urban_rural_code": _text(),
            "counted_as_school": pa.Column(pl.Boolean), "form_boarding": pa.Column(pl.Boolean, nullable=True),
            "built_year": _count(), "edition": _text(False),
            "scope": _text(False, pa.Check.isin(("compulsory", "special", "vocational", "senior", "preschool"))),
        },
        ["year", "county", "school_code"],
    ),
    "school_levels": _table(
        {"school_code": _text(False, _CODE), "level": _text(False, pa.Check.isin(_LEVELS)),
         **{name: _count() for name in LEVEL_COUNTS}},
        ["year", "county", "school_code", "level"],
    ),
    "school_resources": _table(
        {"school_code": _text(False, _CODE), "teaching_area_m2": _amount(), "gym_area_m2": _amount(),
         "sports_ground_area_m2": _amount(), "equipment_value_wan": _amount(), "multimedia_rooms": _count(),
         "teachers_total": _count()},
        ["year", "county", "school_code"],
    ),
    "supplement": _table(
        {"school_code": _text(False, _CODE), "school_name": _text(), "built_year": _count(),
         "boarding": pa.Column(pl.Boolean, nullable=True), "certified_teachers": _count(),
         "trained_teachers": _count(), "budget_yuan": _amount(), "funded_pupils": _count(),
         "allocated_yuan": _amount(), "training_yuan": _amount(), "primary_in_catchment": _count(),
         "junior_in_catchment": _count(), "town": _text()},
        ["year", "county", "school_code"],
    ),
    "rooms": _table(
        {"row_id": _text(False), "school_code": _text(False, _CODE), "school_name": _text(),
         "kind": _text(True, pa.Check.isin(("music", "art"))), "room_name": _text(), "area_m2": _amount(),
         "built_year": _count()},
        ["year", "county", "row_id"],
    ),
    "county_return": _table(
        {"indicator": _text(False), "item": _text(False), "value": _amount(), "text": _text(), "evidence": _text()},
        ["year", "county", "indicator", "item"],
    ),
    "county_profile": _table(
        {"line": _text(False), "label": _text(False), "value": _amount()}, ["year", "county", "line"]
    ),
    "task_decomposition": _table(
        {"indicator": _text(False), "requirement": _text(), "claimed_statement": _text(), "claimed_verdict": _text(),
         "measure": _text(), "deadline_text": _text(), "deadline": pa.Column(pl.Date, nullable=True),
         "responsible_units": pa.Column(pl.List(pl.String))},
        ["year", "county", "indicator"],
    ),
    "cells": _table(
        {"record": _text(False), "record_id": _text(False), "level": _text(), "field": _text(False),
         "label": _text(False), "value": pa.Column(DECIMAL, nullable=True), "value_text": _text(),
         "state": _text(False, pa.Check.isin(("reported", "zero_blank", "missing", "error"))), "file": _text(False),
         "sha256": _text(False, pa.Check.str_matches(r"^[0-9a-f]{64}$")), "sheet": _text(False),
         "cell": _text(False, pa.Check.str_matches(r"^[A-Z]{1,4}\d+$")), "as_written": _text(False),
         "correction": _text(), "explanation": _text()},
        None,
    ),
    "faults": _table(
        {"severity": _text(False, pa.Check.isin(("error", "missing", "query", "out_of_scope"))), "code": _text(False),
         "file": _text(False), "sheet": _text(), "cell": _text(), "field": _text(), "found": _text(),
         "expected": _text(), "message": _text(False), "subject_id": _text(), "explanation": _text(),
         "explained_by": _text()},
        None,
    ),
    "explanations": _table(
        {"file": _text(), "sheet": _text(), "cell": _text(), "code": _text(), "text": _text(False), "by": _text(False),
         "date": _text(), "book": _text(False), "book_sheet": _text(False), "book_cell": _text(False),
         "of_school": pa.Column(pl.Boolean), "school_code": _text()},
        None,
    ),
    "received": _table(
        {"file": _text(False), "sha256": _text(), "size": pa.Column(pl.Int64), "edition": _text(),
         "school_code": _text(), "received_at": _text(), "revision": pa.Column(pl.Int64, nullable=True)},
        ["year", "county", "file"],
    ),
}  # fmt: skip


def polars_schema(table: str) -> dict[str, Any]:
    """Column name → polars type of a landing table, in order."""
    return {name: column.dtype.type for name, column in SCHEMAS[table].columns.items()}


def validate(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Check an eager frame against its schema, all failures at once. Raises pandera.errors.SchemaErrors."""
    return SCHEMAS[table].validate(frame, lazy=True)
