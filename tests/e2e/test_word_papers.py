"""自评报告 and 一校一案 read back: every number against the reader's rows and the oracle's exact fractions.

Two counties: Huantai, and a made-up one with what Huantai has not: no task decomposition, values left blank, a school
that did not report, a 教学点 out of scope, a veto.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from orchestration.load import run_load
from orchestration.publication import reader
from tests import docx_text
from tests.e2e.tools import current, raw_of_huantai, run
from tests.oracle import Gap, OracleResult, compute
from tests.oracle.county import write_county
from tests.oracle.county_spec import CountySpec, LevelSpec, SchoolSpec
from tests.oracle.returns import Returns, read_partition

LEVELS = {"小学": "primary", "初中": "junior"}
WORDS = {"met": "达标", "not_met": "不达标", "missing": "数据缺失"}
SEVEN = ("指标", "实际", "标准", "底线", "结论", "距标准还差", "距底线还差")
PROBLEMS = ("序号", "指标", "问题与差额", "整改措施", "完成时限", "责任单位")
OTHERS = ("指标与要求", "实际", "应", "结论", "差额")
FINDINGS = ("指标及要求", "指标值或简要结论", "是否达标")
ODD = CountySpec(
    schools=(
        SchoolSpec("211", {"primary": LevelSpec(400)}),
        SchoolSpec("211", {"primary": LevelSpec(300)}, workbook=False),
        SchoolSpec(
            "312",
            {"primary": LevelSpec(500), "junior": LevelSpec(400)},
            blanks=frozenset({"teaching_area", "primary.teachers", "rooms"}),
        ),
        SchoolSpec("341", {"junior": LevelSpec(600), "senior": LevelSpec(700)}, blanks=frozenset({"junior.pupils"})),
        SchoolSpec("218", {"primary": LevelSpec(30)}, sports_ground=Decimal(300)),
        SchoolSpec("514"),
        SchoolSpec("311", {"junior": LevelSpec(2100, class_size=52)}),
    ),
    conclusions={"违规择校": "发生", "无过重课业负担": None},
)


@dataclass
class County:
    """A loaded county, what the oracle says of it, and its papers."""

    var: Path
    year: int
    code: str
    returns: Returns
    oracle: OracleResult

    @property
    def papers(self) -> Path:
        return self.var / "reports" / str(self.year) / self.code

    @property
    def report(self) -> Path:
        return self.papers / "self_assessment.docx"

    def plans(self) -> dict[str, Path]:
        return {path.name[:10]: path for path in sorted((self.papers / "school_plans").glob("*.docx"))}

    def gaps(self) -> list[Gap]:
        """The oracle's gaps, and the details of schools that did not report, on which the oracle has no rows."""
        published, _ = self.rows()
        names = ("indicator", "test", "level", "subject_type", "subject_id", "subject_name", "item", "verdict")
        unsent = set(self.returns.listed) - set(self.returns.schools)
        known = {gap.key for gap in self.oracle.gaps}
        more = [Gap(**{name: row[name] for name in names}) for row in published if row["test"] == "detail"]
        return self.oracle.gaps + [gap for gap in more if gap.subject_id in unsent and gap.key not in known]

    def rows(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        with reader.open_partition(self.var, self.year, self.code) as published:
            connection = published.connection
            return (
                reader.gap_rows(connection, self.year, self.code),
                reader.verdict_rows(connection, self.year, self.code),
            )


@pytest.fixture(scope="module", params=["huantai", "odd"])
def county(request: pytest.FixtureRequest, huantai: Path, tmp_path_factory: pytest.TempPathFactory) -> County:
    if request.param == "huantai":
        var, raw, year, code = huantai, raw_of_huantai(), 2017, "370321"
    else:
        base = tmp_path_factory.mktemp("odd")
        var, raw, year, code = base / "var", base / "raw", ODD.year, ODD.code
        (raw / str(year) / code).mkdir(parents=True)
        write_county(raw / str(year) / code, ODD, 5)
        assert list(run_load([(year, code)], raw, var).refused) == []
    folder = raw / str(year) / code
    return County(var, year, code, read_partition(folder), compute(folder, year, code))


# Reading a table takes longer than making it.
tables_of = cache(docx_text.tables)


def shows(text: str, exact: Fraction | None) -> bool:
    """Whether the printed number is the exact one, rounded half up to as many decimals as are printed."""
    if exact is None:
        return text in ("缺报", "—")
    found = re.match(r"-?\d+(?:\.(\d+))?", text)
    if found is None:
        return False
    step = Decimal(1).scaleb(-len(found.group(1) or ""))
    wanted = Decimal(exact.numerator) / Decimal(exact.denominator)
    return Decimal(found.group()) == wanted.quantize(step, ROUND_HALF_UP)


def by_key(gaps: Iterable[Gap]) -> dict[tuple[str, str, str | None, str, str | None], Gap]:
    return {gap.key: gap for gap in gaps}


def test_every_school_with_a_section_or_unreported_has_a_plan(county: County) -> None:
    sent = {code for code, school in county.returns.schools.items() if any(county_pupils(school.levels.values()))}
    unsent = set(county.returns.listed) - set(county.returns.schools)
    named = {gap.subject_id for gap in county.oracle.gaps if gap.subject_type != "county"}
    assert set(county.plans()) == sent | unsent | named
    with zipfile.ZipFile(county.papers / "school_plans.zip") as archive:
        assert archive.namelist() == [path.name for path in county.plans().values()]


def county_pupils(levels: Iterable[Any]) -> list[bool]:
    """Whether each level counts as a section: it has pupils, or does not say."""
    return [level.pupils is None or level.pupils > 0 for level in levels]


def test_the_seven_of_every_school(county: County) -> None:
    gaps = by_key(county.oracle.gaps)
    sections = {(row.school_code, row.level): row for row in county.oracle.section_results}
    seen = 0
    for code, path in county.plans().items():
        tables = tables_of(path).get(SEVEN, [])
        levels = [level for level in LEVELS.values() if (code, level) in sections]
        assert len(tables) == len(levels), path.name
        text = "\n".join(docx_text.paragraphs(path))
        for table, level in zip(tables, levels, strict=True):
            figures = [row for row in county.oracle.sections if (row.school_code, row.level) == (code, level)]
            figures.sort(key=lambda row: row.indicator)
            for row, figure in zip(table, figures, strict=True):
                assert row[0].startswith(f"{figure.indicator} ") and shows(row[1], figure.value), (path.name, row)
                word = {("not_met", "met"): "低于标准，达到底线", ("not_met", "not_met"): "低于底线"}.get(
                    (figure.verdict, figure.floor_verdict), WORDS[figure.verdict]
                )
                assert row[4] == word, (path.name, row)
                for cell, test in ((row[5], "standard"), (row[6], "floor")):
                    gap = gaps.get((figure.indicator, test, level, code, None))
                    assert shows(cell, gap.shortfall if gap else None), (path.name, row)
                seen += 1
            result, name = sections[code, level], {value: key for key, value in LEVELS.items()}[level]
            assert (
                f"七项中达到标准 {result.indicators_met} 项，达到底线 {result.indicators_at_floor} 项；"
                f"{name}综合评估：{WORDS[result.verdict]}。" in text
            ), path.name
        whole = county.oracle.school_results.get(code)
        assert docx_text.form(path, "学校综合") == (WORDS[whole] if whole else "不参加资源配置评估")
    assert seen == len(county.oracle.sections)


def test_every_gap_of_a_school_stands_in_its_plan_with_measure_and_deadline(county: County) -> None:
    gaps, _ = county.rows()
    county_gaps = county.gaps()
    for code, path in county.plans().items():
        mine = [gap for gap in county_gaps if gap.subject_id == code]
        told = [gap for gap in mine if gap.test != "floor" and gap.indicator not in owed(county, code)]
        rows = tables_of(path).get(PROBLEMS, [[]])[0]
        lines = [line for row in rows for line in row[2].split("\n") if not line.startswith("学校未报送年报")]
        assert len(lines) == len(told), path.name
        expected: Counter[str] = Counter()
        for gap in told:
            level = {value: key for key, value in LEVELS.items()}.get(gap.level or "", "")
            expected[f"{level}{gap.item or ''}"] += 1
        assert Counter(line.split("：")[0] if "：" in line else "" for line in lines) == expected, path.name
        for row in rows:
            published = [gap for gap in gaps if gap["subject_id"] == code and row[1].startswith(f"{gap['indicator']} ")]
            if len(row[1].split()) > 2:  # all that was not sent, in one row
                continue
            assert row[3] == (published[0]["measure"] or "（待填）")
            assert row[4] == (published[0]["deadline_text"] or "（待填）")
            assert row[5] == "、".join(published[0]["responsible_units"])
            exact = [gap for gap in told if row[1].startswith(f"{gap.indicator} ") and gap.verdict == "not_met"]
            lacking = re.findall(r"，(?:还差|超出) ([\d.]+)|超过规定的有 ([\d.]+)", row[2])
            printed = sorted(Decimal(first or second) for first, second in lacking)
            wanted = sorted(Decimal(float(gap.shortfall or 0)).quantize(Decimal("0.01")) for gap in exact)
            assert [number.quantize(Decimal("0.01")) for number in printed] == wanted, (path.name, row)


def owed(county: County, code: str) -> set[str]:
    unsent = code not in county.returns.schools
    return {*(f"B{number}" for number in range(1, 8)), "B12"} if unsent else set()


def test_other_indicators_of_every_school(county: County) -> None:
    for code, path in county.plans().items():
        rows = tables_of(path).get(OTHERS, [[]])[0]
        failing = Counter(row[0].split()[0] for row in rows if row[3] != "达标")
        gaps = Counter(
            gap.indicator
            for gap in county.oracle.gaps
            if gap.subject_id == code and gap.test == "rule" and gap.indicator not in owed(county, code)
        )
        assert {name: failing[name] for name in gaps} == dict(gaps), path.name
        assert set(failing) - set(gaps) <= {"B16", "B19", "B20"}, path.name  # judged on the county, shown here


def test_the_reports_levels(county: County) -> None:
    text = "\n".join(docx_text.paragraphs(county.report))
    tables = [table for head, found in tables_of(county.report).items() if "差异系数" in head for table in found]
    assert len(tables) == 2
    for (name, level), table in zip(LEVELS.items(), tables, strict=True):
        balance = {row.indicator: row for row in county.oracle.balance if row.level == level}
        for row in table:
            indicator = row[0].split("（")[0]
            figures = [one for one in county.oracle.sections if (one.level, one.indicator) == (level, indicator)]
            assert shows(row[3], balance[indicator].mean) and shows(row[4], balance[indicator].cv), row
            assert row[6] == WORDS[balance[indicator].verdict]
            met, missing = (sum(one.verdict == word for one in figures) for word in ("met", "missing"))
            low = sum(one.floor_verdict == "not_met" for one in figures)
            assert row[7:] == [f"{met}/{len(figures)}", str(low), str(missing)], row
        levels = [
            school.levels[level]
            for school in county.returns.schools.values()
            if level in school.levels and county_pupils([school.levels[level]]) == [True]
        ]
        sums = [sum(getattr(one, part) or 0 for one in levels) for part in ("classes", "pupils", "teachers")]
        scope = sum(one.level == level for one in county.oracle.section_results)
        assert (
            f"{name}：设有{name}学段的学校{len(levels)}所，其中参加资源配置评估{scope}所；"
            f"教学班{sums[0]}个，在校生{sums[1]}人，专任教师{sums[2]}人" in text
        )
        results = Counter(one.verdict for one in county.oracle.section_results if one.level == level)
        assert (
            f"{name}学段综合评估：达标{results['met']}所，不达标{results['not_met']}所，数据缺失{results['missing']}所。"
            in text
        )
    schools = county.oracle.school_verdicts
    assert (
        f"达标{schools['met']}所，不达标{schools['not_met']}所，数据缺失{schools['missing']}所。" in text
        and f"全县自评结论：{WORDS[county.oracle.county_verdict]}。" in text
    )


def test_the_reports_33_verdicts(county: County) -> None:
    tables = tables_of(county.report)
    rows = [row for table in tables[FINDINGS] for row in table]
    rows += tables[("指标及要求", "达标情况", "是否达标")][0]
    found = {row[0].split()[0]: row for row in rows}
    assert len(rows) == len(found) == 33
    for verdict in county.oracle.verdicts:
        row = found[verdict.indicator]
        assert row[2] == WORDS[verdict.verdict], row
        if verdict.verdict != "met" and verdict.statement_exact:
            assert row[1].startswith(verdict.statement.rstrip("。")), row
    counts = Counter(verdict.verdict for verdict in county.oracle.verdicts)
    text = "\n".join(docx_text.paragraphs(county.report))
    assert (
        f"全部33项中，达标{counts['met']}项，不达标{counts['not_met']}项，数据缺失{counts['missing']}项" in text
    )  # fmt: skip


def test_the_reports_sums_of_gaps(county: County) -> None:
    (rows,) = tables_of(county.report)[
        ("指标", "学段、项目", "问题", "不达标（条）", "数据缺失（条）", "涉及学校（所）", "差额合计")
    ]
    groups: dict[tuple[str, str, str], list[Gap]] = {}
    names = {value: key for key, value in LEVELS.items()}
    for gap in county.gaps():
        what = " ".join(part for part in (names.get(gap.level or "", ""), gap.item or "") if part) or "—"
        groups.setdefault((gap.indicator, gap.test, what), []).append(gap)
    words = {"standard": "低于标准", "floor": "低于底线", "balance": "差异系数超过限值", "rule": "不符合要求",
             "detail": "其中不足的学校"}  # fmt: skip
    wanted = Counter()
    for (indicator, test, what), gaps in groups.items():
        short = [gap for gap in gaps if gap.verdict == "not_met"]
        found = [words[test]] * bool(short) + ["数据缺失"] * (len(short) < len(gaps))
        schools = {gap.subject_id for gap in gaps if gap.subject_type != "county"}
        key = (
            indicator,
            what,
            "、".join(found),
            str(len(short)),
            str(len(gaps) - len(short)),
            str(len(schools) or "—"),
        )
        wanted[key] += 1
        lacking = [gap.shortfall for gap in gaps if gap.shortfall is not None]
        row = next(row for row in rows if (row[0].split()[0], *row[1:6]) == key)
        assert shows(row[6], sum(lacking, Fraction(0)) if lacking else None), row
    assert Counter((row[0].split()[0], *row[1:6]) for row in rows) == wanted


def test_the_reports_measures_are_the_published_ones(county: County) -> None:
    _, verdicts = county.rows()
    tables = tables_of(county.report)
    (rows,) = tables[("指标", "达标情况", "整改措施", "完成时限", "责任单位")]
    assert rows == [
        [
            f"{row['indicator']} {row['title']}", row["statement"], row["measure"] or "（待填）",
            row["deadline_text"] or "（待填）", "、".join(row["responsible_units"]),
        ]
        for row in verdicts
        if row["verdict"] != "met"
    ]  # fmt: skip
    (deadlines,) = tables[("完成时限", "完成整改的指标", "责任单位")]
    listed = re.findall(r"(?:^|、)([BCV]\d*) ", "\n".join(row[1] for row in deadlines), re.MULTILINE)
    assert sorted(listed) == sorted(row["indicator"] for row in verdicts if row["verdict"] != "met")
    pictures = docx_text.alternative_texts(county.report)
    assert len(pictures) == 3 and all(f"B{number} " in pictures[0] for number in range(1, 8))


def test_commands_copy_what_was_published(huantai: Path, tmp_path: Path) -> None:
    copy = tmp_path / "自评.docx"
    assert run("report", "2017", "370321", "--var", str(huantai), "--output", str(copy)).returncode == 0
    assert copy.read_bytes() == (huantai / "reports/2017/370321/self_assessment.docx").read_bytes()
    ran = run(
        "plans", "2017", "370321", "城南", "--var", str(huantai), "--output", str(tmp_path / "校"), "--format", "json"
    )
    assert ran.returncode == 0, ran.stderr
    content = json.loads(ran.stdout)
    assert content["run_id"] == current(huantai)["run_id"] and [row["name"] for row in content["rows"]] == [
        "桓台县城南学校"
    ]
    assert [path.name for path in (tmp_path / "校").iterdir()] == [row["file"] for row in content["rows"]]


def test_ones_own_template_and_a_broken_one(huantai: Path, tmp_path: Path) -> None:
    template, made = tmp_path / "self_assessment.docx", tmp_path / "made.docx"
    assert run("template", "self-assessment", "--output", str(template)).returncode == 0
    arguments = ("report", "2017", "370321", "--var", str(huantai), "--template", str(template), "--output", str(made))
    assert run(*arguments).returncode == 0
    assert made.read_bytes() == (huantai / "reports/2017/370321/self_assessment.docx").read_bytes()
    shutil.copy(huantai / "reports/2017/370321/gap_list.xlsx", template)
    made.unlink()
    ran = run(*arguments)
    assert ran.returncode == 64 and "不是 Word 文档" in ran.stderr and not made.exists()
    assert run(*arguments[:-2]).returncode == 64  # nowhere to write to
