"""What the oracle hands back, in the words of interface.md. All numbers are exact fractions."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True)
class SectionFigure:
    """One in-scope section × one of B1–B7. `value` is unrounded; None is 缺报."""

    school_code: str
    school_name: str
    level: str
    pupils: Fraction | None
    classes: Fraction | None
    indicator: str
    numerator: Fraction | None
    denominator: Fraction | None
    value: Fraction | None
    verdict: str
    floor_verdict: str


@dataclass(frozen=True)
class SectionVerdict:
    """The school rule on one in-scope section."""

    school_code: str
    level: str
    indicators_met: int
    indicators_at_floor: int
    verdict: str


@dataclass(frozen=True)
class Balance:
    """One level × one of B1–B7, formed of the sections that have a figure (`sections` of them)."""

    level: str
    indicator: str
    numerator: Fraction
    denominator: Fraction
    mean: Fraction | None
    standard_deviation: Fraction | None
    cv: Fraction | None
    sections: int
    verdict: str


@dataclass(frozen=True)
class Gap:
    """One row of the gap list.

    `numerator` and `denominator` are given where `observed` is a ratio of two counted figures and known; in
    the other rows the rules do not say what stands there, and None means "no opinion". So does None as
    `shortfall_unit`, and as `required` in a row of a school that did not report (its type and levels are not
    known). Everywhere else None means null.
    """

    indicator: str
    test: str
    level: str | None
    subject_type: str
    subject_id: str
    subject_name: str | None
    item: str | None
    verdict: str
    observed: Fraction | None = None
    required: Fraction | None = None
    ratio: Fraction | None = None
    shortfall: Fraction | None = None
    shortfall_unit: str | None = None
    numerator: Fraction | None = None
    denominator: Fraction | None = None

    @property
    def key(self) -> tuple[str, str, str | None, str, str | None]:
        """Indicator, test, level, subject, item: unique within a partition."""
        return (self.indicator, self.test, self.level, self.subject_id, self.item)


@dataclass(frozen=True)
class IndicatorVerdict:
    """One of the 33 rows of `verdicts`.

    Where `statement_exact` is false the rules fix no sentence for the case: the statement then only begins as
    given, and holds each of `mentions`.
    """

    indicator: str
    verdict: str
    sections_judged: int | None
    sections_short: int | None
    primary_mean: Fraction | None
    primary_cv: Fraction | None
    junior_mean: Fraction | None
    junior_cv: Fraction | None
    statement: str
    statement_exact: bool
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True)
class OracleResult:
    """Everything that is published of one partition."""

    year: int
    county: str
    county_name: str | None
    sections: list[SectionFigure]
    section_results: list[SectionVerdict]
    school_results: dict[str, str]
    balance: list[Balance]
    gaps: list[Gap]
    verdicts: list[IndicatorVerdict]
    county_verdict: str
    school_verdicts: dict[str, int]
    section_verdicts: dict[str, int]
