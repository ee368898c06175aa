"""An in-memory database with the published marts as their contracts (the dbt ymls) say, and made-up schools in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import yaml

YEAR, COUNTY = 2017, "370321"
_MODELS = Path(__file__).parents[3] / "dbt_project" / "models" / "marts"
_EVIDENCE = {
    "faults": "severity, code, file, sheet, cell, field, found, expected, message, subject_id, "
    "explanation, explained_by",
    "received": "file, sha256, school_code",
}
LIMITS = {"primary": (4.2, 3.57), "junior": (5.3, 4.505)}


def empty() -> duckdb.DuckDBPyConnection:
    """The schemas marts and evidence, without a row."""
    book = duckdb.connect()
    book.execute("CREATE SCHEMA marts; CREATE SCHEMA evidence")
    for path in sorted(_MODELS.glob("mart_*.yml")):
        model = yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]
        columns = ", ".join(f"{column['name']} {column['data_type']}" for column in model["columns"])
        book.execute(f"CREATE TABLE marts.{model['name'].removeprefix('mart_')} ({columns})")
    for table, names in _EVIDENCE.items():
        columns = ", ".join(f"{name.strip()} VARCHAR" for name in names.split(","))
        book.execute(f"CREATE TABLE evidence.{table} (year INTEGER, county VARCHAR, {columns})")
    return book


def insert(book: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows of the partition; columns that are not named are null."""
    for row in rows:
        values = {"year": YEAR, "county": COUNTY, **row}
        marks = ", ".join("?" for _ in values)
        book.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", list(values.values()))


def school(book: duckdb.DuckDBPyConnection, code: str, name: str, *, value: float | None = 5.0) -> None:
    """A 小学 judged on B1 (``value``) and B19; a gap where B1 is short, with the plan's measure."""
    standard, floor = LIMITS["primary"]
    verdict = "missing" if value is None else "met" if value >= standard else "not_met"
    floor_verdict = "missing" if value is None else "met" if value >= floor else "not_met"
    pupils = 100
    insert(
        book,
        "marts.schools",
        [{
            "school_code": code, "school_name": name, "type_code": "211", "type_name": "小学", "in_scope": True,
            "primary_pupils": pupils, "classes": 6, "verdict": verdict, "town": "索镇", "boarding": False,
        }],
    )  # fmt: skip
    insert(
        book,
        "marts.sections",
        [{
            "school_code": code, "school_name": name, "level": "primary", "pupils": pupils, "classes": 6,
            "indicators_met": int(verdict == "met"), "indicators_at_floor": int(floor_verdict == "met"),
            "verdict": verdict, "in_scope": True,
        }],
    )  # fmt: skip
    common: dict[str, object] = {
        "indicator": "B1", "title": "每百名学生拥有高于规定学历教师数", "level": "primary", "subject_type": "section",
        "subject_id": code, "subject_name": name, "observed": value, "unit": "人/百名学生", "shortfall_unit": "人",
        "numerator": value, "denominator": pupils,
    }  # fmt: skip
    short = {"shortfall": 1 if verdict == "not_met" else None}
    tests = [
        {**common, **short, "test": "standard", "required": standard, "verdict": verdict},
        {**common, "test": "floor", "required": floor, "verdict": floor_verdict},
    ]
    more = {"position": 1, "requirement": "达到4.2人以上", "direction": "min", "unreported": False}
    insert(book, "marts.test_results", [{**test, **more, "test_id": f"B1.{test['test']}"} for test in tests])
    if verdict != "met":
        insert(book, "marts.gap_list", [{**tests[0], "position": 1, "measure": "招聘{{ 7*7 }}", "note": "<b>&"}])


def unreported(book: duckdb.DuckDBPyConnection, code: str, name: str) -> None:
    """A school on the list that sent nothing."""
    insert(book, "marts.schools", [{"school_code": code, "school_name": name, "in_scope": True, "verdict": "missing"}])
    owed = [
        {
            "test_id": f"{indicator}.unreported", "indicator": indicator, "title": "某项", "test": "standard",
            "subject_type": "school", "subject_id": code, "subject_name": name, "verdict": "missing", "position": 1,
            "unreported": True,
        }
        for indicator in ("B1", "B2")
    ]  # fmt: skip
    insert(book, "marts.test_results", owed)
    gaps = ("indicator", "title", "test", "subject_type", "subject_id", "subject_name", "verdict", "position")
    insert(book, "marts.gap_list", [{name: row[name] for name in gaps} | {"note": "学校未报送年报"} for row in owed])


def county(book: duckdb.DuckDBPyConnection, *, verdict: str = "met") -> None:
    """What the report needs of a county: 33 indicators of one verdict, and the seven at one level."""
    names = [*(f"B{number}" for number in range(1, 32)), "C1", "V"]
    insert(
        book,
        "marts.verdicts",
        [
            {
                "position": number, "indicator": name, "title": f"{name}的名称", "clause": f"{name} 的要求",
                "verdict": verdict, "statement": "达标。" if verdict == "met" else "不达标。",
            }
            for number, name in enumerate(names, 1)
        ],
    )  # fmt: skip
    counts = {f"{kind}_{word}": 0 for kind in ("schools", "sections") for word in ("met", "not_met", "missing")}
    insert(
        book,
        "marts.counties",
        [
            {
                "county_name": "桓台县",
                "county_verdict": verdict,
                "gaps": 0,
                "missing": 0,
                "indicators": 33,
                **counts,
                **{f"indicators_{word}": 33 * (word == verdict) for word in ("met", "not_met", "missing")},
            }
        ],
    )
    sizes = {"resources": 7, "guarantee": 15, "quality": 9, "approval": 1, "veto": 1}
    insert(
        book,
        "marts.form_groups",
        [
            {
                "part": part,
                "indicators": size,
                **{word: size * (word == verdict) for word in ("met", "not_met", "missing")},
            }
            for part, size in sizes.items()
        ],
    )
    insert(
        book,
        "marts.form_summary",
        [
            {
                "level": "primary", "indicator": name, "standard_limit": 4.2, "floor_limit": 3.57, "cv_limit": 0.5,
                "unit": "人/百名学生", "mean": 5.0, "cv": 0.1, "cv_verdict": verdict, "sections": 3,
                "sections_met": 3, "sections_not_met": 0, "sections_missing": 0, "sections_below_floor": 0,
                "share_met": 1.0,
            }
            for name in names[:7]
        ],
    )  # fmt: skip
    numbers = ("sections", "sections_in_scope", "sections_met", "pupils", "classes", "teachers")
    zeros = ("sections_not_met", "sections_missing", "pupils_missing", "classes_missing", "teachers_missing")
    insert(book, "marts.levels", [{"level": "primary", **dict.fromkeys(numbers, 3), **dict.fromkeys(zeros, 0)}])
