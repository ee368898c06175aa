"""Writes a synthetic landing folder: counties of a few schools that meet everything, but for what a test changes.

Counties are cheap and dbt runs are not, so that all scenarios of a test module are counties of one load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

YEAR = 2017
BANDS = ("25_or_fewer", "26_30", "31_35", "36_40", "41_45", "46_50", "51_55", "56_60", "61_65", "66_or_more")
SUBJECTS = ("语文", "数学", "科学", "体育与健康", "艺术", "德育")
_DECIMAL = pl.Decimal(20, 4)
_KEY: dict[str, Any] = {"year": pl.Int32, "county": pl.String, "school_code": pl.String}
_LEVEL_COUNTS = (
    "pupils", "classes", *(f"classes_{band}" for band in BANDS), "teachers", "teachers_postgraduate",
    "teachers_doctor", "teachers_master", "teachers_bachelor", "teachers_associate", "teachers_pe", "teachers_art",
    "teachers_music", "teachers_fine_art", "backbone_teachers",
)  # fmt: skip
_RESOURCES = ("teaching_area_m2", "gym_area_m2", "sports_ground_area_m2", "equipment_value_wan")
_SUPPLEMENT: dict[str, Any] = {
    "certified_teachers": pl.Int64, "trained_teachers": pl.Int64, "budget_yuan": _DECIMAL, "funded_pupils": pl.Int64,
    "allocated_yuan": _DECIMAL, "training_yuan": _DECIMAL, "primary_in_catchment": pl.Int64,
    "junior_in_catchment": pl.Int64,
}  # fmt: skip
SCHEMAS: dict[str, dict[str, Any]] = {
    "partitions": {"year": pl.Int32, "county": pl.String, "standard": pl.String, "provisional": pl.Boolean,
                   "county_name": pl.String},
    "schools": _KEY | dict.fromkeys(
        ("school_name", "type_code", "type_name", "operator_code", "operator_name", "urban_rural_code"), pl.String
    ) | {"counted_as_school": pl.Boolean, "form_boarding": pl.Boolean, "built_year": pl.Int32, "edition": pl.String,
         "scope": pl.String},
    "school_levels": _KEY | {"level": pl.String} | dict.fromkeys(_LEVEL_COUNTS, pl.Int64),
    "school_resources": _KEY | dict.fromkeys(_RESOURCES, _DECIMAL) | {"multimedia_rooms": pl.Int64,
                                                                      "teachers_total": pl.Int64},
    "supplement": _KEY | {"school_name": pl.String, "built_year": pl.Int32, "boarding": pl.Boolean} | _SUPPLEMENT
    | {"town": pl.String},
    "rooms": _KEY | {"school_name": pl.String, "kind": pl.String, "room_name": pl.String, "area_m2": _DECIMAL,
                     "built_year": pl.Int32, "row_id": pl.String},
    "county_return": {"year": pl.Int32, "county": pl.String, "indicator": pl.String, "item": pl.String,
                      "value": _DECIMAL, "text": pl.String, "evidence": pl.String},
    "county_profile": {"year": pl.Int32, "county": pl.String, "line": pl.String, "label": pl.String,
                       "value": _DECIMAL},
    "task_decomposition": {"year": pl.Int32, "county": pl.String, "indicator": pl.String, "requirement": pl.String,
                           "claimed_statement": pl.String, "claimed_verdict": pl.String, "measure": pl.String,
                           "deadline_text": pl.String, "deadline": pl.Date,
                           "responsible_units": pl.List(pl.String)},
    "cells": {"year": pl.Int32, "county": pl.String, "record": pl.String, "record_id": pl.String, "level": pl.String,
              "field": pl.String, "value": _DECIMAL, "label": pl.String, "file": pl.String, "sheet": pl.String,
              "cell": pl.String, "correction": pl.String, "explanation": pl.String},
}  # fmt: skip

COUNTY_RETURN: dict[tuple[str, str], float | str] = {
    ("B8", "学校规划布局"): "达标",
    ("B9", "学校建设标准统一"): "达标", ("B9", "教师编制标准统一"): "达标",
    ("B9", "生均公用经费基准定额统一"): "达标", ("B9", "基本装备配置标准统一"): "达标",
    ("B13", "小学生均公用经费基准定额"): 710, ("B13", "初中生均公用经费基准定额"): 910,
    ("B14", "特殊教育学校公用经费拨付总额"): 60000, ("B14", "特殊教育学校在校生数"): 10,
    ("B15", "义务教育学校教师年平均工资收入"): 80000, ("B15", "当地公务员年平均工资收入"): 80000,
    ("B15", "绩效工资总量按规定足额核定"): "达标", ("B17", "教职工编制和岗位统筹分配"): "达标",
    ("B18", "符合交流条件教师总数"): 100, ("B18", "实际交流轮岗教师数"): 10, ("B18", "交流轮岗教师中骨干教师数"): 2,
    ("B21", "优质高中招生计划数"): 100, ("B21", "分配到初中学校的名额数"): 50,
    ("B21", "其中：分配到农村初中的名额数"): 30, ("B21", "名额分配向农村初中倾斜"): "达标",
    ("B22", "符合条件的随迁子女数"): 100, ("B22", "在公办学校就读的随迁子女数"): 80,
    ("B22", "在政府购买服务的民办学校就读的随迁子女数"): 5, ("B22", "留守儿童关爱体系健全"): "达标",
    ("B23", "毕业班学生数"): 95, ("B23", "三年前入学学生数"): 100, ("B23", "三年转入学生数"): 3,
    ("B23", "三年死亡学生数"): 1, ("B23", "三年转出学生数"): 2,
    ("B24", "适龄残疾儿童少年数"): 20, ("B24", "已入学残疾儿童少年数"): 19, ("B24", "其中：特殊教育学校就读数"): 10,
    ("B25", "所有学校制定章程"): "达标", ("B25", "学校管理与教学信息化"): "达标",
    ("B27", "教师信息化教学与设施设备利用"): "达标", ("B28", "德育工作与校园文化建设"): "达标",
    ("B29", "课程开齐开足与教学秩序"): "达标", ("B30", "无过重课业负担"): "达标",
    **{("B31", f"{subject}学业水平等级"): "Ⅲ" for subject in SUBJECTS},
    **{("B31", f"{subject}校际差异率"): 0.1 for subject in SUBJECTS},
    ("C1", "发放问卷数"): 120, ("C1", "有效问卷数"): 100, ("C1", "满意问卷数"): 85,
    ("C1", "走访人数"): 10, ("C1", "走访满意人数"): 9,
    **{("V", item): "未发生" for item in ("以考试方式招生", "违规择校", "设立重点校", "设立重点班")},
}  # fmt: skip


@dataclass
class School:
    """One school that meets every standard; `levels` says how many pupils it has where.

    `change` overrides landed values by name, for one level as `primary.teachers`; `supplement=None` leaves it
    off the list, `reported=False` sends no workbook.
    """

    code: str
    levels: Mapping[str, int | None]
    type_code: str = "211"
    scope: str = "compulsory"
    operator_code: str = "831"
    urban_rural_code: str = "121"
    boarding: bool | None = False
    reported: bool = True
    listed: bool = True
    rooms: Sequence[tuple[str, float | None]] | None = None
    change: Mapping[str, float | None] = field(default_factory=lambda: {})

    @property
    def name(self) -> str:
        """What people call it."""
        return f"第{self.code[-2:]}学校"

    def level_row(self, level: str) -> dict[str, Any]:
        """The landed figures of one level; classes of 40, teachers enough for every indicator."""
        pupils = self.levels[level]
        size = pupils or 0
        row: dict[str, Any] = dict.fromkeys(_LEVEL_COUNTS, 0)
        if level == "senior":
            return row | {"pupils": pupils}
        classes = -(-size // 40)
        row |= {
            "pupils": pupils, "classes": classes, "classes_36_40": classes, "teachers": size // 10,
            "teachers_bachelor": size // 10, "teachers_pe": -(-size // 100), "backbone_teachers": -(-size // 50),
        }  # fmt: skip
        return row | {key: self.change[f"{level}.{key}"] for key in row if f"{level}.{key}" in self.change}

    def resource_row(self) -> dict[str, Any]:
        """The landed figures of the whole school; six ㎡ of rooms a pupil (seniors included)."""
        size = sum(pupils or 0 for pupils in self.levels.values())
        row: dict[str, Any] = {
            "teaching_area_m2": size * 7, "gym_area_m2": size, "sports_ground_area_m2": size * 11,
            "equipment_value_wan": Decimal(size * 3) / 10, "multimedia_rooms": -(-size // 30), "teachers_total": 0,
        }  # fmt: skip
        return row | {key: self.change[key] for key in row if key in self.change}

    def supplement_row(self) -> dict[str, Any]:
        """What the county's list says of the school."""
        own = [level for level in self.levels if level != "senior"]
        size = sum(self.levels[level] or 0 for level in own)
        teachers = sum(self.level_row(level)["teachers"] or 0 for level in own)
        row: dict[str, Any] = {
            "certified_teachers": teachers, "trained_teachers": teachers, "budget_yuan": size * 1000,
            "funded_pupils": max(size, 100), "allocated_yuan": max(size, 100) * 1000, "training_yuan": size * 50,
            "primary_in_catchment": self.levels.get("primary"), "junior_in_catchment": self.levels.get("junior"),
            "boarding": self.boarding,
        }  # fmt: skip
        return row | {key: self.change[key] for key in row if key in self.change}

    def room_rows(self) -> list[tuple[str, float | None]]:
        """Kind and ㎡; enough of both kinds unless said otherwise."""
        if self.rooms is not None:
            return list(self.rooms)
        if self.scope != "compulsory":
            return []
        classes = sum(self.level_row(level)["classes"] or 0 for level in self.levels)
        return [(kind, 100.0) for kind in ("music", "art") for _ in range(max(-(-classes // 12), 1))]


def primary(code: str, pupils: int | None = 400, **changes: Any) -> School:  # noqa: ANN401
    """A 小学; keyword arguments are School's."""
    return School(code, {"primary": pupils}, **changes)


def junior(code: str, pupils: int | None = 600, **changes: Any) -> School:  # noqa: ANN401
    """A 初级中学."""
    return School(code, {"junior": pupils}, type_code="311", **changes)


@dataclass
class County:
    """One scenario. `schools` stand beside two ordinary ones, unless `alone`; `items` change the county return."""

    code: str
    schools: Sequence[School] = ()
    items: Mapping[tuple[str, str], float | str | None] = field(default_factory=lambda: {})
    alone: bool = False

    def all_schools(self) -> list[School]:
        """Ordinary schools first: code …01 primary, …02 junior."""
        ordinary = [] if self.alone else [primary("2000000001"), junior("3000000002")]
        return [*ordinary, *self.schools]


def write(var: Path, counties: Sequence[County], *, reverse: bool = False) -> None:
    """Write `landing/<table>/data.parquet` for all counties; `reverse` turns the order of all rows round."""
    rows: dict[str, list[dict[str, Any]]] = {table: [] for table in SCHEMAS}
    for county in counties:
        _add_county(rows, county)
    rows["cells"] = [cell for table in ("school_levels", "school_resources", "supplement", "rooms", "county_return")
                     for row in rows[table] for cell in _cells(table, row)]  # fmt: skip
    for table, schema in SCHEMAS.items():
        folder = var / "landing" / table
        folder.mkdir(parents=True, exist_ok=True)
        ordered = rows[table][::-1] if reverse else rows[table]
        pl.DataFrame([_typed(row, schema) for row in ordered], schema=schema, orient="row").write_parquet(
            folder / "data.parquet"
        )


def _add_county(rows: dict[str, list[dict[str, Any]]], county: County) -> None:
    where = {"year": YEAR, "county": county.code}
    rows["partitions"].append(
        where | {"standard": "national-2017", "provisional": False, "county_name": f"县{county.code}"}
    )
    room_number = 0
    for school in county.all_schools():
        key = where | {"school_code": school.code}
        if school.reported:
            rows["schools"].append(key | {
                "school_name": school.name, "type_code": school.type_code, "operator_code": school.operator_code,
                "urban_rural_code": school.urban_rural_code, "counted_as_school": True, "edition": "synthetic",
                "scope": school.scope,
            })  # fmt: skip
            rows["school_levels"] += [key | {"level": level} | school.level_row(level) for level in school.levels]
            if school.scope == "compulsory":
                rows["school_resources"].append(key | school.resource_row())
        if school.listed:
            rows["supplement"].append(key | {"school_name": school.name} | school.supplement_row())
        for kind, area in school.room_rows():
            room_number += 1
            rows["rooms"].append(key | {
                "kind": kind, "area_m2": area, "row_id": f"{room_number:04}", "room_name": f"{kind}{room_number}",
            })  # fmt: skip
    for (indicator, item), usual in COUNTY_RETURN.items():
        value = county.items.get((indicator, item), usual)
        rows["county_return"].append(where | {
            "indicator": indicator, "item": item, "value": None if isinstance(value, str) else value,
            "text": value if isinstance(value, str) else None,
        })  # fmt: skip
    rows["county_profile"] += [
        where | {"line": "L1", "label": "人口总数（万人）", "value": 50.32},
        where | {"line": "L3", "label": "乡镇数（个）", "value": None},
    ]
    rows["task_decomposition"].append(where | {
        "indicator": "B3", "measure": "招聘教师", "deadline_text": "2018年", "responsible_units": ["县教体局"],
    })  # fmt: skip


def _cells(table: str, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    where = {"year": row["year"], "county": row["county"]}
    if table == "county_return":
        record = {"record": "county_return", "record_id": f"{row['indicator']}|{row['item']}"}
        return [where | record | {"field": name} for name in ("value", "text")]
    records = {"school_levels": "school_level", "school_resources": "school_resource", "rooms": "room"}
    record = {"record": records.get(table, table), "record_id": row.get("row_id", row["school_code"]),
              "level": row.get("level")}  # fmt: skip
    return [where | record | {"field": name} for name in row if name not in {*_KEY, "level"}]


def _typed(row: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: Decimal(str(row[name])) if kind == _DECIMAL and row.get(name) is not None else row.get(name)
        for name, kind in schema.items()
    }
