"""A partition folder of 基础基 workbooks as plain records, by the fixed addresses of LAYOUT.md."""

import unicodedata
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from .workbook import Workbook

SPECIAL_PREFIX = "51"
VOCATIONAL = frozenset({"321", "361", "362", "363", "364", "365", "366"})


@dataclass
class Level:
    """One level of one school; None is 缺报."""

    pupils: Fraction | None
    classes: Fraction | None
    bands: list[Fraction]
    teachers: Fraction | None
    above_degree: Fraction
    backbone: Fraction
    pe_and_arts: Fraction


@dataclass
class School:
    """One workbook. Areas in ㎡, equipment in 元, None is 缺报; `special_teachers` only for 特教."""

    code: str
    name: str
    type_code: str
    operator_code: str
    urban_rural_code: str
    levels: dict[str, Level] = field(default_factory=dict)
    senior_pupils: Fraction | None = Fraction(0)
    teaching_area: Fraction | None = None
    gym_area: Fraction = Fraction(0)
    sports_ground: Fraction | None = None
    equipment_yuan: Fraction | None = None
    multimedia_rooms: Fraction | None = None
    special_teachers: Fraction | None = None

    @property
    def special(self) -> bool:
        """Whether it is a 特殊教育学校."""
        return self.type_code.startswith(SPECIAL_PREFIX)

    @property
    def vocational(self) -> bool:
        """Whether it is a 职业学校, which no rule concerns."""
        return self.type_code in VOCATIONAL

    @property
    def public(self) -> bool:
        """公办, that is not 民办."""
        return self.operator_code != "999"


@dataclass
class Listed:
    """One line of the 学校情况 list; None is blank."""

    code: str
    name: str
    boarding: bool | None
    certified: Fraction | None
    trained: Fraction | None
    budget: Fraction | None
    funded_pupils: Fraction | None
    allocated: Fraction | None
    training_fund: Fraction | None
    catchment: dict[str, Fraction | None]
    rooms: list[tuple[str, Fraction | None]] = field(default_factory=list)


@dataclass
class Returns:
    """Everything of a partition: schools and list by code, and the county return by 项目."""

    county_name: str | None
    schools: dict[str, School]
    listed: dict[str, Listed]
    figures: dict[str, Fraction | None]
    conclusions: dict[str, str | None]
    grades: dict[str, str | None]


def read_partition(folder: Path) -> Returns:
    """Read `folder`, one county and year. Raises KeyError or OSError where a file is not as it should be."""
    schools = [read_school(Workbook.open(path)) for path in sorted((folder / "schools").glob("*.xlsx"))]
    listed = _read_list(Workbook.open(folder / "school_supplement.xlsx"))
    book = Workbook.open(folder / "county_return.xlsx")
    title = book.text("表Ⅰ", "A2") or ""
    county_name = title.split("：", 1)[1].split()[0] if "：" in title else None
    figures: dict[str, Fraction | None] = {}
    conclusions: dict[str, str | None] = {}
    grades: dict[str, str | None] = {}
    for sheet in ("政府保障程度", "教育质量", "国家监测", "社会认可度", "一票否决"):
        for row in range(2, book.rows(sheet) + 1):
            item = book.text(sheet, f"B{row}")
            if item is None:
                continue
            conclusions[item] = book.text(sheet, f"E{row}")
            if item.endswith("学业水平等级"):
                grade = book.text(sheet, f"C{row}")
                grades[item] = grade and unicodedata.normalize("NFKC", grade)
            else:
                figures[item] = book.required(sheet, f"C{row}")
    return Returns(county_name, {school.code: school for school in schools}, listed, figures, conclusions, grades)


def read_school(book: Workbook) -> School:
    """One school workbook of the 基础基 edition."""
    sheet = "基础基111"
    school = School(
        code=book.text(sheet, "B7") or "",
        name=book.text(sheet, "D7") or "",
        type_code=book.text(sheet, "D15") or "",
        operator_code=book.text(sheet, "E15") or "",
        urban_rural_code=book.text(sheet, "G11") or "",
    )
    if school.vocational:
        return school
    if school.special:
        school.special_teachers = book.required("基础基413", "E6")
        return school
    if book.has("基础基312"):
        school.levels["primary"] = Level(
            pupils=book.required("基础基312", "H7"),
            classes=book.required("基础基212", "E6"),
            bands=[book.detail("基础基212", f"E{row}") for row in range(8, 18)],
            teachers=book.required("基础基423", "D8"),
            above_degree=_total(book, "基础基423", "D11 D12 D13"),
            backbone=book.detail("基础基112", "D30"),
            pe_and_arts=_total(book, "基础基423", "M8 N8 P8 Q8"),
        )
    if book.has("基础基313"):
        school.levels["junior"] = Level(
            pupils=book.required("基础基313", "G7"),
            classes=book.required("基础基213", "E7"),
            bands=[book.detail("基础基213", f"E{row}") for row in range(9, 19)],
            teachers=book.required("基础基424", "D8"),
            above_degree=_total(book, "基础基424", "D12 D13 D14"),
            backbone=book.detail("基础基112", "D31"),
            pe_and_arts=_total(book, "基础基424", "V8 W8 X8 Y8"),
        )
    if book.has("基础基314"):
        school.senior_pupils = book.required("基础基314", "G7")
    school.teaching_area = book.required("基础基512", "E10")
    school.gym_area = book.detail("基础基512", "E16")
    school.sports_ground = book.required("基础基522", "F9")
    wan = book.required("基础基522", "O9")
    school.equipment_yuan = None if wan is None else wan * 10000
    # 缺报 only where both columns are empty
    rooms = [book.required("基础基522", "L9"), book.required("基础基522", "N9")]
    school.multimedia_rooms = None if rooms == [None, None] else _total(book, "基础基522", "L9 N9")
    return school


def _read_list(book: Workbook) -> dict[str, Listed]:
    sheet, rooms = "学校情况", "音乐美术专用教室"
    listed: dict[str, Listed] = {}
    for row in range(2, book.rows(sheet) + 1):
        code = book.text(sheet, f"A{row}")
        if code is None:
            continue
        boarding = book.text(sheet, f"D{row}")
        listed[code] = Listed(
            code=code,
            name=book.text(sheet, f"B{row}") or "",
            boarding=None if boarding is None else boarding == "是",
            certified=book.required(sheet, f"E{row}"),
            trained=book.required(sheet, f"F{row}"),
            budget=book.required(sheet, f"G{row}"),
            funded_pupils=book.required(sheet, f"H{row}"),
            allocated=book.required(sheet, f"I{row}"),
            training_fund=book.required(sheet, f"J{row}"),
            catchment={"primary": book.required(sheet, f"K{row}"), "junior": book.required(sheet, f"L{row}")},
        )
    for row in range(2, book.rows(rooms) + 1):
        code, kind = book.text(rooms, f"A{row}"), book.text(rooms, f"C{row}")
        if code is not None and kind is not None:
            listed[code].rooms.append((kind, book.required(rooms, f"E{row}")))
    return listed


def _total(book: Workbook, sheet: str, addresses: str) -> Fraction:
    return sum((book.detail(sheet, address) for address in addresses.split()), Fraction(0))
