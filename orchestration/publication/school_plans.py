"""一校一案: a Word plan a school, and all of them in one archive.

A school has a plan where it has pupils of compulsory age, where it did not report, and where the gap list names it.
Everything in a plan is a row of the marts, put into words; the same rows give the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import sentences, wording
from orchestration.publication.file_names import WORD_TEMPLATES, safe_stem
from orchestration.publication.papers import Heading
from orchestration.publication.reader import Row, available, rows_of
from orchestration.publication.sql import partition_is
from orchestration.publication.word import Properties, WordTemplate, packed

if TYPE_CHECKING:
    import duckdb

PLANS = "school_plans"
ARCHIVE = "school_plans.zip"
TEMPLATE = WORD_TEMPLATES / "school_plan.docx"
_ASKED = ("error", "missing", "query")
_MET_MEASURE = "各项判定指标均已达标，保持现有水平：每学年初对照标准自查一次，学生、班级、教师有变动时随时复核。"
# What a school owes that sent nothing stands in one row.
_UNSENT: Row = {
    "lines": ["学校未报送年报，数据缺失，不能判定。"],
    "measure": "补报本学年年报工作簿，补报后重新载入、判定。",
    "deadline": sentences.TO_BE_FILLED,
    "units": "学校",
}


@dataclass(frozen=True, slots=True)
class School:
    """One school with all that the marts say of it."""

    row: Row
    sections: Sequence[Row]
    tests: Sequence[Row]
    gaps: Sequence[Row]
    questions: Sequence[Row]

    @property
    def code(self) -> str:
        """The ten-digit code."""
        return str(self.row["school_code"])

    @property
    def name(self) -> str:
        """Its name, the code where none is known."""
        return str(self.row["school_name"] or self.code)

    @property
    def unreported(self) -> bool:
        """Whether it is listed but sent nothing."""
        return any(test["unreported"] for test in self.tests)

    @property
    def file(self) -> str:
        """The plan's file name."""
        return f"{safe_stem(self.code, self.name)}.docx"


def write_school_plans(
    folder: Path, heading: Heading, connection: duckdb.DuckDBPyConnection, template: Path | None = None
) -> list[Path]:
    """Write ``school_plans/*.docx`` and ``school_plans.zip`` into ``folder``; returns the plans, by school code.

    ``connection`` is to a database with the schemas marts and evidence. Raises TemplateError, OSError.
    """
    target = folder / PLANS
    target.mkdir(parents=True, exist_ok=True)
    for stale in target.glob("*.docx"):
        stale.unlink()
    plans = dict(school_plans(heading, connection, template))
    paths = [target / name for name in plans]
    for path in paths:
        path.write_bytes(plans[path.name])
    # A .docx is compressed already.
    (folder / ARCHIVE).write_bytes(packed(plans, compress=False))
    return paths


def school_plans(
    heading: Heading, connection: duckdb.DuckDBPyConnection, template: Path | None = None, school: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """File name and bytes of each plan, by school code; of one school where ``school`` names its code."""
    if heading.year is None or heading.county is None:
        raise ValueError("a plan belongs to a year and a county")
    compiled = WordTemplate(template or TEMPLATE)
    for one in schools(connection, heading.year, heading.county):
        if school is None or one.code == school:
            properties = Properties(f"{one.name}一校一案", heading.provenance, heading.year)
            yield one.file, compiled.render(plan(one, heading), properties)


def schools(connection: duckdb.DuckDBPyConnection, year: int, county: str) -> list[School]:
    """The schools that have a plan, by code."""
    where = partition_is(year, county)
    faults = available(
        connection, "evidence", "faults", ("severity", "file", "sheet", "cell", "message", "subject_id", "explanation",
        "explained_by"),
    )  # fmt: skip
    sections = _by(
        rows_of(connection, f"SELECT * FROM marts.sections WHERE {where} ORDER BY level DESC"), "school_code"  # noqa: S608
    )  # fmt: skip
    tests = _by(
        rows_of(
            connection,
            f"SELECT * FROM marts.test_results WHERE {where} AND subject_type <> 'county' "  # noqa: S608
            "ORDER BY position, level DESC, item, test_id",
        ),
        "subject_id",
    )
    gaps = _by(
        rows_of(
            connection,
            f"SELECT * FROM marts.gap_list WHERE {where} AND subject_type <> 'county' ORDER BY position",  # noqa: S608
        ),
        "subject_id",
    )
    questions = _by(
        rows_of(
            connection,
            f"""
            WITH faults AS (SELECT year, county, {faults} FROM evidence.faults WHERE {where}),
            owners AS (
                SELECT file, any_value(school_code) AS school_code FROM evidence.received WHERE {where} GROUP BY file
            )
            SELECT faults.*, coalesce(owners.school_code, faults.subject_id) AS owner
            FROM faults LEFT JOIN owners USING (file)
            ORDER BY severity, file, sheet, length(cell), cell, message
            """,  # noqa: S608
        ),
        "owner",
    )
    rows = rows_of(connection, f"SELECT * FROM marts.schools WHERE {where} ORDER BY school_code")  # noqa: S608
    found = (
        School(
            row, sections[code], tests[code], gaps[code],
            [question for question in questions[code] if question["severity"] in _ASKED],
        )
        for row in rows
        for code in [str(row["school_code"])]
    )  # fmt: skip
    return [school for school in found if school.sections or school.unreported or school.gaps]


def plan(school: School, heading: Heading) -> dict[str, object]:
    """What the template's tags stand for (templates/README.md)."""
    row = school.row
    problems = _problems(school)
    return {
        "paper": paper(heading),
        "school": {
            "code": school.code,
            "name": school.name,
            "type": sentences.or_dash(row["type_name"]),
            "operator": sentences.or_dash(row["operator_name"]),
            "town": sentences.or_dash(row["town"]),
            "built_year": sentences.or_dash(row["built_year"]),
            "boarding": sentences.yes_or_no(row["boarding"]),
            "primary_pupils": _pupils(school, "primary"),
            "junior_pupils": _pupils(school, "junior"),
            "classes": sentences.counted(row["classes"]) if school.sections else sentences.ABSENT,
            "verdict": sentences.verdict(row["verdict"]) if row["verdict"] else "不参加资源配置评估",
            "scope_reason": row["scope_reason"],
            "unreported": school.unreported,
        },
        "sections": [_section(school, section) for section in school.sections if section["in_scope"]],
        "others": [
            _other(school, test)
            for test in school.tests
            if test["test"] in ("rule", "detail") and not test["unreported"]
        ],
        "problems": problems,
        "keep": "" if problems else _MET_MEASURE,
        "questions": [_question(row) for row in school.questions],
    }


def paper(heading: Heading) -> dict[str, object]:
    """What every paper says of itself: tags ``paper.…``."""
    return {
        "county": heading.county_name or heading.county,
        "county_code": heading.county,
        "place": heading.place,
        "school_year": wording.school_year(heading.year) if heading.year else "",
        "standard": heading.standard,
        "fingerprint": heading.fingerprint,
        "provisional": heading.provisional,
        "mark": "【试算】" if heading.provisional else "",
    }


def _by(rows: Iterable[Row], field: str) -> defaultdict[str, list[Row]]:
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[str(row[field])].append(row)
    return grouped


def _pupils(school: School, level: str) -> str:
    for section in school.sections:
        if section["level"] == level:
            return f"{sentences.counted(section['pupils'])}{'' if section['pupils'] is None else '人'}"
    return sentences.ABSENT


def _section(school: School, section: Row) -> dict[str, object]:
    """One of the school's levels: the seven against standard and floor, and the rule on all seven."""
    tests = {
        (test["indicator"], test["test"]): test
        for test in school.tests
        if test["level"] == section["level"] and test["subject_type"] == "section"
    }
    rows: list[dict[str, object]] = []
    for (indicator, kind), test in tests.items():
        if kind == "standard":
            floor = tests.get((indicator, "floor"), {})
            rows.append(
                {
                    "indicator": indicator,
                    "title": test["title"],
                    "unit": test["unit"],
                    "value": sentences.fixed(test["observed"], 2, test["required"], floor.get("required")),
                    "standard": sentences.limit(test["required"]),
                    "floor": sentences.limit(floor.get("required")),
                    "verdict": sentences.of_seven(test["verdict"], floor.get("verdict")),
                    "shortfall": sentences.shortfall(test),
                    "floor_shortfall": sentences.shortfall(floor),
                }
            )
    return {
        "level": wording.word("level", section["level"]),
        "pupils": sentences.counted(section["pupils"]),
        "classes": sentences.counted(section["classes"]),
        "met": section["indicators_met"],
        "at_floor": section["indicators_at_floor"],
        "verdict": sentences.verdict(section["verdict"]),
        "rows": rows,
    }


def _other(school: School, test: Row) -> dict[str, object]:
    # Which size a school may have depends on its type, which one that did not report has not said.
    unknown = school.unreported and test["indicator"] == "B11"
    return {
        "indicator": test["indicator"],
        "title": test["title"],
        "requirement": test["title"] if unknown else test["requirement"],
        "item": test["item"],
        "value": sentences.observed(test),
        "required": sentences.ABSENT if unknown else sentences.required(test),
        "verdict": sentences.verdict(test["verdict"]),
        "shortfall": sentences.shortfall(test),
    }


def _problems(school: School) -> list[dict[str, object]]:
    """The school's gaps by indicator: each in a sentence, with the measure that answers them all."""
    directions = {_key(test): test["direction"] for test in school.tests}
    floors = {(row["indicator"], row["level"]): row for row in school.gaps if row["test"] == "floor"}
    owed = {test["indicator"] for test in school.tests if test["unreported"]}
    grouped = _by((row for row in school.gaps if row["test"] != "floor" and row["indicator"] not in owed), "indicator")
    unsent: list[dict[str, object]] = []
    if owed:
        indicators = [test["indicator"] for test in school.tests if test["unreported"]]
        unsent.append({"number": 1, "indicator": " ".join(map(str, indicators)), "title": "", **_UNSENT})
    return unsent + [
        {
            "number": number,
            "indicator": indicator,
            "title": rows[0]["title"],
            "lines": [
                sentences.gap(
                    row, directions.get(_key(row)),
                    floors.get((row["indicator"], row["level"])) if row["test"] == "standard" else None,
                )
                for row in rows
            ],
            "measure": rows[0]["measure"] or sentences.TO_BE_FILLED,
            "deadline": wording.deadline(rows[0]) or sentences.TO_BE_FILLED,
            "units": wording.joined(rows[0]["responsible_units"]) or sentences.TO_BE_FILLED,
        }
        for number, (indicator, rows) in enumerate(grouped.items(), 1 + len(unsent))
    ]  # fmt: skip


def _key(row: Mapping[str, object]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("indicator", "test", "level", "item"))


def _question(row: Row) -> dict[str, object]:
    answer = wording.joined(row["explanation"])
    by = f"（{row['explained_by']}）" if answer and row["explained_by"] else ""
    return {
        "kind": wording.word("severity", row["severity"]),
        "place": wording.place(row),
        "message": row["message"],
        "answer": f"{answer}{by}" if answer else "未说明",
    }
