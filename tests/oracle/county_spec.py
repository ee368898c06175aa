"""What a made-up county consists of. Every None is drawn from the seed, near the limits on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

# 办学类型 → its name and the levels that its form has of itself; more levels make it a host of 附设班.
TYPES = {
    "211": ("小学", ("primary",)),
    "218": ("小学教学点", ("primary",)),
    "311": ("初级中学", ("junior",)),
    "312": ("九年一贯制学校", ("primary", "junior")),
    "341": ("完全中学", ("junior", "senior")),
    "345": ("十二年一贯制学校", ("primary", "junior", "senior")),
    "361": ("调整后中等职业学校", ()),
    "514": ("其他特教学校", ()),
}
OPERATORS = {"831": "县级教育部门", "999": "民办"}
AREAS = {
    "111": "主城区",
    "112": "城乡结合区",
    "121": "镇中心区",
    "122": "镇乡结合区",
    "210": "乡中心区",
    "220": "村庄",
}


@dataclass(frozen=True)
class LevelSpec:
    """One level of a school: pupils and teachers in heads, `class_size` the size its classes are made to."""

    pupils: int
    class_size: int | None = None
    teachers: int | None = None
    above_degree: int | None = None
    pe_and_arts: int | None = None
    backbone: int | None = None


@dataclass(frozen=True)
class SchoolSpec:
    """One school. Areas in ㎡, equipment in 万元, money of the list in 元.

    `blanks` leaves required cells empty: `<level>.pupils`, `<level>.classes`, `<level>.teachers` (with the
    details under them), `teaching_area`, `sports_ground`, `equipment`, `multimedia_rooms`; of the list
    `certified`, `trained`, `budget`, `funded_pupils`, `allocated`, `training_fund`, `<level>.catchment`, and
    `rooms` (no row at all). `workbook=False` makes a listed school that did not report. A level that its type
    has not of itself (junior at 211, primary at 311) is an 附设班.
    """

    type_code: str
    levels: Mapping[str, LevelSpec] = field(default_factory=dict[str, LevelSpec])
    operator_code: str = "831"
    urban_rural_code: str = "121"
    boarding: bool = False
    workbook: bool = True
    leading_zero: bool = False
    text_numbers: bool = False
    blanks: frozenset[str] = frozenset()
    teaching_area: Decimal | None = None
    gym_area: Decimal | None = None
    sports_ground: Decimal | None = None
    equipment_wan: Decimal | None = None
    multimedia_rooms: int | None = None
    music_rooms: tuple[Decimal, ...] | None = None
    art_rooms: tuple[Decimal, ...] | None = None
    listed: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True)
class CountySpec:
    """One county in one year. `figures` and `conclusions` (also the grades of B31) override 项目; None blanks."""

    schools: tuple[SchoolSpec, ...]
    code: str = "370322"
    name: str = "高青县"
    year: int = 2018
    figures: Mapping[str, Decimal | int | None] = field(default_factory=dict[str, Decimal | int | None])
    conclusions: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    task_decomposition: bool = False


LEVEL_BLANKS = ("pupils", "classes", "teachers", "catchment")
SCHOOL_BLANKS = (
    "teaching_area", "sports_ground", "equipment", "multimedia_rooms", "certified", "trained", "budget",
    "funded_pupils", "allocated", "training_fund", "rooms",
)  # fmt: skip
KINDS = ("211", "218", "218 small", "311", "312", "341", "345", "211+junior", "311+primary", "514", "361")


def random_school(kind: str, rng: Random) -> SchoolSpec:
    """One school of a kind of `KINDS`, sound and complete, its figures left to the seed of the county."""
    type_code, _, extra = kind.replace("+", " ").partition(" ")
    levels = [*TYPES[type_code][1], *([extra] if extra in ("primary", "junior") else [])]
    sizes = {level: rng.choice((60, 99, 100, 180, 300, 500, 640, 1000, 1200, 1400)) for level in levels}
    if type_code == "218":
        sizes = {"primary": rng.randint(5, 49) if extra else rng.choice((50, 51, 78, 99, 100))}
    return SchoolSpec(
        type_code,
        {level: LevelSpec(pupils) for level, pupils in sizes.items()},
        operator_code=rng.choice(("831",) * 6 + ("999", "999", "")),
        urban_rural_code=rng.choice((*AREAS, "")),
        boarding=rng.random() < 0.2,
        leading_zero=rng.random() < 0.2,
        text_numbers=rng.random() < 0.1,
    )


def random_spec(seed: int, schools: int | None = None) -> CountySpec:
    """A county of 3–8 (or so many) schools of all kinds, at least one 小学 and one 初中 among them."""
    rng = Random(seed)
    count = rng.randint(3, 8) if schools is None else schools
    kinds = ["211", "311", *(rng.choice(KINDS) for _ in range(count - 2))]
    return CountySpec(tuple(random_school(kind, rng) for kind in kinds))
