"""Validation pages of one county, from Great Expectations' own renderers, readable with no network at all.

The page around the rendered sections is ours (data_docs_templates/): Great Expectations' own loads its styles
and a tracking image from elsewhere, and puts values into the page unescaped. Nothing here computes a verdict:
they come from the judgement, and those of whole indicators from the mart `verdicts`.
"""

# Great Expectations annotates dicts without their contents, which strict checking calls unknown.
# pyright: reportUnknownMemberType=false
from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pandas as pd

from expectations.answers import UNREPORTED
from expectations.data_docs_sections import VERDICT_LABELS, Finding, Row, indicator_section
from expectations.faults import DoubleEntryMismatch, JudgementError
from expectations.gx_run import GxSession, result_id
from expectations.judge import Judgement
from expectations.judged_tables import KEY, judged_columns
from expectations.suites import JudgedTest, Suite

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.render.view.view import DefaultJinjaPageView
    from jinja2 import Environment

_PACKAGE = Path(__file__).parent
_TEMPLATES = _PACKAGE / "data_docs_templates"
_STATIC = _PACKAGE / "data_docs_static"
_GROUPS = {"B1": "资源配置", "B8": "政府保障程度", "B23": "教育质量", "C1": "社会认可度与一票否决"}
_PAGE_LABELS = {
    "judged_sections_primary": "小学",
    "judged_sections_junior": "初中",
    "judged_schools": "学校",
    "judged_counties": "全县",
    "judged_conclusions": "结论",
}
_SUBJECTS = {"section": "个学段", "school": "所学校", "county": "项"}


@dataclass(frozen=True, slots=True)
class CountyPage:
    """What the pages of one county say about themselves."""

    year: int
    county: str
    county_name: str
    fingerprint: str
    provisional: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """A judgement, and what COMPLETE results list: failing rows by (year, county) and test id."""

    judgement: Judgement
    failing: Mapping[tuple[int, str], Mapping[str, int]]


def build_data_docs(evidence: Evidence, page: CountyPage, indicator_verdicts: Mapping[str, str], out: Path) -> Path:
    """Writes `index.html`, one page a judged table, and `static/` into `out`; returns the index.

    `indicator_verdicts`: indicator → met, not_met or missing, one for each of B1…B31, C1, V (mart `verdicts`).
    Raises JudgementError if the county was not judged, or an indicator has no verdict or one that the
    judgement contradicts.
    """
    judgement = evidence.judgement
    verdicts = judgement.verdicts_of(page.year, page.county)
    findings = _findings(evidence, page, verdicts)
    indicators = {test.indicator for suite in judgement.suites for test in suite.tests}
    unanswered = sorted(indicators - indicator_verdicts.keys())
    if unanswered:
        raise JudgementError(f"no verdict for the indicators {', '.join(unanswered)}")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(_STATIC, out / "static", dirs_exist_ok=True)
    for suite in judgement.suites:
        path = out / f"{suite.judged_table}.html"
        path.write_text(_suite_page(judgement, suite, page, findings), encoding="utf-8")
    index = out / "index.html"
    index.write_text(_index(judgement, page, findings, verdicts, indicator_verdicts), encoding="utf-8")
    return index


@cache
def _view() -> DefaultJinjaPageView:
    # One view for all pages: it keeps the compiled templates.
    from great_expectations.render.view.view import DefaultJinjaPageView

    return DefaultJinjaPageView(custom_views_directory=str(_TEMPLATES))


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader

    return Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)


def _of_county(frame: pd.DataFrame, page: CountyPage) -> pd.DataFrame:
    mask = (frame["year"] == page.year) & (frame["county"] == page.county)
    return frame[mask].reset_index(drop=True)


def gather_evidence(judgement: Judgement) -> Evidence:
    """Runs the tests that fail anywhere in the load once more, with COMPLETE results: who fails, one by one.

    Raises DoubleEntryMismatch if that list is not the judgement's.
    """
    failing = judgement.failing
    judged = set(failing[["test_id", *KEY]].itertuples(index=False, name=None))
    complete: dict[str, object] = {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": list(KEY),
        "return_unexpected_index_query": False,
    }
    tests = set(failing["test_id"])
    listed: list[tuple[str, int, str, str]] = []
    session = GxSession()
    for suite in judgement.suites:
        names = {test.expectation_id: test.test_id for test in suite.tests if test.test_id in tests}
        if names:
            frame = judgement.frames[suite.judged_table][[*KEY, *judged_columns(suite)]]
            for one in session.validate(suite, frame, complete, only=names.values()).results:
                index = cast("list[dict[str, object]]", one.result.get("unexpected_index_list") or [])
                listed += [
                    (names[result_id(one)], int(cast(int, row["year"])), str(row["county"]), str(row["subject_id"]))
                    for row in index
                ]
    differing = sorted(judged.symmetric_difference(listed))
    if differing or len(listed) != len(judged):
        raise DoubleEntryMismatch(f"{len(judged)} failing rows judged, {len(listed)} listed, e.g. {differing[:3]}")
    by_partition: dict[tuple[int, str], dict[str, int]] = {}
    for test_id, year, county, _ in listed:
        counts = by_partition.setdefault((year, county), {})
        counts[test_id] = counts.get(test_id, 0) + 1
    return Evidence(judgement, by_partition)


def _findings(evidence: Evidence, page: CountyPage, verdicts: pd.DataFrame) -> dict[str, Finding]:
    """By test id: the rows of the county that the test concerns, by verdict."""
    judgement = evidence.judgement
    if verdicts.empty:
        raise JudgementError(f"{page.year} {page.county} was not judged")
    by_test: dict[str, dict[str, list[str]]] = {}
    for test_id, subject, verdict in verdicts[["test_id", "subject_id", "verdict"]].itertuples(index=False):
        by_test.setdefault(str(test_id), {}).setdefault(str(verdict), []).append(str(subject))
    failing = evidence.failing.get((page.year, page.county), {})
    findings: dict[str, Finding] = {}
    for suite in judgement.suites:
        frame = _of_county(judgement.frames[suite.judged_table], page)
        rows = {str(row["subject_id"]): row for row in cast("list[Row]", frame.to_dict("records"))}
        result = judgement.results.get(suite.judged_table)
        over_load = {} if result is None else {result_id(one): one for one in result.results}
        for test in suite.tests:
            subjects = by_test.get(test.test_id, {})
            not_met, missing, met = (
                tuple(rows[subject] for subject in subjects.get(verdict, []))
                for verdict in ("not_met", "missing", "met")
            )
            found = over_load.get(test.expectation_id)
            findings[test.test_id] = Finding(
                test=test,
                result=found and _county_result(found, test, (*not_met, *missing, *met), failing.get(test.test_id, 0)),
                not_met=not_met,
                missing=missing,
                met=met,
            )
    return findings


def _county_result(
    result: ExpectationValidationResult, test: JudgedTest, concerned: Sequence[Row], failing: int
) -> ExpectationValidationResult | None:
    """A result of the whole load, with the counts of one county: its failing rows as COMPLETE listed them.

    `concerned`: the county's rows that the test concerns. The judged table has others too (a section out of scope),
    which are no part of what the county is told.
    """
    if not concerned:
        return None
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult

    judged = [name for name in (test.judged_column, test.required_column) if name is not None]
    counts: dict[str, object] = {
        "element_count": len(concerned),
        "missing_count": sum(any(pd.isna(cast(float, row[name])) for name in judged) for row in concerned),
        "unexpected_count": failing,
        "unexpected_percent": 100 * failing / len(concerned),
    }
    return ExpectationValidationResult(
        success=failing == 0, expectation_config=result.expectation_config, result=counts
    )


def _suite_page(judgement: Judgement, suite: Suite, page: CountyPage, findings: Mapping[str, Finding]) -> str:
    from great_expectations.render.components import RenderedDocumentContent

    by_indicator: dict[str, list[Finding]] = {}
    for test in suite.tests:
        by_indicator.setdefault(test.indicator, []).append(findings[test.test_id])
    document = RenderedDocumentContent(
        sections=[indicator_section(group) for group in by_indicator.values()],
        renderer_type="ValidationResultsPageRenderer",
        page_title=suite.title,
        expectation_suite_name=suite.name,
    )
    contents = [
        {"indicator": name, "verdict": worst, "verdict_label": VERDICT_LABELS[worst]}
        for name, group in by_indicator.items()
        for worst in [min((finding.outcome for finding in group), key=list(VERDICT_LABELS).index)]
    ]
    return _view().render(
        document,
        template="validation_page.html",
        suite_title=suite.title,
        county=page.county,
        county_name=page.county_name,
        year=page.year,
        standard=judgement.edition,
        provisional=page.provisional,
        contents=contents,
    )


def _index(
    judgement: Judgement,
    page: CountyPage,
    findings: Mapping[str, Finding],
    verdicts: pd.DataFrame,
    indicator_verdicts: Mapping[str, str],
) -> str:
    tests = sorted((finding.test for finding in findings.values()), key=lambda test: test.position)
    unreported = verdicts[verdicts["test_id"].str.endswith(UNREPORTED)]
    groups: list[dict[str, object]] = []
    for indicator in dict.fromkeys(test.indicator for test in tests):
        if indicator in _GROUPS:
            groups.append({"title": _GROUPS[indicator], "rows": []})
        of_it = [findings[test.test_id] for test in tests if test.indicator == indicator]
        absent = int((unreported["test_id"] == indicator + UNREPORTED).sum())
        row = _index_row(of_it, indicator_verdicts[indicator], absent)
        cast("list[object]", groups[-1]["rows"]).append(row)
    names = {
        str(row["subject_id"]): str(row["subject_name"])
        for row in _of_county(judgement.frames["judged_schools"], page).to_dict("records")
    }
    codes = sorted({str(subject) for subject in unreported["subject_id"]})
    counted = list(indicator_verdicts.values())
    return (
        _environment()
        .get_template("index.html")
        .render(
            county=page.county,
            county_name=page.county_name,
            year=page.year,
            standard=judgement.edition,
            fingerprint=page.fingerprint,
            provisional=page.provisional,
            totals={verdict: counted.count(verdict) for verdict in ("met", "not_met", "missing")},
            tests_judged=len(verdicts),
            unreported=[{"code": code, "name": names.get(code, code)} for code in codes],
            groups=groups,
        )
    )


def _index_row(findings: Sequence[Finding], verdict: str, unreported: int) -> dict[str, object]:
    test = findings[0].test
    # A section below its floor is below the standard too, and a detail stands behind a county's ratio.
    counted = [finding for finding in findings if finding.test.test not in ("floor", "detail")]
    if verdict == "met" and any(finding.not_met or finding.missing for finding in counted):
        raise JudgementError(f"{test.indicator} is said to be met, but the judgement has tests that are not")
    pages = dict.fromkeys(finding.test.judged_table for finding in findings)
    return {
        "indicator": test.indicator,
        "title": test.title,
        "clause": test.clause,
        "verdict": verdict,
        "verdict_label": VERDICT_LABELS[verdict],
        "failing": _tally([(finding.test, finding.not_met) for finding in counted]),
        "missing": _tally([(finding.test, finding.missing) for finding in counted], schools_more=unreported),
        "links": [{"href": f"{table}.html#{test.indicator}", "label": _PAGE_LABELS[table]} for table in pages],
    }


def _tally(rows: Sequence[tuple[JudgedTest, Sequence[Row]]], schools_more: int = 0) -> str:
    """E.g. `13个学段、1项`, or `0`: a subject counts once however many tests it fails, a county once a test."""
    subjects: dict[str, set[tuple[object, ...]]] = {kind: set() for kind in _SUBJECTS}
    for test, found in rows:
        what = test.test_id if test.subject_type == "county" else test.level
        subjects[test.subject_type] |= {(what, row["subject_id"]) for row in found}
    sums = {kind: len(found) for kind, found in subjects.items()}
    sums["school"] += schools_more
    return "、".join(f"{sums[kind]}{unit}" for kind, unit in _SUBJECTS.items() if sums[kind]) or "0"
