"""Draws the figures that a spec leaves open: consistent within a school, and near the limits on purpose."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from math import ceil
from random import Random

from . import standard_2017 as rule
from .arithmetic import split_shares
from .county_spec import LevelSpec, SchoolSpec

GRADES = {
    "five_four": {"primary": 5, "junior": 4, "senior": 3},
    "six_three": {"primary": 6, "junior": 3, "senior": 3},
}
# Multiples of a limit: under the floor, on it, between, short, on the limit, above; the extremes spread the CVs, but
# stay so near each other that no sound figure looks like one in another unit (a hundredth, a hundredfold).
AROUND = tuple(Fraction(text) for text in ("0.5", "0.7", "0.85", "0.9", "0.999", "1", "1", "1.02", "1.3", "1.8", "4.5"))
GYM_SHARES = (Fraction(0), Fraction(0), Fraction(1, 4))  # of what B5 counts
BANDS = 10
CENT = Decimal("0.01")


@dataclass
class LevelFigures:
    """A level in full: pupils by grade, classes by band and grade, teachers by degree group and subject."""

    pupils: list[int]
    bands: list[list[int]]  # [band][grade]
    teachers: int
    above_degree: int
    pe_and_arts: int
    backbone: int

    @property
    def classes(self) -> int:
        """All classes of the level."""
        return sum(map(sum, self.bands))


@dataclass
class SchoolFigures:
    """A school in full; `spec` says what of it is left blank."""

    spec: SchoolSpec
    code: str
    name: str
    grades: dict[str, int]
    levels: dict[str, LevelFigures] = field(default_factory=dict[str, LevelFigures])
    teaching_area: Decimal = Decimal(0)
    gym_area: Decimal = Decimal(0)
    sports_ground: Decimal = Decimal(0)
    equipment_wan: Decimal = Decimal(0)
    multimedia: tuple[int | None, int | None] = (None, None)
    rooms: list[tuple[str, Decimal]] = field(default_factory=list[tuple[str, Decimal]])
    listed: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def special(self) -> bool:
        """Whether it is the 特教 school."""
        return self.spec.type_code == "514"

    @property
    def compulsory(self) -> dict[str, LevelFigures]:
        """The levels that the rules know."""
        return {level: figures for level, figures in self.levels.items() if level in rule.LEVELS}


def draw_school(spec: SchoolSpec, code: str, name: str, five_four: bool, rng: Random) -> SchoolFigures:
    """Everything that the school's workbook and its lines in the list will say."""
    grades = GRADES["five_four" if five_four else "six_three"]
    school = SchoolFigures(spec, code, name, grades)
    for level, level_spec in spec.levels.items():
        school.levels[level] = _draw_level(level, level_spec, grades[level], rng)
    if school.special:
        school.levels = {
            "special": LevelFigures([rng.randint(20, 130)], [[rng.randint(3, 12)]], rng.randint(8, 45), 0, 0, 0)
        }
    if school.compulsory:
        _draw_resources(school, rng)
        _draw_rooms(school, rng)
    _draw_listed(school, rng)
    return school


def _draw_level(level: str, spec: LevelSpec, grades: int, rng: Random) -> LevelFigures:
    pupils = [spec.pupils // grades + (1 if grade < spec.pupils % grades else 0) for grade in range(grades)]
    size = spec.class_size or rng.choice((28, 35, 40, 44, 45, 46, 49, 50, 52, 58))
    bands = [[0] * grades for _ in range(BANDS)]
    for grade, count in enumerate(pupils):
        classes = max(1, round(count / size)) if count else 0
        for number in range(classes):
            seats = count // classes + (1 if number < count % classes else 0)
            bands[0 if seats <= 25 else min(BANDS - 1, (seats - 26) // 5 + 1)][grade] += 1

    def heads(indicator: str, given: int | None) -> int:
        if given is not None:
            return given
        limit = rule.STANDARD[indicator].get(level, Fraction(1)) * spec.pupils / 100
        return max(1, round(limit * rng.choice(AROUND)))

    above, arts = heads("B1", spec.above_degree), heads("B3", spec.pe_and_arts)
    teachers = max(above, arts, spec.pupils // 17) if spec.teachers is None else spec.teachers
    return LevelFigures(pupils, bands, teachers, above, arts, heads("B2", spec.backbone))


def _draw_resources(school: SchoolFigures, rng: Random) -> None:
    """Totals of the school; drawn so that one of its levels lands around the limit."""
    spec, level = school.spec, rng.choice(sorted(school.compulsory))
    pupils = {name: sum(figures.pupils) for name, figures in school.levels.items()}
    share = split_shares(1, **pupils)[level]

    def total(indicator: str) -> Fraction:
        around = rng.choice(AROUND)
        return around * rule.STANDARD[indicator][level] * pupils[level] / rule.PER[indicator] / share

    def money(number: Fraction) -> Decimal:
        return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(CENT, ROUND_FLOOR)

    sports = total("B5")
    gym = money(sports * rng.choice(GYM_SHARES)) if spec.gym_area is None else spec.gym_area
    school.gym_area = gym
    school.teaching_area = money(total("B4")) + gym if spec.teaching_area is None else spec.teaching_area
    school.sports_ground = money(sports) - gym if spec.sports_ground is None else spec.sports_ground
    school.equipment_wan = money(total("B6") / 10000) if spec.equipment_wan is None else spec.equipment_wan
    rooms = max(1, ceil(total("B7"))) if spec.multimedia_rooms is None else spec.multimedia_rooms
    special = rng.choice((0, rooms // 4))
    school.multimedia = (rooms - special, special or None)


def _draw_rooms(school: SchoolFigures, rng: Random) -> None:
    needed = ceil(sum(figures.classes for figures in school.compulsory.values()) / rule.CLASSES_PER_ROOM)
    for kind, given in (("音乐", school.spec.music_rooms), ("美术", school.spec.art_rooms)):
        enough = Decimal(rule.ROOM_MIN_AREA_M2[kind])
        sizes: Sequence[Decimal] = (enough, enough, enough + CENT, enough - CENT, Decimal(58), Decimal(110))
        drawn = given or tuple(rng.choice(sizes) for _ in range(max(1, needed + rng.choice((-1, 0, 0, 1)))))
        school.rooms += [(kind, area) for area in drawn]


def _draw_listed(school: SchoolFigures, rng: Random) -> None:
    teachers = sum(figures.teachers for figures in (school.levels if school.special else school.compulsory).values())
    pupils = sum(sum(figures.pupils) for figures in school.levels.values())
    budget = 710 * max(pupils, 100) + rng.choice((0, 3, 40))
    short = rng.choice((0, 0, 0, 0, 1))
    school.listed = {
        "certified": teachers,
        "trained": teachers - short,
        "budget": budget,
        "funded_pupils": max(pupils, rng.choice((100, 100, 99))),
        "allocated": max(710 * pupils, rng.choice((71000, 71001, 70999))),
        "training_fund": ceil(budget * rng.choice((Fraction(5, 100), Fraction(6, 100), Fraction(49, 1000)))),
    }
    for level, figures in school.compulsory.items():
        heads = sum(figures.pupils)
        school.listed[f"{level}.catchment"] = heads - rng.choice((0, 0, heads // 20, heads // 20 + 1))
    school.listed |= school.spec.listed
