"""The sections of a validation page: Great Expectations renders each result, this words it in Chinese.

What Great Expectations leaves raw (table cells) is escaped here: names of schools are hostile text.
"""

# Great Expectations annotates dicts without their contents, which strict checking calls unknown.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from expectations.suites import JudgedTest

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.render.components import RenderedSectionContent

Row = dict[str, object]
Block = dict[str, object]
# From worst to best: the order also decides what a page's table of contents shows for an indicator.
VERDICT_LABELS = {"not_met": "不达标", "missing": "数据缺失", "met": "达标", "none": "不涉及"}
_MARKS = {"not_met": "✘", "missing": "⚠", "met": "✔", "none": "–"}
_SHOWN_DECIMALS = 4
_NOT_GIVEN = "未填报"
_COUNTED = ("element_count", "missing_count", "unexpected_count", "unexpected_percent")
_CHINESE = {
    "$unexpected_count unexpected values found. $unexpected_percent of $element_count total rows.": (
        "共$element_count行，$unexpected_count行未通过（$unexpected_percent）"
    )
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one test found in one county: Great Expectations' result, and the judged rows by verdict.

    `result` is None where the county has no row for the test at all.
    """

    test: JudgedTest
    result: ExpectationValidationResult | None
    not_met: tuple[Row, ...]
    missing: tuple[Row, ...]
    met: tuple[Row, ...]

    @property
    def outcome(self) -> str:
        """not_met over missing over met (rules.md §7); none where the test concerns nobody."""
        groups = {"not_met": self.not_met, "missing": self.missing, "met": self.met}
        return next((verdict for verdict, rows in groups.items() if rows), "none")


def indicator_section(findings: Sequence[Finding]) -> RenderedSectionContent:
    """One indicator on a page: its clause, then one row a test with its failing and missing subjects."""
    from great_expectations.render.components import (
        RenderedHeaderContent,
        RenderedSectionContent,
        RenderedStringTemplateContent,
        RenderedTableContent,
    )

    test = findings[0].test
    header = RenderedHeaderContent(
        header=RenderedStringTemplateContent(
            content_block_type="string_template",
            string_template=_text(f"{test.indicator} {test.title}", "h2", [], {"id": test.indicator}),
        ),
        subheader=RenderedStringTemplateContent(
            content_block_type="string_template",
            string_template=_text(test.clause, "div", ["section-clause"]),
        ),
    )
    table = RenderedTableContent(
        table=[_test_row(finding) for finding in findings],
        header_row=["结果", "标准", "核对情况"],
        styling={"body": {"classes": ["table"]}},
    )
    return RenderedSectionContent(section_name=test.indicator, content_blocks=[header, table])


def _text(
    text: str, tag: str = "span", classes: Sequence[str] = (), attributes: Mapping[str, str] | None = None
) -> Block:
    """A string template of Great Expectations that says just `text`; it takes `$` for a parameter."""
    styling: Block = {"classes": list(classes), "attributes": dict(attributes or {})}
    return {"template": "$text", "params": {"text": text}, "tag": tag, "styling": styling}


def _block(text: str, tag: str = "span", classes: Sequence[str] = ()) -> Block:
    return {"content_block_type": "string_template", "string_template": _text(text, tag, classes)}


def _test_row(finding: Finding) -> list[object]:
    outcome = finding.outcome
    status = _block(f"{_MARKS[outcome]} {VERDICT_LABELS[outcome]}", "span", ["verdict", f"verdict-{outcome}"])
    said: list[object] = [*_rendered_expectation(finding)]
    for verdict, rows in (("not_met", finding.not_met), ("missing", finding.missing)):
        # Of a county there is one row, and the last column shows it.
        if rows and finding.test.subject_type != "county":
            head = f"{VERDICT_LABELS[verdict]}的学校（{len(rows)}）"
            said.append(_block(head, "span", ["list-head", f"verdict-{verdict}"]))
            said.append(_listing(finding.test, rows, verdict))
    return [status, said, _block(_observed(finding))]


def _rendered_expectation(finding: Finding) -> list[object]:
    """The expectation as Great Expectations words it: by its `description`, which is the Chinese clause."""
    if finding.result is None:
        return [_block(finding.test.description, "span", ["says"])]
    from great_expectations.core.expectation_validation_result import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
    from great_expectations.render.components import RenderedTableContent
    from great_expectations.render.renderer.content_block.validation_results_table_content_block import (
        ValidationResultsTableContentBlockRenderer,
    )

    config = cast("ExpectationConfiguration", finding.result.expectation_config)
    described = ExpectationConfiguration(
        type=config.type,
        kwargs=dict(config.kwargs),
        id=config.id,
        description=finding.test.description.partition(f"（{finding.test.indicator} ")[0],
    )
    # Its own lists are left out: grouped by value and cut at ten, they would not name every school.
    counts: dict[str, object] = {key: finding.result.result.get(key) for key in _COUNTED}
    result = ExpectationValidationResult(success=finding.result.success, expectation_config=described, result=counts)
    rendered = cast(RenderedTableContent, ValidationResultsTableContentBlockRenderer.render([result]))
    cell = cast("list[list[object]]", rendered.to_json_dict()["table"])[0][1]
    blocks = cast("list[Block]", cell if isinstance(cell, list) else [cell])
    for block in blocks:
        template = cast("Block", block["string_template"])
        template["template"] = _CHINESE.get(str(template["template"]).strip(), template["template"])
    return [*blocks]


def _listing(test: JudgedTest, rows: Sequence[Row], verdict: str) -> Block:
    ordered = sorted(rows, key=lambda row: str(row["subject_id"]))
    return {
        "content_block_type": "table",
        "header_row": ["序号", "标识码", "名称", f"数值（{test.unit}）", "要求"],
        "table": [
            [
                str(number),
                html.escape(str(row["subject_id"])),
                html.escape(_shown(row["subject_name"], test)),
                html.escape(_value(test, row, incomplete=verdict == "missing")),
                html.escape(_required(test, row)),
            ]
            for number, row in enumerate(ordered, start=1)
        ],
        "styling": {"body": {"classes": ["table-bordered", "table-sm"]}},
    }


def _required(test: JudgedTest, row: Row) -> str:
    if test.accepted is not None:
        return "或".join(test.accepted)
    if test.required_column is not None:
        return f"≥ {_shown(row[test.required_column], test)}"
    sign = {("min", False): "≥", ("max", False): "≤", ("min", True): ">", ("max", True): "<"}
    return f"{sign[test.direction, test.strict]} {_shown(test.limit, test)}"


def _observed(finding: Finding) -> str:
    test = finding.test
    rows = (*finding.not_met, *finding.missing, *finding.met)
    if not rows:
        return "本县没有涉及的对象"
    if test.subject_type == "county":
        value = _value(test, rows[0], incomplete=bool(finding.missing))
        return f"{value}（要求 {_required(test, rows[0])}）"
    parts = [f"涉及{len(rows)}个", f"不达标{len(finding.not_met)}个"]
    return "，".join(parts + ([f"数据缺失{len(finding.missing)}个"] if finding.missing else []))


def _value(test: JudgedTest, row: Row, *, incomplete: bool) -> str:
    """The judged value; one that would pass but was formed without missing figures says so."""
    shown = _shown(row[test.judged_column], test)
    return f"{shown}（所依数据不全）" if incomplete and shown != _NOT_GIVEN else shown


def _shown(value: object, test: JudgedTest) -> str:
    """A value as people read it: up to 4 decimals, but never so few that it looks like the limit it misses."""
    if isinstance(value, str):
        return value
    if not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - NaN
        return _NOT_GIVEN
    rounded = round(value, _SHOWN_DECIMALS)
    if test.limit is not None and rounded == test.limit:
        rounded = value
    return f"{rounded:.10f}".rstrip("0").rstrip(".")
