"""The Data Docs walked from end to end: every verdict, count, school and number on them is the marts'."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest
from lxml import html

from tests.e2e.tools import current

FOLDER = Path("reports/2017/370321/data_docs")
WORDS = {"达标": "met", "不达标": "not_met", "数据缺失": "missing"}
DECIMALS = 4


def text(element: html.HtmlElement) -> str:
    """What a browser shows of it, on one line."""
    return " ".join(element.text_content().split())


def number(shown: str) -> float:
    """The number in front; a limit's sign is no part of it."""
    return float(re.sub(r"^[≥≤<>]\s*", "", shown).split("（")[0])


def near(shown: str, value: float | None) -> bool:
    """Whether a printed number is the value; 4 decimals, or all of them where those would hide a gap."""
    return value is not None and abs(number(shown) - value) < 0.5 * 10**-DECIMALS + 1e-12


@pytest.fixture(scope="module")
def book(huantai: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(current(huantai)["duckdb"], read_only=True)


def test_every_number_of_the_data_docs_is_the_marts(huantai: Path, book: duckdb.DuckDBPyConnection) -> None:
    descriptions = {
        (str(table), str(description).partition(f"（{indicator} ")[0]): (str(test), str(kind))
        for test, table, description, indicator, kind in book.sql(
            "select test_id, judged_table, description, indicator, subject_type from evidence.standards"
        ).fetchall()
    }
    results = {
        (str(test), str(subject)): (str(verdict), observed, required)
        for test, subject, verdict, observed, required in book.sql(
            "select test_id, subject_id, verdict, observed, required from marts.test_results"
        ).fetchall()
    }
    seen: set[str] = set()
    numbers = 0
    for page in sorted((huantai / FOLDER).glob("judged_*.html")):
        root = html.fromstring(page.read_text(encoding="utf-8"))
        for row in root.xpath("//tr[td//span[contains(@class, 'verdict-')]][not(ancestor::td)]"):
            outcome, said, counted = row.xpath("./td")
            test, kind = descriptions[page.stem, text(said.xpath(".//span")[0])]
            assert test not in seen
            seen.add(test)
            judged = {subject: found for (name, subject), found in results.items() if name == test}
            verdicts = [verdict for verdict, _, _ in judged.values()]
            worst = next((word for word in ("not_met", "missing", "met") if word in verdicts), None)
            assert WORDS.get(text(outcome).split()[-1]) == worst, test
            if not judged:
                assert text(counted) == "本县没有涉及的对象"
                continue
            if kind == "county":
                [(_, observed, required)] = judged.values()
                if observed is not None:
                    shown, limit = re.fullmatch(r"(.+?)（要求 (.+)）", text(counted)).groups()  # type: ignore[union-attr]
                    assert near(shown, observed) and near(limit, required), (test, text(counted))
                    numbers += 2
                continue
            assert text(counted).startswith(f"涉及{len(judged)}个，不达标{verdicts.count('not_met')}个"), test
            short = verdicts.count("not_met")
            assert not short or f"共{len(judged)}行，{short}行未通过" in text(said), (test, text(said))
            listed: dict[str, str] = {}
            for head, table in zip(
                said.xpath(".//span[contains(@class, 'list-head')]"), said.xpath(".//table"), strict=True
            ):
                word, count = re.fullmatch(r"(.+?)的学校（(\d+)）", text(head)).groups()  # type: ignore[union-attr]
                rows = [[text(cell) for cell in line.xpath("./td")] for line in table.xpath("./tbody/tr")]
                assert len(rows) == int(count)
                for _, subject, _, value, limit in rows:
                    listed[subject] = WORDS[word]
                    _, observed, required = judged[subject]
                    if observed is not None:
                        assert near(value, observed) and near(limit, required), (test, subject, value, limit)
                        numbers += 2
            assert listed == {subject: verdict for subject, (verdict, _, _) in judged.items() if verdict != "met"}, test
    assert seen == {test for test, _ in descriptions.values()}
    assert numbers > 300
