"""One 基础基 school workbook: a sample of the returns, emptied and filled with other figures."""

from decimal import Decimal
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

from .county_figures import LevelFigures, SchoolFigures
from .county_spec import AREAS, OPERATORS, TYPES, CountySpec

SAMPLE = Path(__file__).parents[2] / "raw" / "2017" / "370321"
# which sample has the sheets: by the levels that a school has
SAMPLES: dict[tuple[str, ...], str] = {
    ("primary",): "2137032116", ("junior",): "3137032112", ("primary", "junior"): "3137032121",
    ("junior", "senior"): "3137032104", ("primary", "junior", "senior"): "3137032121", ("special",): "5137032101",
    (): "5137032101",
}  # fmt: skip
SENIOR_SHEET = "基础基314"
HOST_ROWS = {"primary": 24, "junior": 26}
Book = Any  # openpyxl ships no types


@cache
def sample_path(code: str) -> Path:
    """The sample workbook of that 标识码."""
    return next((SAMPLE / "schools").glob(f"{code}_*.xlsx"))


def write_school(folder: Path, school: SchoolFigures, county: CountySpec) -> Path:
    """Write `<标识码>_<名称>.xlsx` into `folder`, return its path."""
    order = tuple(level for level in ("primary", "junior", "senior", "special") if level in school.levels)
    book = openpyxl.load_workbook(sample_path(SAMPLES[order]))
    if not order:
        for name in [sheet for sheet in book.sheetnames if sheet.startswith("基础基") and sheet[3] != "1"]:
            del book[name]
    if "senior" in order and SENIOR_SHEET not in book.sheetnames:
        _copy_sheet(book, SENIOR_SHEET, after="基础基313")
    for sheet in book.worksheets:
        if sheet.title.startswith("基础基") and sheet.title != "基础基111":
            _empty(sheet)
    _identity(book, school, county)
    for level, figures in school.levels.items():
        {"primary": _primary, "junior": _junior, "senior": _senior, "special": _special}[level](book, school, figures)
    if school.compulsory:
        _resources(book, school)
    path = folder / f"{school.code}_{school.name}.xlsx"
    book.save(path)
    return path


def _empty(sheet: Any) -> None:
    """Take out every number but the ruler in column A; marks like `*` stay."""
    for row in sheet.iter_rows(min_col=2):
        for cell in row:
            if isinstance(cell.value, int | float):
                cell.value = None


def _copy_sheet(book: Book, name: str, after: str) -> None:
    source = openpyxl.load_workbook(sample_path(SAMPLES["junior", "senior"]))[name]
    sheet = book.create_sheet(name, book.sheetnames.index(after) + 1)
    for row in source.iter_rows():
        for cell in row:
            if cell.value is not None:
                sheet[cell.coordinate] = cell.value
    for merged in source.merged_cells.ranges:
        sheet.merge_cells(str(merged))


def _identity(book: Book, school: SchoolFigures, county: CountySpec) -> None:
    spec, year = school.spec, f"（{county.year} /{county.year + 1} 学年初）"
    cover, sheet, contents = book["封面"], book["基础基111"], book["目录"]
    cover["C4"], cover["D11"], cover["D12"] = year, school.name, school.code
    titles = {str(contents[f"D{row}"].value): contents[f"E{row}"].value for row in range(5, 16)}
    titles[SENIOR_SHEET] = "高中学生数"
    for row, name in enumerate([name for name in book.sheetnames if name.startswith("基础基")], 5):
        contents[f"C{row}"], contents[f"D{row}"], contents[f"E{row}"] = "全国", name, titles[name]
    for row in range(5 + len(book.sheetnames) - 2, 17):
        for column in "CDE":
            contents[f"{column}{row}"] = None
    sheet["B3"], sheet["B7"], sheet["D7"] = year, school.code, school.name
    sheet["D10"], sheet["H10"] = f"山东省{county.name}城区街道", f"山东省{county.name}教育和体育局"
    sheet["D11"], sheet["H11"] = f"{county.code}108201", f"{county.code}000000"
    sheet["G10"], sheet["G11"] = AREAS.get(spec.urban_rural_code), spec.urban_rural_code or None
    own = TYPES[spec.type_code]
    sheet["D14"], sheet["D15"] = own[0], spec.type_code
    sheet["E14"], sheet["E15"] = OPERATORS.get(spec.operator_code), spec.operator_code or None
    for cell, level in (("I14", "primary"), ("I15", "junior")):
        sheet[cell] = school.grades[level] if level in own[1] else -1
    for level, row in HOST_ROWS.items():
        if level in school.levels and level not in own[1]:
            sheet[f"D{row}"], sheet[f"D{row + 1}"] = OPERATORS.get(spec.operator_code), spec.operator_code or None
    if spec.type_code != "361":
        book["基础基112"]["D37"] = "是" if spec.boarding else "否"


def _blank(school: SchoolFigures, name: str) -> bool:
    return name in school.spec.blanks


def _classes(sheet: Any, figures: LevelFigures, total_row: int, total_column: int) -> None:
    """A row of totals, then the bands from two rows below it; the grades stand right of the total."""
    rows = [(total_row, [sum(grade) for grade in zip(*figures.bands, strict=True)])]
    rows += [(total_row + 2 + band, counts) for band, counts in enumerate(figures.bands)]
    for row, counts in rows:
        for offset, number in enumerate([sum(counts), *counts]):
            sheet.cell(row, total_column + offset).value = number or None


def _pupils(sheet: Any, figures: LevelFigures, total: str, first_grade: int, last: str) -> None:
    sheet[total] = sum(figures.pupils)
    for offset, number in enumerate(figures.pupils):
        sheet.cell(7, first_grade + offset).value = number or None
    sheet["D7"] = sheet[last] = figures.pupils[-1] or None
    sheet["E7"] = sheet["F7"] = figures.pupils[0] or None


def _teachers(sheet: Any, figures: LevelFigures, row: int, degrees: dict[int, int], subjects: str) -> None:
    """Total in D; degree → row, subject → column, filled so that rows and columns both add up.

    `subjects`: the columns of 体育, 艺术, 音乐, 美术, then of three others.
    """
    columns = subjects.split()
    arts, others = figures.pe_and_arts, figures.teachers - figures.pe_and_arts
    by_subject = [*_parts(arts, (3, 0 if arts % 2 else 1, 2, 1)), *_parts(others, (2, 2, 1))]
    sheet[f"D{row}"] = figures.teachers
    for column, number in zip(columns, by_subject, strict=True):
        sheet[f"{column}{row}"] = number or None
    left = list(by_subject)
    for degree_row, holders in degrees.items():
        sheet[f"D{degree_row}"] = holders or None
        rest = holders
        for position, column in enumerate(columns):
            taken = min(rest, left[position])
            sheet[f"{column}{degree_row}"] = taken or None
            rest, left[position] = rest - taken, left[position] - taken


def _parts(total: int, weights: tuple[int, ...]) -> list[int]:
    """Whole parts of a whole, about in proportion to the weights."""
    ends = [total * upto // sum(weights) for upto in accumulate(weights)]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def _primary(book: Book, school: SchoolFigures, figures: LevelFigures) -> None:
    if not _blank(school, "primary.classes"):
        _classes(book["基础基212"], figures, 6, 5)
        if "primary" not in TYPES[school.spec.type_code][1]:
            book["基础基212"]["E7"] = figures.classes
    if not _blank(school, "primary.pupils"):
        _pupils(book["基础基312"], figures, "H7", 10, "P7")
        if len(figures.pupils) == 5:
            book["基础基312"]["G7"] = figures.pupils[0] or None
    if not _blank(school, "primary.teachers"):
        high, middle, low = _parts(figures.above_degree, (1, 6, 2))
        degrees = {11: high, 12: middle, 13: low, 14: figures.teachers - figures.above_degree}
        _teachers(book["基础基423"], figures, 8, degrees, "M N P Q G H L")
    book["基础基112"]["D30"] = figures.backbone or None


def _junior(book: Book, school: SchoolFigures, figures: LevelFigures) -> None:
    if not _blank(school, "junior.classes"):
        _classes(book["基础基213"], figures, 7, 5)
        if "junior" not in TYPES[school.spec.type_code][1]:
            book["基础基213"]["E8"] = figures.classes
    if not _blank(school, "junior.pupils"):
        _pupils(book["基础基313"], figures, "G7", 9, "M7")
    if not _blank(school, "junior.teachers"):
        doctor, master, bachelor = _parts(figures.above_degree, (0, 1, 8))
        degrees = {12: doctor, 13: master, 14: bachelor, 15: figures.teachers - figures.above_degree}
        _teachers(book["基础基424"], figures, 8, degrees, "V W X Y G H O")
    book["基础基112"]["D31"] = figures.backbone or None


def _senior(book: Book, school: SchoolFigures, figures: LevelFigures) -> None:
    _classes(book["基础基213"], figures, 7, 10)
    if not _blank(school, "senior.pupils"):
        _pupils(book[SENIOR_SHEET], figures, "G7", 9, "L7")
    degrees = {22: 0, 23: 0, 24: figures.teachers}
    _teachers(book["基础基424"], figures, 18, degrees, "V W X Y G H O")


def _special(book: Book, school: SchoolFigures, figures: LevelFigures) -> None:
    book["基础基214"]["D6"] = figures.classes
    book["基础基315"]["F6"] = None if _blank(school, "special.pupils") else sum(figures.pupils)
    book["基础基413"]["D6"] = figures.teachers + 2
    book["基础基413"]["E6"] = None if _blank(school, "special.teachers") else figures.teachers
    book["基础基413"]["F6"] = 2


def _resources(book: Book, school: SchoolFigures) -> None:
    staff, houses, grounds = book["基础基412"], book["基础基512"], book["基础基522"]
    teachers = sum(figures.teachers for figures in school.levels.values())
    staff["D7"], staff["E7"], staff["H7"] = teachers + 3, teachers, 3
    houses["E16"] = float(school.gym_area) or None
    if not _blank(school, "teaching_area"):
        houses["E7"] = float(school.teaching_area + Decimal("350.25"))
        houses["E10"] = _number(school, school.teaching_area)
        houses["E11"] = float(school.teaching_area - school.gym_area)
        houses["E17"] = 350.25
    if not _blank(school, "sports_ground"):
        grounds["F9"] = grounds["F10"] = _number(school, school.sports_ground)
        grounds["D9"] = grounds["D10"] = float(school.sports_ground + 3000)
    ordinary, special = school.multimedia
    grounds["K9"], grounds["M9"] = (ordinary or 0) + 2, (special or 0) + 1
    if not _blank(school, "multimedia_rooms"):
        grounds["L9"], grounds["N9"] = ordinary, special
    if not _blank(school, "equipment"):
        grounds["O9"] = _number(school, school.equipment_wan)
        grounds["Q9"] = float(school.equipment_wan + 900)
    if school.spec.text_numbers:
        column = get_column_letter(8)
        sheet, total = ("基础基312", f"{column}7") if "primary" in school.levels else ("基础基313", "G7")
        if book[sheet][total].value is not None:
            book[sheet][total] = f" {book[sheet][total].value:,}　"


def _number(school: SchoolFigures, number: Decimal) -> float | str:
    """A number, or where the school types its figures as text, one in full-width digits with commas."""
    if not school.spec.text_numbers:
        return float(number)
    return f"{number:,}".translate({ord("0") + digit: ord("０") + digit for digit in range(10)})
