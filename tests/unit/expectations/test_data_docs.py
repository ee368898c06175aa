"""Data Docs: nothing from outside, nothing unescaped, nobody left out."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from synthetic import COUNTY, EDITION, TESTS, county_frames, expected_for, joined, with_value

from expectations.data_docs import CountyPage, Evidence, build_data_docs, gather_evidence
from expectations.faults import DoubleEntryMismatch, JudgementError
from expectations.judge import judge
from expectations.suites import JUDGED_TABLES

HOSTILE = "<script>alert('x')</script>&${text}{{7*7}}\"小学"
FAILING = 250
UNREPORTED = f"2{COUNTY}001"
LEFT_OUT = f"2{COUNTY}999"
PAGE = CountyPage(2017, COUNTY, "<b>桓台</b>县", "ab" * 32, provisional=False)
VERDICTS = {test.indicator: "met" for test in TESTS.values()} | {
    "B4": "not_met",
    "B10": "not_met",
    "B1": "missing",
    "B29": "missing",
}


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    """One county where 250 schools of 251 fail B4 and B10 with few distinct values, and a quiet neighbour.

    One more section is out of scope: a row without values that no test of B1–B7 concerns.
    """
    frames = county_frames(COUNTY, size=FAILING + 1)
    primary = frames["judged_sections_primary"]
    primary["b4"] = [3.9] * (FAILING // 2) + [4.2] * (FAILING - FAILING // 2) + [4.5]
    frames["judged_schools"]["b10_music_rooms"] = [0.0] * FAILING + [3.0]
    for table in ("judged_sections_primary", "judged_schools"):
        frames[table].loc[0, "subject_name"] = HOSTILE
    frames["judged_conclusions"]["b29"] = [None]
    resources = [test for test in TESTS.values() if test.concerns == "resource_allocation"]
    columns = {test.judged_column for test in resources if test.judged_table == "judged_sections_primary"}
    left_out = {"subject_id": LEFT_OUT, "subject_name": "小教学点", **dict.fromkeys(columns, float("nan"))}
    frames["judged_sections_primary"] = pd.concat([primary, primary.tail(1).assign(**left_out)], ignore_index=True)
    expected = expected_for(joined(frames, county_frames("370322", size=3)))
    of_resources = expected["test_id"].isin([test.test_id for test in resources])
    expected = expected[~((expected["subject_id"] == LEFT_OUT) & of_resources)]
    hidden = (expected["test_id"] == "B1.standard.primary") & (expected["subject_id"] == f"2{COUNTY}007")
    expected.loc[hidden, "incomplete"] = True
    unreported = pd.DataFrame([
        {"year": 2017, "county": COUNTY, "test_id": "B1.unreported", "subject_type": "school",
         "subject_id": UNREPORTED, "incomplete": True}
    ])  # fmt: skip
    everything = pd.concat([expected, unreported], ignore_index=True)
    return gather_evidence(judge(joined(frames, county_frames("370322", size=3)), everything, EDITION))


@pytest.fixture(scope="module")
def site(evidence: Evidence, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_data_docs(evidence, PAGE, VERDICTS, tmp_path_factory.mktemp("docs")).parent


class Page(HTMLParser):
    """Collects tags, attributes and the text of a page, as a browser would take them."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.references: list[str] = []
        self.ids: set[str] = set()
        self.lang: str | None = None
        self.text = ""
        self.rows: list[list[str]] = []
        self.open_rows: list[list[str]] = []
        self.open_cells: list[list[str]] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{tag} has {name}"
            if name in ("src", "href", "srcset", "action", "data", "poster", "integrity"):
                self.references.append(value or "")
            if name == "id":
                self.ids.add(value or "")
            if name == "lang":
                self.lang = value
        if tag == "tr":
            self.rows.append([])
            self.open_rows.append(self.rows[-1])  # a cell may hold a table of its own
        if tag in ("td", "th"):
            self.open_rows[-1].append("")
            self.open_cells.append(self.open_rows[-1])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.open_cells.pop()
        if tag == "tr":
            self.open_rows.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open_cells:
            self.open_cells[-1][-1] += data


def pages(site: Path) -> list[Path]:
    return [site / "index.html", *(site / f"{table}.html" for table in JUDGED_TABLES)]


def test_every_reference_stays_in_the_folder_and_leads_somewhere(site: Path) -> None:
    for path in pages(site):
        page = Page(path)
        assert page.references
        for reference in page.references:
            if reference == "data:,":
                continue  # an empty icon, so that no browser asks for one
            target, _, anchor = reference.partition("#")
            assert not re.match(r"[a-z]+:|/", target), reference
            found = (site / target) if target else path
            assert found.is_file() and site in found.parents, reference
            if anchor:
                assert anchor in Page(found).ids, reference


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "http" not in text and "url(" not in text, path
    for path in site.rglob("*.css"):
        for url in re.findall(r"url\(\s*[\"']?([^\"')]{0,20})", path.read_text(encoding="utf-8")):
            assert url.startswith("data:"), f"{path.name}: {url}"
        assert "@import" not in path.read_text(encoding="utf-8")
    assert {path.suffix for path in site.rglob("*") if path.is_file()} == {".html", ".css", ".txt"}


def test_hostile_names_are_text(site: Path) -> None:
    for path in pages(site):
        page = Page(path)
        assert not {"script", "img", "iframe", "object", "embed", "b"} & set(page.tags)
        assert "<b>桓台</b>县" in page.text
    assert HOSTILE in Page(site / "judged_sections_primary.html").text


@pytest.mark.parametrize(("table", "indicator"), [("judged_sections_primary", "B4"), ("judged_schools", "B10")])
def test_all_250_failing_schools_are_listed_by_name_and_code(site: Path, table: str, indicator: str) -> None:
    rows = [row for row in Page(site / f"{table}.html").rows if len(row) == 5 and row[0].strip().isdigit()]
    listed = {(row[1].strip(), row[2].strip()) for row in rows}
    for number in range(1, FAILING):
        assert (f"2{COUNTY}{number:03d}", f"第{number}学校") in listed
    assert (f"2{COUNTY}000", HOSTILE) in listed
    assert f"2{COUNTY}{FAILING}" not in {code for code, _ in listed}
    assert indicator in Page(site / f"{table}.html").ids


def test_pages_are_chinese_and_show_the_clause(site: Path) -> None:
    for path in pages(site):
        page = Page(path)
        assert page.lang == "zh-CN"
        for english in ("Expectation", "unexpected", "Succeeded", "Failed", "Status", "rows"):
            assert english not in page.text.replace("Great Expectations", ""), f"{path.name}: {english}"
    text = Page(site / "judged_sections_primary.html").text
    assert TESTS["B4.standard.primary"].clause in text
    assert "小学生均教学及辅助用房面积达到4.5平方米以上" in text
    assert f"共{FAILING + 1}行，{FAILING}行未通过（≈{100 * FAILING / (FAILING + 1):.4g}%）" in text


def test_a_row_counts_the_same_in_both_columns(site: Path) -> None:
    told = 0
    for table in JUDGED_TABLES:
        for row in Page(site / f"{table}.html").rows:
            counted = re.search(r"共(\d+)行，(\d+)行未通过", row[1]) if len(row) == 3 else None
            observed = re.match(r"涉及(\d+)个，不达标(\d+)个", row[2].strip()) if counted else None
            if counted and observed:
                assert counted.groups() == observed.groups()
                told += 1
    assert told >= 2


def test_what_is_missing_is_not_shown_as_met(site: Path) -> None:
    rows = Page(site / "judged_conclusions.html").rows
    (row,) = [row for row in rows if len(row) == 3 and "课程开齐开足" in row[1] and "结论为" in row[1]]
    assert "数据缺失" in row[0] and "未填报" in row[2]
    assert ["1", f"2{COUNTY}007", "第7学校", "4.2（所依数据不全）", "≥ 4.2"] in [
        [cell.strip() for cell in row] for row in Page(site / "judged_sections_primary.html").rows
    ]


def test_the_index_has_a_row_an_indicator(site: Path) -> None:
    page = Page(site / "index.html")
    rows = {row[0].strip(): [cell.strip() for cell in row] for row in page.rows if len(row) == 6}
    assert [name for name in rows if name != "指标"] == [*(f"B{number}" for number in range(1, 32)), "C1", "V"]
    assert rows["B4"][2:4] == ["不达标", f"{FAILING}个学段"]
    assert rows["B10"][2:4] == ["不达标", f"{FAILING}所学校"]
    assert rows["B1"][2:5] == ["数据缺失", "0", "1个学段、1所学校"]
    assert rows["B29"][4] == "1项"
    assert rows["B20"][2:5] == ["达标", "0", "0"]
    for says in ("2017/2018学年", COUNTY, EDITION, PAGE.fingerprint, f"第1学校（{UNREPORTED}）", "达标 29"):
        assert says in page.text
    assert "试算" not in page.text


def test_a_provisional_county_says_so_on_every_page_and_a_quiet_one_lists_nobody(
    evidence: Evidence, tmp_path: Path
) -> None:
    page = CountyPage(2017, "370322", "邻县", "cd" * 32, provisional=True)
    out = build_data_docs(evidence, page, VERDICTS, tmp_path / "a" / "b").parent
    for path in pages(out):
        text = Page(path).text
        assert "试算" in text
        assert f"2{COUNTY}" not in text and "不达标的学校" not in text


def test_the_same_evidence_gives_the_same_bytes(evidence: Evidence, site: Path, tmp_path: Path) -> None:
    again = build_data_docs(evidence, PAGE, VERDICTS, tmp_path).parent
    for path in pages(site):
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_what_was_not_judged_has_no_pages(evidence: Evidence, tmp_path: Path) -> None:
    with pytest.raises(JudgementError, match="370399 was not judged"):
        build_data_docs(evidence, dataclasses.replace(PAGE, county="370399"), VERDICTS, tmp_path)
    with pytest.raises(JudgementError, match="no verdict for the indicators B4"):
        build_data_docs(evidence, PAGE, {k: v for k, v in VERDICTS.items() if k != "B4"}, tmp_path)


def test_a_verdict_that_the_judgement_contradicts_stops(evidence: Evidence, tmp_path: Path) -> None:
    for indicator in ("B4", "B29"):
        with pytest.raises(JudgementError, match=f"{indicator} is said to be met"):
            build_data_docs(evidence, PAGE, VERDICTS | {indicator: "met"}, tmp_path)


def test_a_list_that_differs_from_the_judgement_stops() -> None:
    frames = with_value(county_frames(size=2), "B11.rule.single", 2001)
    judgement = judge(frames, expected_for(frames), EDITION)
    judgement.book.execute(
        "update judged_rows set subject_id = case subject_id when $first then $second when $second then $first end "
        "where table_no = (select table_no from tests where test_id = 'B11.rule.single')",
        {"first": f"2{COUNTY}000", "second": f"2{COUNTY}001"},
    )
    with pytest.raises(DoubleEntryMismatch, match=r"B11\.rule\.single"):
        gather_evidence(judgement)
