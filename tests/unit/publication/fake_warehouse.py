"""A working folder as a load leaves it before publishing: warehouse.duckdb, landed files, two counties.

Small, made up, and nasty: names that are formulas, markup or terminal commands, a leading zero, a value a hair
under its limit, a school that did not report. The measures are the real plan's, for their length.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from orchestration.publication.snapshot import PublishedPartition
from orchestration.publication.sql import literal

YEAR = 2017
COUNTY = "370321"
OTHER = "370322"
RUN = "20171221T080000-aaaa"
STANDARD = "national-2017"
FORMULA_SCHOOL = "=cmd|' /C calc'!A0"
MARKUP_SCHOOL = "<script>alert(1)</script>学校"
STEERING_SCHOOL = "\x1b[31m红\u202e小学"
NINE_YEAR = "0370321001"
TASKS = Path(__file__).parents[3] / "raw" / "2017" / "370321" / "task_decomposition.csv"

DDL = """
CREATE SCHEMA marts;
CREATE SCHEMA evidence;
CREATE TABLE marts.gap_list (year INTEGER, county VARCHAR, position INTEGER, indicator VARCHAR, title VARCHAR,
    test VARCHAR, level VARCHAR, subject_type VARCHAR, subject_id VARCHAR, subject_name VARCHAR, item VARCHAR,
    verdict VARCHAR, observed DOUBLE, required DOUBLE, ratio DOUBLE, shortfall DOUBLE, shortfall_unit VARCHAR,
    numerator DOUBLE, denominator DOUBLE, unit VARCHAR, measure VARCHAR, responsible_units VARCHAR[],
    deadline DATE, deadline_text VARCHAR, note VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.verdicts (year INTEGER, county VARCHAR, indicator VARCHAR, position INTEGER, title VARCHAR,
    clause VARCHAR, verdict VARCHAR, sections_judged BIGINT, sections_short BIGINT, primary_mean DOUBLE,
    primary_cv DOUBLE, junior_mean DOUBLE, junior_cv DOUBLE, statement VARCHAR, measure VARCHAR,
    responsible_units VARCHAR[], deadline DATE, deadline_text VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.counties (year INTEGER, county VARCHAR, county_name VARCHAR, standard VARCHAR,
    county_verdict VARCHAR, schools_met BIGINT, schools_not_met BIGINT, schools_missing BIGINT,
    sections_met BIGINT, sections_not_met BIGINT, sections_missing BIGINT, gaps BIGINT, missing BIGINT,
    provisional BOOLEAN);
CREATE TABLE marts.schools (year INTEGER, county VARCHAR, school_code VARCHAR, school_name VARCHAR,
    type_code VARCHAR, type_name VARCHAR, operator_code VARCHAR, operator_name VARCHAR, urban_rural_code VARCHAR,
    town VARCHAR, built_year INTEGER, boarding BOOLEAN, primary_pupils BIGINT, junior_pupils BIGINT,
    classes BIGINT, in_scope BOOLEAN, scope_reason VARCHAR, verdict VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.sections (year INTEGER, county VARCHAR, school_code VARCHAR, school_name VARCHAR,
    level VARCHAR, pupils BIGINT, classes BIGINT, indicators_met INTEGER, indicators_at_floor INTEGER,
    verdict VARCHAR, in_scope BOOLEAN, scope_reason VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.section_metrics (year INTEGER, county VARCHAR, school_code VARCHAR, school_name VARCHAR,
    level VARCHAR, pupils BIGINT, classes BIGINT, indicator VARCHAR, numerator DOUBLE, denominator DOUBLE,
    value DOUBLE, verdict VARCHAR, floor_verdict VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.county_balance (year INTEGER, county VARCHAR, level VARCHAR, indicator VARCHAR,
    numerator DOUBLE, denominator DOUBLE, mean DOUBLE, standard_deviation DOUBLE, cv DOUBLE, sections BIGINT,
    verdict VARCHAR, provisional BOOLEAN);
CREATE TABLE marts.county_metrics (year INTEGER, county VARCHAR, indicator VARCHAR, item VARCHAR,
    level VARCHAR, numerator DOUBLE, denominator DOUBLE, value DOUBLE, text VARCHAR, unit VARCHAR,
    verdict VARCHAR, evidence VARCHAR, provisional BOOLEAN);
CREATE TABLE evidence.figure_addends (year INTEGER, county VARCHAR, indicator VARCHAR, level VARCHAR,
    item VARCHAR, subject_type VARCHAR, subject_id VARCHAR, part VARCHAR, position INTEGER, label VARCHAR,
    weight DOUBLE,
    weight_text VARCHAR, value DECIMAL(20, 4), record VARCHAR, record_id VARCHAR, record_level VARCHAR,
    field VARCHAR);
COMMENT ON TABLE marts.gap_list IS '问题清单';
COMMENT ON COLUMN marts.gap_list.shortfall IS '还差多少，单位见 shortfall_unit';
"""
CELLS = """CREATE TABLE cells (year INTEGER, county VARCHAR, record VARCHAR, record_id VARCHAR, level VARCHAR,
    field VARCHAR, label VARCHAR, value DECIMAL(20, 4), state VARCHAR, file VARCHAR, sha256 VARCHAR,
    sheet VARCHAR, cell VARCHAR, as_written VARCHAR, value_text VARCHAR, correction VARCHAR, explanation VARCHAR)"""
FAULTS = """CREATE TABLE faults (year INTEGER, county VARCHAR, code VARCHAR, severity VARCHAR, file VARCHAR,
    sheet VARCHAR, cell VARCHAR, field VARCHAR, found VARCHAR, expected VARCHAR, message VARCHAR,
    subject_id VARCHAR, explanation VARCHAR, explained_by VARCHAR)"""
RECEIVED = """CREATE TABLE received (year INTEGER, county VARCHAR, file VARCHAR, sha256 VARCHAR, size BIGINT,
    edition VARCHAR, school_code VARCHAR, received_at VARCHAR, revision INTEGER)"""
VERDICT_ROWS = """CREATE TABLE verdict_rows (year INTEGER, county VARCHAR, standard VARCHAR, test_id VARCHAR,
    subject_type VARCHAR, subject_id VARCHAR, verdict VARCHAR)"""
STANDARDS = """CREATE TABLE standards (standard VARCHAR, test_id VARCHAR, indicator VARCHAR, test VARCHAR,
    level VARCHAR, item VARCHAR, subject_type VARCHAR, unit VARCHAR, limit_value DECIMAL(18, 6), title VARCHAR)"""
PARAMETERS = "CREATE TABLE standard_parameters (standard VARCHAR, name VARCHAR, value DECIMAL(18, 6))"

SHARE = 1120 / (1120 + 1.1 * 690)


def partition(county: str = COUNTY, fingerprint: str = "f" * 64, **changes: object) -> PublishedPartition:
    """What a load would hand over for publishing."""
    values: dict[str, object] = {
        "year": YEAR,
        "county": county,
        "standard": STANDARD,
        "fingerprint": fingerprint,
        "provisional": False,
        "county_name": "桓台县" if county == COUNTY else "高青县",
    }
    return PublishedPartition(**(values | changes))  # pyright: ignore[reportArgumentType]


def build(var: Path, counties: Iterable[str] = (COUNTY,), *, provisional: bool = False, pupils: int = 1120) -> None:
    """Leave the folder as a load of these counties does. ``pupils`` is a number that a new return may change."""
    var.mkdir(parents=True, exist_ok=True)
    warehouse = var / "warehouse.duckdb"
    warehouse.unlink(missing_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(DDL)
        for county in counties:
            for table, rows in marts(county, provisional, pupils).items():
                insert(connection, table, county, rows)
    with duckdb.connect() as connection:
        for ddl in (CELLS, FAULTS, RECEIVED, VERDICT_ROWS, STANDARDS, PARAMETERS):
            connection.execute(ddl)
        for county in counties:
            for table, rows in landed(county, pupils).items():
                insert(connection, table, county, rows)
        for table, folder in (
            *((name, f"landing/{name}") for name in ("cells", "faults", "received")),
            ("verdict_rows", "verdicts"),
        ):
            for county in counties:
                path = var / folder / f"year={YEAR}" / f"county={county}" / "data.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                connection.execute(f"COPY (FROM {table} WHERE county = '{county}') TO {literal(path)} (FORMAT parquet)")
        connection.execute(
            """
            INSERT INTO standards VALUES
                ('national-2017', 'B3.standard.primary', 'B3', 'standard', 'primary', NULL, 'section',
                    '人/百名学生', 0.9, NULL),
                ('national-2017', 'B4.standard.primary', 'B4', 'standard', 'primary', NULL, 'section',
                    '㎡/生', 4.5, NULL),
                ('national-2017', 'B10.rule.music', 'B10', 'rule', NULL, '音乐', 'school', '间', NULL, NULL),
                ('other-2030', 'B4.standard.primary', 'B4', 'standard', 'primary', NULL, 'section', '㎡/生', 9, NULL)
            """
        )
        connection.execute("INSERT INTO standard_parameters VALUES ('national-2017', 'SCHOOL.indicators_met_min', 6)")
        for table in ("standards", "standard_parameters"):
            path = var / "landing" / table / "data.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY {table} TO {literal(path)} (FORMAT parquet)")


def insert(
    connection: duckdb.DuckDBPyConnection, table: str, county: str, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows by column name; columns not named stay null."""
    for row in rows:
        keyed = {"year": YEAR, "county": county, **row}
        connection.execute(
            f"INSERT INTO {table} ({', '.join(keyed)}) VALUES ({', '.join('?' * len(keyed))})",
            list(keyed.values()),
        )


def tasks() -> dict[str, dict[str, str]]:
    """The plan's own rows, by indicator."""
    with TASKS.open(encoding="utf-8-sig", newline="") as lines:
        return {row["指标"]: row for row in csv.DictReader(lines)}


def marts(county: str, provisional: bool, pupils: int) -> dict[str, list[dict[str, object]]]:
    """Rows of every mart."""
    name = "桓台县" if county == COUNTY else "高青县"
    mark = {"provisional": provisional}
    schools = [
        (NINE_YEAR, "桓台县实验学校", "312"),
        ("3370321002", FORMULA_SCHOOL, "211"),
        ("3370321003", MARKUP_SCHOOL, "211"),
        ("3370321004", STEERING_SCHOOL, "211"),
        ("3370321005", "桓台县实验小学", "211"),
    ]
    plan = tasks()
    measure = {
        code: {
            "measure": task["整改措施"],
            "responsible_units": task["责任单位"].split("、"),
            "deadline": task["完成时限日期"] or None,
            "deadline_text": task["完成时限"] or None,
        }
        for code, task in plan.items()
    }
    gap_rows: list[dict[str, object]] = [
        {
            **gap("B3", "standard", "primary", "section", "3370321002", FORMULA_SCHOOL),
            **{"observed": 0.8996, "required": 0.9, "ratio": 0.8996 / 0.9, "shortfall": 1.0},
            **{"shortfall_unit": "人", "numerator": 9.0, "denominator": 1000.444, "unit": "人/百名学生"},
        },
        {
            **gap("B3", "balance", "primary", "county", county, name),
            **{"observed": 0.5046, "required": 0.5, "ratio": 1.0092, "shortfall": 0.0046},
            **{"shortfall_unit": "差异系数", "unit": "差异系数"},
        },
        {
            **gap("B4", "standard", "primary", "section", "3370321003", MARKUP_SCHOOL),
            **{"observed": 4.1, "required": 4.5, "ratio": 4.1 / 4.5, "shortfall": 134.52, "shortfall_unit": "㎡"},
            **{"numerator": 1378.83, "denominator": 336.3, "unit": "㎡/生"},
        },
        {
            **gap("B4", "standard", None, "school", "3370321005", "桓台县实验小学"),
            **{"verdict": "missing", "required": 4.5, "unit": "㎡/生", "note": "未报送年报"},
        },
        {
            **gap("B9", "rule", None, "county", county, name),
            **{"item": "教师编制标准统一", "unit": "结论", "note": "结论：不达标"},
        },
        {
            **gap("B10", "rule", None, "school", NINE_YEAR, "桓台县实验学校"),
            **{"item": "音乐", "observed": 1.0, "required": 4.0, "ratio": 0.25, "shortfall": 3.0},
            **{"shortfall_unit": "间", "unit": "间"},
        },
        {
            **gap("B16", "rule", None, "county", county, name),
            **{"item": "360学时培训完成率", "observed": 0.99951, "required": 1.0, "ratio": 0.99951},
            **{"shortfall": 1.0, "shortfall_unit": "人", "numerator": 2040.0, "denominator": 2041.0},
            **{"unit": "比值"},
        },
    ]
    verdict_rows: list[dict[str, object]] = []
    codes = [*(f"B{number}" for number in range(1, 32)), "C1", "V"]
    for position, code in enumerate(codes, start=1):
        task = plan.get(code, {})
        short = [row for row in gap_rows if row["indicator"] == code]
        verdict_rows.append(
            {
                **{"indicator": code, "position": position, "title": task.get("指标要求", code).split("：")[0]},
                **{"clause": task.get("指标要求"), "statement": task.get("达标情况") or "达标。"},
                **{"verdict": "not_met" if short else "met"},
                **({"primary_mean": 1.5, "primary_cv": 0.5046} if code == "B3" else {}),
                **({"sections_judged": 5, "sections_short": len(short)} if position <= 7 else {}),
                **measure.get(code, {"responsible_units": ["县教体局"]}),
            }
        )
    for position, row in enumerate(gap_rows, start=1):
        row |= {"position": position, **measure.get(str(row["indicator"]), {})}
    numerator = (6500.5 - 400) * SHARE
    rows: dict[str, list[dict[str, object]]] = {
        "marts.gap_list": gap_rows,
        "marts.verdicts": verdict_rows,
        "marts.counties": [
            {
                **{"county_name": name, "standard": STANDARD, "county_verdict": "not_met"},
                **{"schools_met": 1, "schools_not_met": 3, "schools_missing": 1},
                **{"sections_met": 2, "sections_not_met": 3, "sections_missing": 0, "gaps": 6, "missing": 1},
            }
        ],
        "marts.schools": [
            {"school_code": code, "school_name": label, "type_code": kind, "in_scope": True, "verdict": "not_met"}
            for code, label, kind in schools
        ],
        "marts.sections": [
            {
                **{"school_code": NINE_YEAR, "school_name": "桓台县实验学校", "level": "primary"},
                **{"pupils": pupils, "classes": 24, "verdict": "met", "in_scope": True},
            }
        ],
        "marts.section_metrics": [
            {
                **{"school_code": NINE_YEAR, "school_name": "桓台县实验学校", "level": level},
                **{"pupils": pupils, "classes": 24, "indicator": f"B{number}"},
                **{"numerator": numerator, "denominator": float(pupils)},
                **{"value": numerator / pupils, "verdict": "met" if number != 5 else "not_met"},
                **{"floor_verdict": "met"},
            }
            for level in ("primary", "junior")
            for number in range(1, 8)
        ],
        "marts.county_balance": [
            {
                **{"level": level, "indicator": f"B{number}", "numerator": 5.0, "denominator": 10.0, "mean": 0.5},
                **{"standard_deviation": 0.25, "cv": 0.5, "sections": 5, "verdict": "met"},
            }
            for level in ("primary", "junior")
            for number in range(1, 8)
        ],
        "marts.county_metrics": [
            {
                **{"indicator": "B18", "item": "实际交流轮岗教师数", "numerator": 120.0, "denominator": 1000.0},
                **{"value": 0.12, "unit": "比值", "verdict": "met"},
            },
            {"indicator": "B8", "text": "达标", "verdict": "met", "evidence": "文件1"},
        ],
        "evidence.figure_addends": addends(county, pupils),
    }
    return {
        table: [row | (mark if table.startswith("marts.") else {}) for row in listed] for table, listed in rows.items()
    }


def gap(
    indicator: str, test: str, level: str | None, subject_type: str, subject_id: str, subject_name: str
) -> dict[str, object]:
    """The keys of a gap that is not met."""
    return {
        **{"indicator": indicator, "title": f"{indicator} 的名称", "test": test, "level": level},
        **{"subject_type": subject_type, "subject_id": subject_id, "subject_name": subject_name},
        **{"item": None, "verdict": "not_met"},
    }


def addends(county: str, pupils: int) -> list[dict[str, object]]:
    """B4 and B7 of the nine-year school's primary section, B4 of the county, B10, B18, B8."""
    share = f"×({pupils}/({pupils}+1.1×690))"
    resource = {"record": "school_resource", "record_id": NINE_YEAR}
    section = {"subject_type": "section", "subject_id": NINE_YEAR, "level": "primary"}
    area = {"part": "numerator", "label": "教学及辅助用房面积（㎡）", "field": "teaching_area_m2", "value": 6500.5}
    gym = {"part": "numerator", "label": "体育馆（室内体育用房）面积（㎡）", "field": "gym_area_m2", "value": 400}
    level = {"record": "school_level", "record_id": NINE_YEAR, "record_level": "primary"}
    count = {"part": "denominator", "label": "在校生数", "field": "pupils", "value": pupils, "weight": 1.0, **level}
    rows: list[dict[str, object]] = [
        {"indicator": "B4", **section, **resource, **area, "weight": SHARE, "weight_text": share},
        {"indicator": "B4", **section, **resource, **gym, "weight": -SHARE, "weight_text": "−" + share},
        {"indicator": "B4", **section, **count},
        {
            **{"indicator": "B7", **section, **resource, "part": "numerator", "label": "网络多媒体教室（间）"},
            **{"field": "multimedia_rooms", "value": 30, "weight": 1.0},
        },
        {"indicator": "B7", **section, **count},
    ]
    whole = {"subject_type": "county", "subject_id": county, "level": "primary"}
    rows += [row | whole for row in rows if row["indicator"] == "B4"]
    for room, kind, size in (("1", "音乐", 96), ("2", "音乐", 56.5), ("3", "美术", 90)):
        rows.append(
            {
                **{"indicator": "B10", "item": kind, "subject_type": "school", "subject_id": NINE_YEAR},
                **{"part": "numerator", "label": f"{kind}教室{room}", "weight": 0.0 if size == 56.5 else 1.0},
                **{"value": size, "record": "room", "record_id": room, "field": "area_m2"},
            }
        )
    for part, item, value in (("numerator", "实际交流轮岗教师数", 120), ("denominator", "符合交流条件教师总数", 1000)):
        rows.append(
            {
                **{"indicator": "B18", "item": "实际交流轮岗教师数", "subject_type": "county", "subject_id": county},
                **{"part": part, "label": item, "weight": 1.0, "value": value, "record": "county_return"},
                **{"record_id": f"B18|{item}", "field": "value"},
            }
        )
    rows.append(
        {
            **{"indicator": "B8", "subject_type": "county", "subject_id": county, "part": "text", "field": "text"},
            **{"label": "学校规划布局", "record": "county_return", "record_id": "B8|学校规划布局"},
        }
    )
    return [row | {"position": position} for position, row in enumerate(rows, start=1)]


def landed(county: str, pupils: int) -> dict[str, list[dict[str, object]]]:
    """Rows of the landed tables."""
    book = f"schools/{NINE_YEAR}_桓台县实验学校.xlsx"
    kept = [
        ("school_resource", NINE_YEAR, None, "teaching_area_m2", 6500.5, book, "基础基512", "E10", "6500.5"),
        ("school_resource", NINE_YEAR, None, "gym_area_m2", 400, book, "基础基512", "E16", "400"),
        ("school_resource", NINE_YEAR, None, "multimedia_rooms", 24, book, "基础基522", "L9", "24"),
        ("school_resource", NINE_YEAR, None, "multimedia_rooms", 6, book, "基础基522", "N9", " 6"),
        ("school_level", NINE_YEAR, "primary", "pupils", pupils, book, "基础基312", "H7", f"{pupils:,}"),
        ("room", "1", None, "area_m2", 96, "school_supplement.xlsx", "音乐美术专用教室", "E2", "96"),
        ("room", "2", None, "area_m2", 56.5, "school_supplement.xlsx", "音乐美术专用教室", "E3", "56.5"),
        ("room", "3", None, "area_m2", 90, "school_supplement.xlsx", "音乐美术专用教室", "E4", "90"),
        (
            "county_return",
            "B18|实际交流轮岗教师数",
            None,
            "value",
            120,
            "county_return.xlsx",
            "政府保障程度",
            "C9",
            "120",
        ),
        (
            "county_return",
            "B18|符合交流条件教师总数",
            None,
            "value",
            1000,
            "county_return.xlsx",
            "政府保障程度",
            "C8",
            "1000",
        ),
        ("county_return", "B8|学校规划布局", None, "text", None, "county_return.xlsx", "政府保障程度", "E2", "达标"),
    ]
    return {
        "cells": [
            {
                **{"record": record, "record_id": record_id, "level": level, "field": field, "value": value},
                **{"file": file, "sheet": sheet, "cell": cell, "as_written": written, "label": field},
                **{"state": "reported", "sha256": "ab" * 32},
            }
            for record, record_id, level, field, value, file, sheet, cell, written in kept
        ],
        "faults": [
            fault("not_reported", "missing", cell="E10", message="教学及辅助用房面积缺报，请补填"),
            fault("not_reported", "missing", cell="E9", message="运动场地面积缺报，请补填"),
            fault("claim_differs", "query", message="自报达标与计算结果不符，请说明"),
            fault("vocational", "out_of_scope", file="schools/9_职业.xlsx", message="职业学校，不计入"),
        ],
        "received": [
            {
                **{"file": book, "sha256": f"{pupils:064x}", "size": 1000, "edition": "jichuji"},
                **{"school_code": NINE_YEAR, "received_at": "2017-12-21T08:00:00+00:00", "revision": 1},
            }
        ],
        "verdict_rows": [
            {
                **{"standard": STANDARD, "test_id": "B4.standard.primary", "subject_type": "section"},
                **{"subject_id": NINE_YEAR, "verdict": "met" if pupils > 1000 else "not_met"},
            }
        ],
    }


def fault(code: str, severity: str, **changes: object) -> dict[str, object]:
    """One fault row."""
    return {
        **{"code": code, "severity": severity, "file": "schools/x.xlsx", "sheet": "基础基512", "cell": None},
        **{"field": "教学及辅助用房", "found": "", "expected": "数字", "message": "", "subject_id": NINE_YEAR},
        **changes,
    }
