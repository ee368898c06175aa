"""Puts the parts together: gaps, the 33 indicator verdicts with their sentences, the county's verdict."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from . import standard_2017 as rule
from .arithmetic import printed
from .guarantee import Guarantee
from .result import Balance, Gap, IndicatorVerdict, OracleResult
from .returns import Returns, read_partition
from .sections import (
    MET,
    MISSING,
    NOT_MET,
    balance_gaps,
    county_balance,
    school_verdicts,
    section_figures,
    section_gaps,
    section_verdicts,
    worst,
)

LEVEL_NAME = {"primary": "小学", "junior": "初中"}
OPENING = {MET: "达标。", NOT_MET: "不达标。", MISSING: "数据缺失"}
# How Annex 2 words the mean; B1, B2 and B7 met their standards there, so their wording is ours, by analogy.
MEAN_WORDS = {
    "B1": "达{}人",
    "B2": "达{}人",
    "B3": "达{}人",
    "B4": "生均值为{}平方米",
    "B5": "达{}平方米",
    "B6": "生均值为{}元",
    "B7": "达{}间",
}
WORDED_BY_ANNEX = frozenset({"B3", "B4", "B5", "B6"})
MEAN_DECIMALS = {"B6": 0}
TESTS = ("standard", "floor", "balance", "rule", "detail")


def compute(folder: Path, year: int, county: str) -> OracleResult:
    """Judge the returns of one county and year by national-2017.

    `folder` is the partition folder (county_return.xlsx, school_supplement.xlsx, schools/*.xlsx).
    """
    returns = read_partition(folder)
    unreported = [line for code, line in returns.listed.items() if code not in returns.schools]
    figures = section_figures(returns)
    balance = county_balance(figures, unreported=bool(unreported))
    sections = section_verdicts(figures)
    schools = school_verdicts(sections, returns)
    rows = Guarantee(returns, county).rows
    absent = [
        Gap(indicator, "standard", None, "school", line.code, line.name, None, MISSING)
        for indicator in rule.RESOURCES
        for line in unreported
    ]
    gaps = [
        *section_gaps(figures),
        *balance_gaps(balance, county, returns.county_name),
        *absent,
        *(row for row in rows if row.verdict != MET),
    ]
    resources = {
        indicator: worst(
            [figure.verdict for figure in figures if figure.indicator == indicator]
            + [row.verdict for row in balance if row.indicator == indicator]
            + [row.verdict for row in absent if row.indicator == indicator]
        )
        for indicator in rule.RESOURCES
    }
    others = {
        indicator: worst([row.verdict for row in rows if row.indicator == indicator and row.test == "rule"])
        for indicator in rule.INDICATORS
        if indicator not in rule.RESOURCES
    }
    verdicts = [
        _resource_row(indicator, resources[indicator], gaps, balance)
        if indicator in rule.RESOURCES
        else _other_row(indicator, others[indicator], gaps, returns)
        for indicator in rule.INDICATORS
    ]
    decisive = [*schools.values(), *(row.verdict for row in balance), *others.values()]
    return OracleResult(
        year,
        county,
        returns.county_name,
        figures,
        sections,
        schools,
        balance,
        sorted(gaps, key=_order),
        verdicts,
        worst(decisive),
        _counts(schools.values()),
        _counts(row.verdict for row in sections),
    )


def _order(gap: Gap) -> tuple[int, int, int, str, str]:
    level = {"primary": 0, "junior": 1, None: 2}[gap.level]
    position = rule.INDICATORS.index(gap.indicator)
    return (position, TESTS.index(gap.test), level, gap.subject_id, gap.item or "")


def _counts(verdicts: Iterable[str]) -> dict[str, int]:
    counted = Counter(verdicts)
    return {verdict: counted[verdict] for verdict in (MET, NOT_MET, MISSING)}


def _resource_row(indicator: str, verdict: str, gaps: list[Gap], balance: list[Balance]) -> IndicatorVerdict:
    rows = {row.level: row for row in balance if row.indicator == indicator}
    short = sum(1 for gap in gaps if (gap.indicator, gap.test, gap.verdict) == (indicator, "standard", NOT_MET))
    statement, exact = OPENING[verdict], verdict == MET
    if verdict == NOT_MET:
        parts = [
            LEVEL_NAME[level]
            + MEAN_WORDS[indicator].format(printed(row.mean, MEAN_DECIMALS.get(indicator, 2)))
            + f"，差异系数为{printed(row.cv, 4)}"
            for level, row in rows.items()
            if row.mean is not None and row.cv is not None
        ]
        statement += "；".join(parts) + "。"
        # 均 means both: a county with one level only is not worded by the plan
        if len(rows) == len(rule.LEVELS) and all(row.verdict == NOT_MET for row in rows.values()):
            statement += "差异系数均不达标。"
        if short:
            statement += "部分学校不达标。"
        exact = indicator in WORDED_BY_ANNEX and len(parts) == len(rule.LEVELS)
    primary, junior = rows.get("primary"), rows.get("junior")
    return IndicatorVerdict(
        indicator,
        verdict,
        sum(row.sections for row in rows.values()),
        short,
        _mean(primary),
        _cv(primary),
        _mean(junior),
        _cv(junior),
        statement if exact else OPENING[verdict],
        exact,
    )


def _mean(row: Balance | None) -> Fraction | None:
    return None if row is None else row.mean


def _cv(row: Balance | None) -> Fraction | None:
    return None if row is None else row.cv


def _other_row(indicator: str, verdict: str, gaps: list[Gap], returns: Returns) -> IndicatorVerdict:
    statement, exact, mentions = OPENING[verdict], verdict == MET, ()
    if verdict == NOT_MET and indicator == "B10":
        mentions = _rooms_mentioned(gaps, returns)
    if verdict == NOT_MET and indicator == "B11":
        over = sum(1 for gap in gaps if gap.indicator == "B11" and gap.verdict == NOT_MET)
        statement, exact = f"{statement}我县目前有{over}所小学、初中超过规模。", True
    if verdict == NOT_MET and indicator == "B12":
        over = {
            level: sum(
                (gap.observed or Fraction(0) for gap in gaps if gap.indicator == "B12" and gap.level == level),
                Fraction(0),
            )
            for level in rule.LEVELS
        }
        statement += f"超过45人的小学班级{over['primary']}个，超过50人的初中班级{over['junior']}个。"
        exact = True
    return IndicatorVerdict(indicator, verdict, None, None, None, None, None, None, statement, exact, mentions)


def _rooms_mentioned(gaps: list[Gap], returns: Returns) -> tuple[str, ...]:
    """The schools that pass B10, and the range of the room areas of those that fail."""
    concerned = {gap.subject_id: gap.verdict for gap in gaps if gap.indicator == "B10"}
    failing = {code for code, verdict in concerned.items() if verdict == NOT_MET}
    areas = [area for code in failing for _, area in returns.listed[code].rooms if area is not None]
    passing = [
        school.name
        for code, school in returns.schools.items()
        if code not in concerned and not school.special and not school.vocational and school.levels
    ]
    if not areas:
        return tuple(passing)
    low, high = printed(min(areas), 2), printed(max(areas), 2)
    return (*passing, f"{low}-{high}平方米" if low != high else f"{low}平方米")
