"""county_return.xlsx → 表Ⅰ and the county's figures and conclusions (LAYOUT §4)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestration.returns.faults import fault
from orchestration.returns.layout import CountyItem, FieldType, county_items, profile_lines
from orchestration.returns.listing import Listing, open_listing
from orchestration.returns.text import a1, display, normalise
from orchestration.returns.values import ERROR, MISSING, Findings, Source, Value
from orchestration.returns.workbook import Workbook

PROFILE_SHEET = "表Ⅰ"
HEADERS = ("指标", "项目", "数值", "单位", "结论", "佐证材料")
NUMBER_KINDS = ("count", "decimal", "fraction", "grade")  # written in 数值; conclusions stand in 结论
EVIDENCED = {f"B{number}" for number in range(8, 31)}  # 佐证材料 is asked for conclusions of B8–B30 only
_HEADING = re.compile(r"县\(市、区\):(?P<name>.*?)行政区划代码:(?P<code>.*?)统计年度:(?P<year>.*)$")


@dataclass
class CountyReturn:
    """The county return as read. ``values`` of record county_return carry ``record_id`` 'B18|实际交流轮岗教师数'."""

    county_name: str | None = None
    evidence: dict[str, str] = field(default_factory=lambda: {})
    findings: Findings = field(default_factory=Findings)


def item_id(item: CountyItem) -> str:
    """Key of a 项目 within a county return."""
    return f"{item.indicator}|{item.item}"


def read_county_return(book: Workbook, year: int, county: str) -> CountyReturn:
    """Read every sheet of the county return; faults are in ``findings``, Refused only for an unreadable sheet."""
    result = CountyReturn()
    _read_profile(book, year, county, result)
    for sheet_name in dict.fromkeys(item.sheet for item in county_items()):
        items = [item for item in county_items() if item.sheet == sheet_name]
        listing = open_listing(book, sheet_name, HEADERS, result.findings)
        if listing is not None:
            _read_items(listing, items, county, result)
    return result


# -- 表Ⅰ ---------------------------------------------------------------------------------------------------------


def _read_profile(book: Workbook, year: int, county: str, result: CountyReturn) -> None:
    findings = result.findings
    hidden = book.hidden_named(PROFILE_SHEET)
    findings.faults += [
        fault(
            "hidden_sheet", book.file, sheet=name, expected=f"可见的“{PROFILE_SHEET}”", subject_id=county,
            doubts=[(book.file, PROFILE_SHEET, None)],
        )
        for name in hidden
    ]  # fmt: skip
    if PROFILE_SHEET not in book.sheet_names and hidden:
        return
    if PROFILE_SHEET not in book.sheet_names:
        findings.faults.append(
            fault(
                "missing_sheet",
                book.file,
                sheet=PROFILE_SHEET,
                found="、".join(book.sheet_names)[:200],
                expected=PROFILE_SHEET,
            )
        )
        return
    sheet = book.sheet(PROFILE_SHEET)
    source = Source(book.file, book.sha256)
    cells = {
        normalise(cell): (row, column)
        for row, line in enumerate(sheet.grid)
        for column, cell in enumerate(line)
        if isinstance(cell, str) and cell
    }
    _check_heading(book, cells, year, county, result)
    for line in profile_lines():
        place = cells.get(line.line)
        if place is None or place[1] == 0:
            findings.faults.append(
                fault(
                    "missing_row",
                    book.file,
                    sheet=PROFILE_SHEET,
                    field=line.label,
                    expected=f"{line.line} {line.label}",
                    subject_id=county,
                )
            )
            continue
        row, column = place
        label = sheet.at(row, column - 1)
        if normalise(label) != normalise(line.label):
            findings.faults.append(
                fault(
                    "missing_column",
                    book.file,
                    sheet=PROFILE_SHEET,
                    cell=a1(row, column - 1),
                    field=line.line,
                    found=display(label),
                    expected=line.label,
                    subject_id=county,
                )
            )
            continue
        what = FieldType("county_profile", "value", line.label, line.kind, "", "missing")
        value = findings.read(source, sheet, row + 1, column - 1, what, line.line, None, county)
        if value.state == MISSING:
            findings.report_missing(value, county)


def _check_heading(
    book: Workbook, cells: dict[str, tuple[int, int]], year: int, county: str, result: CountyReturn
) -> None:
    """县（市、区）：… 行政区划代码：… 统计年度：… in one cell: must be the county and year that are loaded."""
    for text, (row, column) in cells.items():
        heading = _HEADING.search(text)
        if not heading:
            continue
        result.county_name = heading["name"] or None
        stated = re.search(r"\d+", heading["code"])
        years = re.search(r"(\d{4})/(\d{4})", heading["year"])

        def told(code: str, label: str, found: str, expected: str, cell: str = a1(row, column)) -> None:
            # Of another county or year, nothing in the file may be used.
            doubts = [(book.file, None, None)] if code in ("wrong_county", "wrong_year") else []
            result.findings.faults.append(
                fault(
                    code, book.file, sheet=PROFILE_SHEET, cell=cell, field=label, found=found, expected=expected,
                    subject_id=county, doubts=doubts,
                )
            )  # fmt: skip

        if not stated:
            told("county_not_stated", "行政区划代码", text, county)
        elif stated[0] != county:
            told("wrong_county", "行政区划代码", stated[0], county)
        if not years:
            told("year_not_stated", "统计年度", text, f"{year}/{year + 1}学年初")
        elif (int(years[1]), int(years[2])) != (year, year + 1):
            told("wrong_year", "统计年度", years[0], f"{year}/{year + 1}")
        return
    result.findings.faults.append(
        fault(
            "county_not_stated",
            book.file,
            sheet=PROFILE_SHEET,
            field="行政区划代码",
            expected=f"一格写有县名、行政区划代码：{county} 和统计年度",
            subject_id=county,
        )
    )


# -- items -------------------------------------------------------------------------------------------------------


def _read_items(listing: Listing, items: list[CountyItem], county: str, result: CountyReturn) -> None:
    findings, sheet, source = result.findings, listing.sheet, listing.source
    by_text = {(normalise(item.written), normalise(item.item)): item for item in items}
    seen: dict[str, int] = {}
    for row in listing.rows():
        written, text = normalise(listing.raw(row, "指标")), normalise(listing.raw(row, "项目"))
        if not written and not text:
            continue  # a remark or signature line below the list
        cell = a1(row, listing.columns["项目"])
        item = by_text.get((written, text))
        if item is None:
            findings.faults.append(
                fault(
                    "unknown_item",
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field=written,
                    found=display(listing.raw(row, "项目")),
                    subject_id=county,
                    expected="、".join(known.item for known in items if normalise(known.written) == written)
                    or "、".join(dict.fromkeys(known.written for known in items)),
                )
            )
            continue
        if item_id(item) in seen:
            findings.faults.append(
                fault(
                    "duplicate_row",
                    source.file,
                    sheet=sheet.name,
                    cell=cell,
                    field=item.item,
                    found=item.item,
                    expected=f"只有一行（第 {seen[item_id(item)] + 1} 行已填）",
                    subject_id=county,
                    doubts=[value.place for value in findings.values if value.record_id == item_id(item)],
                )
            )
            continue
        seen[item_id(item)] = row
        _read_item(listing, row, item, county, result)
    for item in items:
        if item_id(item) not in seen:
            findings.faults.append(
                fault(
                    "missing_item",
                    source.file,
                    sheet=sheet.name,
                    field=item.item,
                    expected=f"{item.written} {item.item}",
                    subject_id=county,
                )
            )


def _read_item(listing: Listing, row: int, item: CountyItem, county: str, result: CountyReturn) -> None:
    findings, sheet, source = result.findings, listing.sheet, listing.source
    numeric = item.kind in NUMBER_KINDS
    column = listing.columns["数值" if numeric else "结论"]
    name = "value" if numeric and item.kind != "grade" else "text"
    what = FieldType("county_return", name, item.item, item.kind, item.unit, "missing")
    value: Value = findings.read(source, sheet, row, column, what, item_id(item), None, county)
    if value.state == MISSING:
        findings.report_missing(value, county)
    unit = normalise(listing.raw(row, "单位"))
    if numeric and unit and item.unit and unit != normalise(item.unit):
        value.value, value.state = None, ERROR
        findings.faults.append(
            fault(
                "wrong_unit",
                source.file,
                sheet=sheet.name,
                cell=a1(row, listing.columns["单位"]),
                field=item.item,
                found=display(listing.raw(row, "单位")),
                expected=item.unit,
                subject_id=county,
            )
        )
    evidence = display(listing.raw(row, "佐证材料")).strip()
    if evidence:
        result.evidence[item_id(item)] = evidence
    elif item.kind == "conclusion" and item.indicator in EVIDENCED and value.value is not None:
        findings.faults.append(
            fault(
                "missing_evidence",
                source.file,
                sheet=sheet.name,
                cell=a1(row, listing.columns["佐证材料"]),
                field=item.item,
                found="空",
                expected="佐证材料名称",
                subject_id=county,
            )
        )
