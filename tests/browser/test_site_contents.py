"""What the pages say: every number is the marts', every link leads somewhere inside, nothing in a name does harm."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import duckdb
import pytest
from lxml import html

from orchestration.publication.changes import CHANGE_FIELDS
from orchestration.publication.figures import Figure
from orchestration.publication.papers import Heading
from orchestration.publication.pointer import PartitionRecord, read_current
from orchestration.publication.reader import connect
from orchestration.publication.reports import reports_folder
from orchestration.returns.excerpts import excerpts
from orchestration.site.facts import Facts, read_facts
from orchestration.site.pages import build_county_site
from orchestration.site.sums import cells_wanted
from tests.browser.conftest import Opened
from tests.browser.tools import build_county, pages
from tests.e2e.tools import raw_of_huantai

Row = dict[str, Any]

# Table of a page → published table, and what its rows are keyed by.
MARTS = {
    "counties": ("marts.counties", ("year", "county")),
    "verdicts": ("marts.verdicts", ("indicator",)),
    "gap_list": ("marts.gap_list", ("position",)),
    "schools": ("marts.schools", ("school_code",)),
    "section_metrics": ("marts.section_metrics", ("school_code", "level", "indicator")),
    "county_balance": ("marts.county_balance", ("level", "indicator")),
    "county_metrics": ("marts.county_metrics", ("indicator", "item", "level")),
    "test_results": ("marts.test_results", ("test_id", "subject_id")),
}
NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?")
PIECES = re.compile(r"值 = 分子 ÷ 分母(?: × 100)? = ([\d.]+) ÷ ([\d.]+)( × 100)? = ([\d.]+)")


@pytest.fixture(scope="module")
def record(huantai: Path) -> PartitionRecord:
    snapshot = read_current(huantai)
    assert snapshot is not None
    return snapshot.partitions[0]


@pytest.fixture(scope="module")
def book(huantai: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    snapshot = read_current(huantai)
    assert snapshot is not None
    with connect(snapshot.duckdb) as connection:
        yield connection


@pytest.fixture(scope="module")
def facts(book: duckdb.DuckDBPyConnection, record: PartitionRecord) -> Facts:
    return read_facts(book, record.year, record.county)


def rows_by_key(book: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...]) -> dict[str, Row]:
    cursor = book.execute(f"from {table}")
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {"|".join("" if row[name] is None else str(row[name]) for name in key): row for row in rows}


class Published:
    """The marts, looked up as the pages name them."""

    def __init__(self, book: duckdb.DuckDBPyConnection) -> None:
        self.rows = {name: rows_by_key(book, *where) for name, where in MARTS.items()}
        self.tests = {
            (row["subject_id"], row["level"], row["indicator"], row["test"]): row
            for row in self.rows["test_results"].values()
        }

    def value(self, mart: str, key: str, column: str) -> Any:
        row = self.rows[mart][key]
        if "." in column:
            test, column = column.split(".")
            row = self.tests[row["school_code"], row["level"], row["indicator"], test]
        return row[column]


def shown_number(cell: Any) -> float:
    """The number that the cell sorts by."""
    return float(cell.get("data-v") or cell.get("value") or cell.text_content())


def check_number(cell: Any, value: float, where: str) -> None:
    """The cell's number is the published one, and its text that number rounded half up."""
    text = cell.text_content().strip()
    assert shown_number(cell) == float(value), where
    printed = NUMBER.search(text.replace("−", "-"))
    assert printed, (where, text)
    decimals = len(printed[0].partition(".")[2])
    scale = 100.0 if "%" in text else 1.0
    assert abs(float(printed[0]) - float(value) * scale) <= 0.5 * 10**-decimals + 1e-9, (where, text, value)


def test_every_number_of_every_page_is_the_marts(county: Path, book: duckdb.DuckDBPyConnection) -> None:
    published = Published(book)
    numbers: dict[str, int] = dict.fromkeys(MARTS, 0)
    seen: dict[str, set[str]] = {name: set() for name in MARTS}
    for path in pages(county):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        for table in tree.iter("table"):
            mart = table.get("data-mart")
            if mart is None:
                continue
            heads = [head.get("data-c") for head in table.find("thead")[0]]
            for row in table.iter("tr"):
                key = row.get("data-k")
                if key is None:
                    continue
                seen[mart].add(key)
                assert len(row) == len(heads), (path.name, key)
                for cell, column in zip(row, heads, strict=True):
                    if column is None:
                        continue
                    value, where = published.value(mart, key, column), f"{path.name} {key} {column}"
                    if column.endswith("verdict"):
                        badge = cell.find("b")
                        assert (
                            None if badge is None else badge.get("class").removeprefix("v").strip() or None
                        ) == value, where
                    elif value is None:
                        assert not cell.get("data-v"), where
                    else:
                        check_number(cell, value, where)
                        numbers[mart] += 1
        for one in tree.iter("data"):
            holder = next(parent for parent in one.iterancestors() if parent.get("data-mart"))
            mart = holder.get("data-mart")
            value = published.value(mart, holder.get("data-k") or "2017|370321", one.get("data-c"))
            if value is None:
                assert one.text_content() == "—"
            else:
                check_number(one, value, path.name)
                numbers[mart] += 1
    for mart in ("gap_list", "section_metrics", "county_balance", "verdicts", "schools"):
        assert seen[mart] == set(published.rows[mart]), mart
    shown = {key for key, row in published.rows["county_metrics"].items() if row["indicator"] != "ALL"}
    assert seen["county_metrics"] == shown
    others = {key for key, row in published.rows["test_results"].items() if row["test"] in {"rule", "detail"}}
    assert seen["test_results"] >= others
    assert numbers["section_metrics"] > 7000
    assert numbers["gap_list"] > 1300


def test_every_sum_adds_up_to_what_is_published(county: Path, book: duckdb.DuckDBPyConnection) -> None:
    metrics = rows_by_key(book, "marts.section_metrics", ("school_code", "level", "indicator"))
    cells = {
        tuple(row[:3]): row[3]
        for row in book.execute(
            "select file, sheet, cell, as_written from evidence.cells where cell is not null"
        ).fetchall()
    }
    checked, followed, marked = set[str](), 0, 0
    for path in sorted((county / "figures").glob("*.html")):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        files = {f"#{item.get('id')}": item.text.strip() for item in tree.iter("li") if item.get("id")}
        for section in tree.xpath("//section[contains(@class, 'figure')]"):
            indicator, _, level = section.get("id").partition("-")
            key = f"{path.stem}|{level}|{indicator}"
            lines = [line.text_content() for line in section.xpath("p[@class='sum']")]
            if key in metrics and metrics[key]["value"] is not None:
                found = PIECES.search(lines[0])
                assert found, lines
                row = metrics[key]
                assert float(found[1]) == pytest.approx(row["numerator"], abs=6e-5), key
                assert float(found[2]) == row["denominator"], key
                assert float(found[4]) == pytest.approx(row["value"], abs=6e-5), key
                hundred = 100 if found[3] else 1
                assert row["value"] == pytest.approx(row["numerator"] / row["denominator"] * hundred), key
                checked.add(key)
            for item in section.xpath("ul[@class='addends']/li"):
                link = item.find("a")
                if link is not None:
                    sheet, cell = link.tail.strip(), item.find("code").text
                    written = cells[files[link.get("href")], sheet, cell]
                    assert (f"写作“{written}”" if written else "空格") in item.text_content(), (path.name, sheet, cell)
                    followed += 1
            for cell in section.xpath(".//td[@class='here']"):
                marked += 1
                assert cell.text_content().strip()
    assert checked == {key for key, row in metrics.items() if row["value"] is not None}
    assert followed > 2500
    assert marked > 400


def test_every_gap_is_shown_with_its_cells(county: Path, facts: Facts) -> None:
    for gap in facts.gaps:
        if gap["subject_type"] == "county":
            continue
        tree = html.parse(str(county / "figures" / f"{gap['subject_id']}.html"), html.HTMLParser(encoding="utf-8"))
        wanted = "-".join(str(gap[name]) for name in ("indicator", "level", "item") if gap[name])
        section = tree.getroot().get_element_by_id(wanted)
        assert section.xpath(".//td[@class='here']"), wanted
        assert re.search(r"sha256 [0-9a-f]{64}", section.text_content()), wanted


def test_every_link_leads_to_something_inside(site: Path) -> None:
    anchors: dict[Path, set[str]] = {}
    links: list[tuple[Path, str]] = []
    for path in site.rglob("*.html"):
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        anchors[path] = {one.get("id") for one in tree.iter() if isinstance(one.tag, str) and one.get("id")}
        for one in tree.iter():
            links += [(path, one.get(name)) for name in ("href", "src") if isinstance(one.tag, str) and one.get(name)]
    assert len(links) > 3000
    for path, link in links:
        if link == "data:,":
            continue
        parts = urlsplit(link)
        assert not parts.scheme, (path, link)
        assert not parts.netloc, (path, link)
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        assert target.is_relative_to(site.resolve()) or target == path, (path, link)
        assert target.is_file(), (path, link)
        fragment = unquote(parts.fragment)
        if fragment and "=" not in fragment:
            there = anchors.get(target) or anchors[next(one for one in anchors if one.resolve() == target)]
            assert fragment in there, (path, link)


@pytest.mark.parametrize("name", ["data_docs/index.html", "dictionary.html"])
def test_the_way_back_is_there_in_the_site_and_not_among_the_papers(county: Path, huantai: Path, name: str) -> None:
    copied, made = county / name, reports_folder(huantai, 2017, "370321") / name
    links = html.parse(str(copied), html.HTMLParser(encoding="utf-8")).getroot().xpath("//a[text()='← 总览']/@href")
    assert [(copied.parent / link).resolve() for link in links] == [(county / "index.html").resolve()]
    tree = html.parse(str(made), html.HTMLParser(encoding="utf-8")).getroot()
    assert "总览" not in tree.text_content()
    for link in tree.xpath("//@href"):
        assert link == "data:," or link.startswith("#") or (made.parent / urlsplit(link).path).is_file(), link


def test_a_county_alone_is_whole_and_made_again_the_same(
    tmp_path: Path, county: Path, huantai: Path, book: duckdb.DuckDBPyConnection, record: PartitionRecord
) -> None:
    """Copied to a stick without the others, nothing of it leads out of its own folder; and no time is in it."""
    alone = tmp_path / "alone"
    build_county(alone, huantai, book, record)
    for path in alone.rglob("*.html"):
        assert path.read_bytes() == (county / path.relative_to(alone)).read_bytes(), path
        tree = html.parse(str(path), html.HTMLParser(encoding="utf-8")).getroot()
        for link in tree.xpath("//@href | //@src"):
            place = urlsplit(link).path
            if place and link != "data:,":
                assert (path.parent / unquote(place)).resolve().is_relative_to(alone.resolve()), (path, link)


def test_size_and_time_and_growth(facts: Facts, record: PartitionRecord, tmp_path: Path, county: Path) -> None:
    """At most 5 MB, at most 5 s, and no more a school in a county of three times as many.

    Times are the best of at most three: what else the machine does can only make one longer.
    """
    size = sum(path.stat().st_size for path in county.rglob("*") if path.is_file() and "data_docs" not in path.parts)
    assert size <= 5_000_000
    shown = excerpts(raw_of_huantai() / str(record.year) / record.county, cells_wanted(facts), facts.digests)
    sizes: dict[int, int] = {}
    seconds: dict[int, float] = {}
    for number in range(3):
        for times in (1, 3):
            many, folder = multiplied(facts, times), tmp_path / f"{number}" / f"{times}"
            began = time.process_time()
            build_county_site(folder, many, Heading.of(record), shown)
            seconds[times] = min(time.process_time() - began, seconds.get(times, float("inf")))
            sizes[times] = sum(path.stat().st_size for path in pages(folder))
        assert sizes[3] <= 3 * sizes[1]
        if seconds[1] <= 5 and seconds[3] <= 3 * seconds[1] * 1.5:
            break
    assert seconds[1] <= 5
    assert seconds[3] <= 3 * seconds[1] * 1.5


def multiplied(facts: Facts, times: int) -> Facts:
    """The county with each school so many times: a copy differs by the last digits of its code."""

    def code(value: object, number: int) -> object:
        if number and isinstance(value, str) and value in facts.school_names:
            return f"{number}{value[1:]}"
        return value

    def rows(of: list[Row]) -> list[Row]:
        copied = list(of)
        for number in range(6, 5 + times):
            for row in of:
                changed = {name: code(value, number) for name, value in row.items()}
                if changed != row:
                    copied.append(changed)
        return copied

    figures: dict[str, Any] = dict(facts.figures)
    for number in range(6, 5 + times):
        for subject, found in facts.figures.items():
            figures[str(code(subject, number))] = found
    return replace(
        facts,
        **{
            name: rows(getattr(facts, name))
            for name in ("gaps", "schools", "sections", "metrics", "judged", "near", "faults", "received")
        },
        figures=figures,
    )


HOSTILE = {
    "桓台县第一小学": "<script>alert(1)</script>小学",
    "桓台县第二小学": '=HYPERLINK("http://127.0.0.1/","点")\' onmouseover=\'alert(2)',
    "桓台县第三小学": "{{ 7 * 7 }}{% raw %}</script>",
    "桓台县第四小学": "@SUM(A1)\u202e小学\x1b[31m",
    "桓台县第五小学": "+桓台</td></table><img src=x onerror=alert(3)>",
}


def hostile(value: Any) -> Any:
    """The same rows with names that would do harm."""
    if isinstance(value, str):
        for name, bad in HOSTILE.items():
            value = value.replace(name, bad)
        return value
    if isinstance(value, Figure):
        return dataclasses.replace(value, rows=hostile(value.rows))
    if isinstance(value, dict):
        return {key: hostile(one) for key, one in value.items()}
    if isinstance(value, list):
        return [hostile(one) for one in value]
    return value


def change(kind: str, old: object, new: object, **more: object) -> Row:
    """A row of the change report."""
    row: Row = dict.fromkeys(CHANGE_FIELDS)
    return row | {"kind": kind, "change": "changed", "subject_name": "桓台县第二小学", "old": old, "new": new} | more


CHANGED = [
    change("file", "a" * 64, "b" * 64, file="schools/2137032102.xlsx", label="schools/2137032102.xlsx"),
    change("value", 7587.4, None, label="教学及辅助用房面积（㎡）", file="f.xlsx", sheet="基础基512", cell="E10"),
    change("verdict", "met", "not_met", indicator="B4", level="primary", label="生均教学及辅助用房面积"),
]


def test_what_changed_and_what_is_provisional_is_said(facts: Facts, record: PartitionRecord, tmp_path: Path) -> None:
    heading = replace(Heading.of(record), provisional=True)
    build_county_site(tmp_path, replace(facts, changes=CHANGED), heading, {})
    tree = html.parse(str(tmp_path / "index.html"), html.HTMLParser(encoding="utf-8")).getroot()
    rows = [[cell.text_content() for cell in row] for row in tree.get_element_by_id("change-rows").iter("tr")][1:]
    assert [row[6:8] for row in rows] == [["达标", "不达标"], ["a" * 12, "b" * 12], ["7587.4", "缺报"]]
    assert rows[2][8] == "f.xlsx › 基础基512 › E10"
    assert "结论 1 项，文件 1 项，数值 1 项" in tree.text_content()
    for path in pages(tmp_path):
        assert path.read_text(encoding="utf-8").count("试算") >= 3, path


def test_hostile_names_do_no_harm(opened: Opened, facts: Facts, record: PartitionRecord, tmp_path: Path) -> None:
    bad = replace(facts, **{one.name: hostile(getattr(facts, one.name)) for one in dataclasses.fields(facts)})
    build_county_site(tmp_path, bad, replace(Heading.of(record), county_name="<b>县</b>"), {})
    for path in pages(tmp_path):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(img|script>|b>县)", text), path
        assert not {"\x1b", "\u202e"} & set(text), path
    for name in ("index.html", "gaps.html", "schools.html", "indicators/B4.html", "schools/2137032101.html"):
        page = opened.open(tmp_path / name)
        assert page.locator("script:not([src])").count() == 0
        assert page.locator("[onmouseover], [onerror]").count() == 0
        assert "<b>县</b>" in page.locator(".place").inner_text()
    assert page.get_by_role("heading", level=1).inner_text().startswith("<script>alert(1)</script>小学")
    assert (
        "{{ 7 * 7 }}{% raw %}</script>" in (opened.open(tmp_path / "schools.html")).locator("#school-rows").inner_text()
    )
