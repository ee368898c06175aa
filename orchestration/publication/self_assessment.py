"""自评报告: the county's self-assessment as a Word report, from a template that an official may change.

The tags and what they stand for are listed in templates/README.md. Everything is a row of the marts, put into words;
the same rows give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import annex, charts, sentences, wording
from orchestration.publication.file_names import WORD_TEMPLATES
from orchestration.publication.papers import Heading
from orchestration.publication.reader import Row, county_summary, rows_of, verdict_rows
from orchestration.publication.school_plans import paper
from orchestration.publication.sql import partition_is
from orchestration.publication.word import Picture, Properties, WordTemplate

if TYPE_CHECKING:
    import duckdb

REPORT = "self_assessment.docx"
TEMPLATE = WORD_TEMPLATES / REPORT
LEVELS = ("primary", "junior")


def write_self_assessment(
    path: Path, heading: Heading, connection: duckdb.DuckDBPyConnection, template: Path | None = None
) -> None:
    """Write the report. ``connection`` is to a database with the schemas marts and evidence.

    Raises TemplateError for a template that cannot be used, OSError where the file cannot be written.
    """
    path.write_bytes(self_assessment(heading, connection, template))


def self_assessment(
    heading: Heading, connection: duckdb.DuckDBPyConnection, template: Path | None = None
) -> bytes:  # fmt: skip
    """The report's bytes. Raises TemplateError."""
    if heading.year is None or heading.county is None:
        raise ValueError("a report belongs to a year and a county")
    compiled = WordTemplate(template or TEMPLATE)
    context, pictures = report(heading, connection)
    title = f"{heading.county_name or heading.county}创建全国义务教育优质均衡发展县自评报告"
    return compiled.render(context, Properties(title, heading.provenance, heading.year), pictures)


def report(
    heading: Heading, connection: duckdb.DuckDBPyConnection
) -> tuple[dict[str, object], list[Picture]]:  # fmt: skip
    """What the template's tags stand for, and the pictures among them."""
    assert heading.year is not None and heading.county is not None  # noqa: S101 - asked before
    year, county = heading.year, heading.county
    where = partition_is(year, county)

    def marts(table: str, order: str) -> list[Row]:
        return rows_of(connection, f"SELECT * FROM marts.{table} WHERE {where} ORDER BY {order}")  # noqa: S608

    verdicts = verdict_rows(connection, year, county)
    summary = county_summary(connection, year, county)
    levels = marts("levels", "level DESC")
    present = {row["level"] for row in levels if row["sections"]}
    summary_rows = marts("form_summary", "level DESC, indicator")
    seven = [row for row in summary_rows if row["indicator"] != "ALL" and row["level"] in present]
    totals = marts("gap_totals", "position, scope")
    tests = [row for row in marts("test_results", "position, item") if row["subject_type"] == "county"]
    metrics = _as_declared(
        marts("county_metrics", "indicator, level DESC, item"), [*marts("form_blanks", "indicator, position"), *tests]
    )
    behind = [row for row in totals if row["scope"] == "indicator"]
    pictures = _pictures(seven, behind)
    open_ones = [row for row in verdicts if row["verdict"] != "met"]
    context: dict[str, object] = {
        "paper": paper(heading),
        "county": {
            "verdict": sentences.verdict(summary["county_verdict"]),
            "gaps": summary["gaps"],
            "missing": summary["missing"],
            "schools": summary["school_verdicts"],
            "sections": summary["section_verdicts"],
        },
        "parts": {"all": _all_parts(marts("counties", "county")[0])}
        | {str(row["part"]): row for row in marts("form_groups", "position")},
        "types": [_type(row) for row in marts("school_types", "scope DESC, type_code NULLS LAST")],
        "schools_total": next((row["schools"] for row in marts("school_types", "scope") if row["scope"] == "total"), 0),
        "levels": [_level(row, seven) for row in levels],
        **{part: _indicators(part, verdicts, metrics, tests) for part in wording.PARTS},
        "shortfalls": [_total(row) for row in totals if row["scope"] == "test"],
        "schools_behind": [
            {"indicator": row["indicator"], "title": row["title"], "schools": row["schools"]} for row in behind
        ],
        "measures": [_measure(row) for row in open_ones],
        "deadlines": _deadlines(open_ones),
        "standing": [_measure(row) for row in verdicts if row["verdict"] == "met" and row["measure"]],
        "charts": {"schools_behind": "", **{picture.name: picture for picture in pictures}},
    }
    return context, pictures


def _pictures(seven: Sequence[Row], behind: Sequence[Row]) -> list[Picture]:
    levels = [[row for row in seven if row["level"] == level] for level in LEVELS]
    coefficients = _said(levels, lambda row: sentences.fixed(row["cv"], 3, row["cv_limit"]))
    shares = _said(levels, lambda row: f"{row['sections_met']}/{row['sections']}")
    shown = [rows for rows in levels if rows]
    pictures = [
        Picture("coefficients", charts.png(charts.coefficients(shown)), 158, f"差异系数：{coefficients}", 1),
        Picture("shares", charts.png(charts.shares(shown)), 158, f"达到标准的学校数/评估的学校数：{shares}", 2),
    ]
    if any(row["schools"] for row in behind):
        text = "、".join(f"{row['indicator']} {row['schools']}所" for row in behind)
        pictures.append(
            Picture("schools_behind", charts.png(charts.schools_behind(behind)), 110, f"涉及学校数：{text}", 3)
        )
    return pictures


def _said(levels: Sequence[Sequence[Row]], words: Callable[[Row], str]) -> str:
    """A picture's numbers as text: 小学 B1 0.068、B2 0.131；初中 …"""
    return "；".join(
        f"{wording.word('level', rows[0]['level'])} " + "、".join(f"{row['indicator']} {words(row)}" for row in rows)
        for rows in levels
        if rows
    )


def _all_parts(county: Row) -> dict[str, object]:
    counts = {name: county[f"indicators_{name}"] for name in ("met", "not_met", "missing")}
    return {"indicators": county["indicators"], **counts}


def _type(row: Row) -> dict[str, object]:
    return {
        "name": row["type_name"],
        **{name: row[name] for name in ("schools", "schools_in_scope", "schools_met")},
        **{name: sentences.or_dash(row[name]) for name in ("primary_pupils", "junior_pupils", "classes")},
    }


def _level(row: Row, seven: Sequence[Row]) -> dict[str, object]:
    """A level's size, and its seven means and coefficients against the limits."""
    owed = [
        f"{row[field]}所学校的{name}"
        for field, name in (
            ("pupils_missing", "在校生数"), ("classes_missing", "班数"), ("teachers_missing", "专任教师数"),
        )
        if row[field]
    ]  # fmt: skip
    names = ("sections", "sections_in_scope", "sections_met", "sections_not_met", "sections_missing")
    return {
        "name": wording.word("level", row["level"]),
        **{name: row[name] for name in (*names, "pupils", "classes", "teachers")},
        "owed": f"（{'、'.join(owed)}缺报，未计入）" if owed else "",
        "rows": [
            {
                "indicator": one["indicator"],
                "unit": one["unit"],
                "standard": sentences.limit(one["standard_limit"]),
                "floor": sentences.limit(one["floor_limit"]),
                "mean": sentences.fixed(one["mean"], 2, one["standard_limit"]),
                "cv": sentences.fixed(one["cv"], 4, one["cv_limit"]),
                "cv_limit": sentences.limit(one["cv_limit"]),
                "cv_verdict": sentences.verdict(one["cv_verdict"]),
                "met": one["sections_met"],
                "judged": one["sections"],
                "below_floor": one["sections_below_floor"],
                "missing": one["sections_missing"],
            }
            for one in seven
            if one["level"] == row["level"]
        ],
    }


def _indicators(
    part: str, verdicts: Sequence[Row], metrics: Sequence[Row], tests: Sequence[Row]
) -> list[dict[str, object]]:
    """Each indicator of the part: clause, what was found, verdict."""
    return [
        {
            "indicator": row["indicator"],
            "title": row["title"],
            "clause": annex.clause(row),
            "statement": row["statement"],
            "findings": _findings(row, metrics, tests),
            "verdict": sentences.verdict(row["verdict"]),
        }
        for row in verdicts
        if row["indicator"] in wording.PARTS[part][1]
    ]


def _as_declared(metrics: Sequence[Row], declared: Sequence[Row]) -> list[Row]:
    """The county's figures in the order of the forms (表Ⅳ, 表Ⅴ), then of the standard; what neither names, last."""
    places: dict[tuple[object, object], int] = {}
    for place, row in enumerate(declared):
        places.setdefault((row["indicator"], row["item"]), place)
    return sorted(metrics, key=lambda row: places.get((row["indicator"], row["item"]), len(declared)))


def _findings(verdict: Row, metrics: Sequence[Row], tests: Sequence[Row]) -> list[str]:
    """What the indicator's verdict rests on, in lines: ratios with both numbers, conclusions, counts.

    The single figures of the county return are left out where a ratio has them inside.
    """
    found = [row for row in metrics if row["indicator"] == verdict["indicator"]]
    judged = {_key(row): row for row in tests}
    derived = any(row["numerator"] is not None or row["unit"] in ("所", "个") for row in found)
    shown = [row for row in found if row["unit"] or row["numerator"] is not None or not derived]
    money = next((row["unit"] for row in found if row["unit"] not in (None, "结论")), "")
    lines = [
        f"{wording.joined(wording.word('level', row['level']))}{row['item']}：" + _finding(row, judged, money)
        for row in shown
    ]
    statement = wording.joined(verdict["statement"])
    return [statement, *lines] if verdict["verdict"] != "met" or not lines else lines


def _finding(row: Row, judged: Mapping[tuple[object, ...], Row], money: object) -> str:
    if row["text"] is not None or row["unit"] == "结论":
        return wording.joined(row["text"]) or sentences.MISSING
    if row["value"] is None:
        return f"{sentences.MISSING}{sentences.fraction(row)}"
    test = judged.get(_key(row))
    limit = test["required"] if test else None
    return f"{wording.figure(row['value'], row['unit'] or money, limit)}{sentences.fraction(row)}"


def _key(row: Row) -> tuple[object, ...]:
    return tuple(row[name] for name in ("indicator", "level", "item"))


def _total(row: Row) -> dict[str, object]:
    found = [sentences.FOUND.get(str(row["test"]), sentences.ABSENT)] if row["not_met"] else []
    found += [sentences.verdict("missing")] if row["missing"] else []
    what = (wording.joined(wording.word("level", row["level"])), wording.joined(row["item"]))
    return {
        "indicator": row["indicator"],
        "title": row["title"],
        "what": " ".join(part for part in what if part) or sentences.ABSENT,
        "found": "、".join(found),
        "not_met": row["not_met"],
        "missing": row["missing"],
        "schools": row["schools"] or sentences.ABSENT,
        "shortfall": sentences.shortfall(row),
    }


def _measure(row: Row) -> dict[str, object]:
    return {
        "indicator": row["indicator"],
        "title": row["title"],
        "verdict": sentences.verdict(row["verdict"]),
        "statement": row["statement"],
        "measure": row["measure"] or sentences.TO_BE_FILLED,
        "deadline": wording.deadline(row) or sentences.TO_BE_FILLED,
        "units": wording.joined(row["responsible_units"]) or sentences.TO_BE_FILLED,
    }


def _deadlines(rows: Sequence[Row]) -> list[dict[str, object]]:
    """The open indicators by deadline, the nearest first, those without a date last."""
    ordered = sorted(rows, key=lambda row: (row["deadline"] is None, str(row["deadline"]), wording.deadline(row)))
    grouped: dict[str, list[Row]] = {}
    for row in ordered:
        grouped.setdefault(wording.deadline(row) or sentences.TO_BE_FILLED, []).append(row)
    return [
        {
            "deadline": deadline,
            "indicators": "、".join(f"{row['indicator']} {row['title']}" for row in listed),
            "units": "、".join(_once(listed)) or sentences.TO_BE_FILLED,
        }
        for deadline, listed in grouped.items()
    ]


def _once(rows: Sequence[Row]) -> list[str]:
    """Every responsible unit of the rows once, in the order they are first named."""
    names: dict[str, None] = {}
    for row in rows:
        units = row["responsible_units"]
        for unit in units if isinstance(units, list) else ():  # pyright: ignore[reportUnknownVariableType]
            names[str(unit)] = None  # pyright: ignore[reportUnknownArgumentType]
    return list(names)
