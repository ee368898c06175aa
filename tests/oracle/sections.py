"""B1–B7: sections in scope, their seven figures, the county's balance, the school rule (rules §2, §7)."""

from fractions import Fraction

from . import standard_2017 as rule
from .arithmetic import dispersion, hundredths, judged, split_shares, whole
from .result import Balance, Gap, SectionFigure, SectionVerdict
from .returns import Level, Returns, School

MET, NOT_MET, MISSING = "met", "not_met", "missing"


def worst(verdicts: list[str]) -> str:
    """not_met wins over missing, missing over met; nothing to judge is met (rules §7)."""
    return next((verdict for verdict in (NOT_MET, MISSING) if verdict in verdicts), MET)


def rounded_up(amount: Fraction, unit: str | None) -> Fraction:
    """A shortfall in its natural unit: whole ones, or 0.01 of ㎡ and 元."""
    return whole(amount) if unit in rule.WHOLE_UNITS else hundredths(amount)


def sections_of(school: School) -> dict[str, Level]:
    """The school's levels that have pupils, or whose pupils are not reported; none for 特教 and 职业."""
    if school.special or school.vocational:
        return {}
    return {name: level for name, level in school.levels.items() if level.pupils is None or level.pupils > 0}


def in_scope(school: School, level: Level) -> bool:
    """教学点 under 50 pupils are out; one whose pupils are not reported cannot be shown to be."""
    small = level.pupils is not None and level.pupils < rule.TEACHING_POINT_MIN_PUPILS
    return not (school.type_code == "218" and small)


def section_figures(returns: Returns) -> list[SectionFigure]:
    """All in-scope sections × B1–B7."""
    figures: list[SectionFigure] = []
    for school in returns.schools.values():
        for name, level in sections_of(school).items():
            if not in_scope(school, level):
                continue
            for indicator, numerator in _numerators(school, name, level).items():
                value = None
                if numerator is not None and level.pupils is not None:
                    value = rule.PER[indicator] * numerator / level.pupils
                limit = rule.STANDARD[indicator][name]
                figures.append(
                    SectionFigure(
                        school.code,
                        school.name,
                        name,
                        level.pupils,
                        level.classes,
                        indicator,
                        numerator,
                        level.pupils,
                        value,
                        _at_least(value, limit),
                        _at_least(value, limit * rule.FLOOR_SHARE),
                    )
                )
    return figures


def _numerators(school: School, name: str, level: Level) -> dict[str, Fraction | None]:
    """The seven numerators of a section; B4–B7 of a mixed school are its share of the whole."""
    # Under a blank total of teachers, blank degrees and subjects are not noughts: nobody filled them in.
    taught = level.teachers is not None
    area, ground = school.teaching_area, school.sports_ground
    wholes = {
        "B4": None if area is None else area - school.gym_area,
        "B5": None if ground is None else ground + school.gym_area,
        "B6": school.equipment_yuan,
        "B7": school.multimedia_rooms,
    }
    share = _share(school, name)
    return {
        "B1": level.above_degree if taught else None,
        "B2": level.backbone,
        "B3": level.pe_and_arts if taught else None,
        **{key: None if total is None or share is None else total * share for key, total in wholes.items()},
    }


def _share(school: School, name: str) -> Fraction | None:
    """The level's part of what the school's levels share; None where any level's pupils are missing."""
    pupils = {key: level.pupils for key, level in school.levels.items()} | {"senior": school.senior_pupils}
    if any(count is None for count in pupils.values()):
        return None
    return split_shares(1, **{key: int(count) for key, count in pupils.items() if count is not None})[name]


def _at_least(value: Fraction | None, limit: Fraction) -> str:
    if value is None:
        return MISSING
    return MET if judged(value) >= limit else NOT_MET


def section_gaps(figures: list[SectionFigure]) -> list[Gap]:
    """Rows of sections short of the standard, and again of the floor; one row where the figure is missing."""
    gaps: list[Gap] = []
    for figure in figures:
        standard = rule.STANDARD[figure.indicator][figure.level]
        for test, limit, verdict in (
            ("standard", standard, figure.verdict),
            ("floor", standard * rule.FLOOR_SHARE, figure.floor_verdict),
        ):
            subject = ("section", figure.school_code, figure.school_name)
            if verdict == MISSING and test == "standard":
                gaps.append(Gap(figure.indicator, test, figure.level, *subject, None, MISSING, required=limit))
            if verdict == NOT_MET and figure.value is not None:
                assert figure.numerator is not None
                assert figure.denominator is not None
                unit = rule.RESOURCE_UNIT[figure.indicator]
                short = limit * figure.denominator / rule.PER[figure.indicator] - figure.numerator
                gaps.append(
                    Gap(
                        figure.indicator,
                        test,
                        figure.level,
                        *subject,
                        None,
                        NOT_MET,
                        figure.value,
                        limit,
                        figure.value / limit,
                        rounded_up(short, unit),
                        unit,
                        figure.numerator,
                        figure.denominator,
                    )
                )
    return gaps


def county_balance(figures: list[SectionFigure], unreported: bool) -> list[Balance]:
    """The 14 tests, each of the sections that have the figure; `unreported`: a listed school is absent."""
    balance: list[Balance] = []
    for level in rule.LEVELS:
        for indicator in rule.RESOURCES:
            of_level = [figure for figure in figures if (figure.level, figure.indicator) == (level, indicator)]
            if not of_level:
                continue
            known = [(figure.numerator, figure.pupils) for figure in of_level if figure.value is not None]
            numerators = [numerator for numerator, _ in known if numerator is not None]
            pupils = [int(count) for _, count in known if count is not None]
            whole_county = (sum(numerators, Fraction(0)), Fraction(sum(pupils)))
            incomplete = unreported or len(known) < len(of_level)
            if whole_county[0] == 0:
                balance.append(Balance(level, indicator, *whole_county, None, None, None, len(known), MISSING))
                continue
            spread, per = dispersion(numerators, pupils), rule.PER[indicator]
            verdict = MISSING if incomplete else MET
            if judged(spread.cv) > rule.CV_LIMIT[level]:
                verdict = NOT_MET
            balance.append(
                Balance(
                    level,
                    indicator,
                    *whole_county,
                    per * spread.mean,
                    per * spread.standard_deviation,
                    spread.cv,
                    len(known),
                    verdict,
                )
            )
    return balance


def balance_gaps(balance: list[Balance], county: str, county_name: str | None) -> list[Gap]:
    """Rows of CVs over the limit; one that cannot be final has none (rules §7)."""
    return [
        Gap(
            row.indicator,
            "balance",
            row.level,
            "county",
            county,
            county_name,
            None,
            NOT_MET,
            row.cv,
            rule.CV_LIMIT[row.level],
            row.cv / rule.CV_LIMIT[row.level],
            row.cv - rule.CV_LIMIT[row.level],
            "差异系数",
        )
        for row in balance
        if row.verdict == NOT_MET and row.cv is not None
    ]


def section_verdicts(figures: list[SectionFigure]) -> list[SectionVerdict]:
    """At least six of seven met and none below its floor; missing only where the known do not fail it."""
    grouped: dict[tuple[str, str], list[SectionFigure]] = {}
    for figure in figures:
        grouped.setdefault((figure.school_code, figure.level), []).append(figure)
    rows: list[SectionVerdict] = []
    for (code, level), seven in grouped.items():
        verdicts = [figure.verdict for figure in seven]
        floors = [figure.floor_verdict for figure in seven]
        fails = verdicts.count(NOT_MET) > rule.MAY_FALL_SHORT or NOT_MET in floors
        verdict = NOT_MET if fails else MISSING if MISSING in verdicts else MET
        rows.append(SectionVerdict(code, level, verdicts.count(MET), floors.count(MET), verdict))
    return rows


def school_verdicts(rows: list[SectionVerdict], returns: Returns) -> dict[str, str]:
    """School code → verdict, of the schools with a section in scope and of those that did not report."""
    grouped: dict[str, list[str]] = {}
    for row in rows:
        grouped.setdefault(row.school_code, []).append(row.verdict)
    verdicts = {code: worst(sections) for code, sections in grouped.items()}
    return verdicts | {code: MISSING for code in returns.listed if code not in returns.schools}
