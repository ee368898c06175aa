"""B8–B31, C1 and the veto items: each as (verdict, gap row or None), from the returns (rules §3, §4, §7)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from math import ceil

from . import standard_2017 as rule
from .arithmetic import judged
from .result import Gap
from .returns import Listed, Returns, School
from .sections import MET, MISSING, NOT_MET, rounded_up, sections_of

Subject = tuple[str, str, str | None]
Judged = Iterator[Gap]  # every row's verdict may be `met`, which is no gap


class Guarantee:
    """Judges one partition; `rows` has a row for every test that concerns someone, the met ones included."""

    def __init__(self, returns: Returns, county: str) -> None:
        self.returns = returns
        self.county: Subject = ("county", county, returns.county_name)
        self.unreported = [line for code, line in returns.listed.items() if code not in returns.schools]
        self.rows = [row for judge in self._judges() for row in judge()]

    def _judges(self) -> list[Callable[[], Judged]]:
        return [
            self.rooms,
            self.size,
            self.class_size,
            self.small_schools,
            self.conclusions,
            self.pay,
            self.trained_and_certified,
            self.catchment,
            self.county_ratios,
            self.training_fund,
            self.monitoring,
            self.vetoes,
        ]

    def compulsory(self) -> Iterator[tuple[School, Listed | None]]:
        """Schools with primary or junior pupils, every 教学点 and 民办 too, and their lines of the list."""
        for school in self.returns.schools.values():
            if sections_of(school):
                yield school, self.returns.listed.get(school.code)

    def rooms(self) -> Judged:
        """B10: rooms of each kind that are large enough ≥ ⌈classes of both levels / 12⌉."""
        for school, listed in self.compulsory():
            classes = [level.classes for level in sections_of(school).values()]
            counted = sum((number for number in classes if number is not None), Fraction(0))
            required = Fraction(ceil(counted / rule.CLASSES_PER_ROOM))
            final = None not in classes
            rooms = [] if listed is None else listed.rooms
            for kind, area in rule.ROOM_MIN_AREA_M2.items():
                sure = sum(1 for each, size in rooms if each == kind and size is not None and size >= area)
                perhaps = sum(1 for each, size in rooms if each == kind and size is None)
                row = Gap("B10", "rule", None, "school", school.code, school.name, kind, MET)
                if rooms and sure + perhaps < required:
                    yield _short(row, Fraction(sure), required, "间")
                elif not rooms or not final or sure < required:
                    yield replace(row, verdict=MISSING, required=required if final else None)
                else:
                    yield row
        for line in self.unreported:
            for kind in rule.ROOM_MIN_AREA_M2:
                yield Gap("B10", "rule", None, "school", line.code, line.name, kind, MISSING)

    def size(self) -> Judged:
        """B11: primary + junior pupils of the whole school."""
        for school, _ in self.compulsory():
            counts = [level.pupils for level in school.levels.values()]
            pupils = sum((count for count in counts if count is not None), Fraction(0))
            through = school.type_code in rule.THROUGH_TYPES
            limit = Fraction(rule.MAX_PUPILS_THROUGH if through else rule.MAX_PUPILS)
            row = Gap("B11", "rule", None, "school", school.code, school.name, None, MET)
            if pupils > limit:
                yield _over(row, pupils, limit, "人")
            else:
                yield replace(row, verdict=MISSING, required=limit) if None in counts else row
        for line in self.unreported:
            yield Gap("B11", "rule", None, "school", line.code, line.name, None, MISSING)

    def class_size(self) -> Judged:
        """B12: no class in a band over the level's limit, for every section, 教学点 of any size included."""
        for school, _ in self.compulsory():
            for name, level in sections_of(school).items():
                over = sum(level.bands[{"primary": 5, "junior": 6}[name] :], Fraction(0))
                row = Gap("B12", "rule", name, "section", school.code, school.name, None, MET)
                if over > 0:
                    yield _over(row, over, Fraction(0), "个")
                else:
                    yield (replace(row, verdict=MISSING, required=Fraction(0)) if level.classes is None else row)
        for line in self.unreported:
            yield Gap("B12", "rule", None, "school", line.code, line.name, None, MISSING)

    def small_schools(self) -> Judged:
        """B13: 小学 and 教学点 under 100 pupils are funded for 100, at the county's 小学 rate.

        Where nobody can say whether a school is that small, its funds need no answer if they would do for one;
        otherwise they are missing.
        """
        rate = self.returns.figures["小学生均公用经费基准定额"]
        people = Fraction(rule.SMALL_SCHOOL_PUPILS)
        needed = None if rate is None else people * rate
        concerned: list[tuple[Listed, bool]] = [(line, True) for line in self.unreported]
        for school, listed in self.compulsory():
            counts = [level.pupils for level in school.levels.values()]
            pupils = sum((count for count in counts if count is not None), Fraction(0))
            if school.type_code in rule.SMALL_SCHOOL_TYPES and listed is not None and pupils < people:
                concerned.append((listed, None in counts))
        for line, unknown in concerned:
            school = self.returns.schools.get(line.code)
            name = line.name if school is None else school.name
            row = Gap("B13", "rule", None, "school", line.code, name, None, MET)
            for item, amount, least, unit in (
                ("核定人数", line.funded_pupils, people, "人"),
                ("拨付", line.allocated, needed, "元"),
            ):
                judgement = _minimum(replace(row, item=item), amount, least, unit)
                if unknown and judgement.verdict == NOT_MET:
                    judgement = replace(row, item=item, verdict=MISSING, required=least)
                yield judgement

    def conclusions(self) -> Judged:
        """Document review: each item's 结论 is 达标."""
        for indicator, item, named in rule.CONCLUSIONS:
            conclusion = self.returns.conclusions[item]
            verdict = MISSING if conclusion is None else MET if conclusion == "达标" else NOT_MET
            yield Gap(indicator, "rule", None, *self.county, item if named else None, verdict)

    def pay(self) -> Judged:
        """B15: teachers' mean pay is not below civil servants'."""
        item = "义务教育学校教师年平均工资收入"
        row = Gap("B15", "rule", None, *self.county, item, MET)
        yield _minimum(row, self.returns.figures[item], self.returns.figures["当地公务员年平均工资收入"], "元")

    def trained_and_certified(self) -> Judged:
        """B16, B19: of the 专任教师 of all schools but 职业, everyone; by school where the county fails."""
        for indicator, what in (("B16", "trained"), ("B19", "certified")):
            parts: list[tuple[Subject, Fraction | None, Fraction | None]] = []
            for school in self.returns.schools.values():
                if school.vocational or not (school.special or school.levels):
                    continue
                counts = [level.teachers for level in school.levels.values()]
                if school.special:
                    counts = [school.special_teachers]
                teachers = sum((count for count in counts if count is not None), Fraction(0))
                listed = self.returns.listed.get(school.code)
                having = None if listed is None else getattr(listed, what)
                parts.append((("school", school.code, school.name), having, None if None in counts else teachers))
            # How many teachers an absent school has is not known: it may be behind, and its part is left out.
            parts += [(("school", line.code, line.name), getattr(line, what), None) for line in self.unreported]
            yield from self._by_school(indicator, None, parts, Fraction(1))

    def catchment(self) -> Judged:
        """B20: in-catchment pupils of 公办 schools in urban areas and towns that do not board, per level."""
        for level_name, limit in rule.CATCHMENT_SHARE.items():
            parts: list[tuple[Subject, Fraction | None, Fraction | None]] = []
            for school, listed in self.compulsory():
                level = sections_of(school).get(level_name)
                if level is None or not school.public or school.urban_rural_code[:2] not in ("", "11", "12"):
                    continue
                if listed is not None and listed.boarding:
                    continue
                # Whether it boards, who runs it and where it lies decide whether it counts: left blank, the school's
                # figure is not known.
                told = school.operator_code and school.urban_rural_code
                usable = told and listed is not None and listed.boarding is not None
                inside = listed.catchment[level_name] if usable and listed is not None else None
                parts.append((("school", school.code, school.name), inside, level.pupils))
            # An absent school may be one of these, unless it boards, or only the other level has a figure.
            for line in self.unreported:
                if not line.boarding and (
                    line.catchment[level_name] is not None or set(line.catchment.values()) == {None}
                ):
                    parts.append((("school", line.code, line.name), None, None))
            if parts:
                yield from self._by_school("B20", level_name, parts, limit)

    def _by_school(
        self,
        indicator: str,
        level: str | None,
        parts: list[tuple[Subject, Fraction | None, Fraction | None]],
        limit: Fraction,
    ) -> Judged:
        known = [(subject, part, base) for subject, part, base in parts if part is not None and base is not None]
        incomplete = len(known) < len(parts)
        numerator = sum((part for _, part, _ in known), Fraction(0))
        denominator = sum((base for _, _, base in known), Fraction(0))
        county = Gap(indicator, "rule", level, *self.county, rule.RATIO_NAMES[indicator], MET)
        total = _ratio(county, numerator, denominator, limit, "人") if known else county
        if total.verdict == MET and incomplete:
            total = replace(county, verdict=MISSING, required=limit)
        yield total
        for subject, part, base in parts:
            row = Gap(indicator, "detail", level, *subject, rule.RATIO_NAMES[indicator], MET)
            detail = _ratio(row, part, base, limit, "人")
            # Where the county's figure is missing its own row says so; where it fails, so do those behind it.
            if total.verdict == NOT_MET:
                yield detail

    def county_ratios(self) -> Judged:
        """B14, B18, B21–B24 and C1: two figures of the county return."""
        figures = self.returns.figures

        def total(*items: str) -> Fraction | None:
            """Σ of the items, those written with − taken away; None where one is missing."""
            amounts = [(figures[item.removeprefix("−")], -1 if item.startswith("−") else 1) for item in items]
            if any(amount is None for amount, _ in amounts):
                return None
            return sum((sign * amount for amount, sign in amounts if amount is not None), Fraction(0))

        special_yuan, special = total("特殊教育学校公用经费拨付总额"), total("特殊教育学校在校生数")
        exchanged = total("实际交流轮岗教师数")
        migrants = total("在公办学校就读的随迁子女数", "在政府购买服务的民办学校就读的随迁子女数")
        entered = total("三年前入学学生数", "三年转入学生数", "−三年死亡学生数", "−三年转出学生数")
        for indicator, item, numerator, denominator, limit, unit in (
            ("B14", None, special_yuan, special, Fraction(rule.SPECIAL_YUAN_PER_PUPIL), "元"),
            ("B18", "实际交流轮岗教师数", exchanged, total("符合交流条件教师总数"), rule.EXCHANGE_SHARE, "人"),
            (
                "B18",
                "交流轮岗教师中骨干教师数",
                total("交流轮岗教师中骨干教师数"),
                exchanged,
                rule.BACKBONE_SHARE,
                "人",
            ),
            (
                "B21",
                "分配到初中学校的名额数",
                total("分配到初中学校的名额数"),
                total("优质高中招生计划数"),
                rule.ALLOTMENT_SHARE,
                "人",
            ),
            ("B22", "随迁子女就读比例", migrants, total("符合条件的随迁子女数"), rule.MIGRANT_SHARE, "人"),
            ("B23", rule.RATIO_NAMES["B23"], total("毕业班学生数"), entered, rule.RETENTION, "人"),
            (
                "B24",
                rule.RATIO_NAMES["B24"],
                total("已入学残疾儿童少年数"),
                total("适龄残疾儿童少年数"),
                rule.DISABLED_SHARE,
                "人",
            ),
            ("C1", rule.RATIO_NAMES["C1"], total("满意问卷数"), total("有效问卷数"), rule.SATISFACTION, "份"),
        ):
            row = Gap(indicator, "rule", None, *self.county, item, MET)
            yield _ratio(row, numerator, denominator, limit, unit)

    def training_fund(self) -> Judged:
        """B26: every school on the list (特教 included) spends 5% of its budget on training teachers."""
        for line in self.returns.listed.values():
            school = self.returns.schools.get(line.code)
            if school is not None and (school.vocational or not (school.special or school.levels)):
                continue
            name = line.name if school is None else school.name
            row = Gap("B26", "rule", None, "school", line.code, name, rule.RATIO_NAMES["B26"], MET)
            yield _ratio(row, line.training_fund, line.budget, rule.TRAINING_SHARE, "元")

    def monitoring(self) -> Judged:
        """B31: level Ⅲ or Ⅳ, and a rate between schools below 0.15, in every subject."""
        for subject in rule.SUBJECTS:
            grade_item, rate_item = f"{subject}学业水平等级", f"{subject}校际差异率"
            grade, rate = self.returns.grades[grade_item], self.returns.figures[rate_item]
            verdict = MISSING if grade is None else MET if grade in rule.GOOD_LEVELS else NOT_MET
            yield Gap("B31", "rule", None, *self.county, grade_item, verdict)
            row = Gap("B31", "rule", None, *self.county, rate_item, MET)
            limit = rule.BETWEEN_SCHOOLS_BELOW
            if rate is None:
                yield replace(row, verdict=MISSING, required=limit)
            elif judged(rate) < limit:
                yield row
            else:
                yield replace(
                    row,
                    verdict=NOT_MET,
                    observed=rate,
                    required=limit,
                    ratio=rate / limit,
                    shortfall=rate - limit,
                )

    def vetoes(self) -> Judged:
        """None of the veto items may have happened."""
        for item in rule.VETOES:
            conclusion = self.returns.conclusions[item]
            verdict = MISSING if conclusion is None else MET if conclusion == "未发生" else NOT_MET
            yield Gap("V", "rule", None, *self.county, item, verdict)


def _short(row: Gap, observed: Fraction, required: Fraction, unit: str) -> Gap:
    short = rounded_up(required - observed, unit)
    return replace(
        row,
        verdict=NOT_MET,
        observed=observed,
        required=required,
        ratio=observed / required,
        shortfall=short,
        shortfall_unit=unit,
    )


def _over(row: Gap, observed: Fraction, limit: Fraction, unit: str) -> Gap:
    ratio = observed / limit if limit else None
    return replace(
        row,
        verdict=NOT_MET,
        observed=observed,
        required=limit,
        ratio=ratio,
        shortfall=observed - limit,
        shortfall_unit=unit,
    )


def _minimum(row: Gap, observed: Fraction | None, required: Fraction | None, unit: str) -> Gap:
    if observed is None or required is None:
        return replace(row, verdict=MISSING, required=required)
    return row if observed >= required else _short(row, observed, required, unit)


def _ratio(row: Gap, numerator: Fraction | None, denominator: Fraction | None, limit: Fraction, unit: str) -> Gap:
    if numerator is None or denominator is None or denominator == 0:
        return replace(row, verdict=MISSING, required=limit)
    value = numerator / denominator
    if judged(value) >= limit:
        return row
    return replace(
        row,
        verdict=NOT_MET,
        observed=value,
        required=limit,
        ratio=value / limit,
        shortfall=rounded_up(limit * denominator - numerator, unit),
        shortfall_unit=unit,
        numerator=numerator,
        denominator=denominator,
    )
