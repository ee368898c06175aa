"""The dictionary says of each column what it is and where it comes from, and its page stands by itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import openpyxl
import pytest
from publication import fake_warehouse as fake

from orchestration.dictionary import BOOK, PAGE, write_dictionary
from orchestration.dictionary.content import ENTRY_FIELDS, Content, entries, gather, ranges
from orchestration.publication import declared
from orchestration.publication.snapshot import publish
from orchestration.publication.sql import literal
from orchestration.publication.wording import INDICATORS
from orchestration.returns.layout import editions

NASTY = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """Ids, links, tags with something that leads outside, language."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: set[str] = set()
        self.outside: list[str] = []
        self.language: str | None = None
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "lang":
                self.language = value
            elif name in {"href", "src"}:
                (self.links.add if (value or "").startswith("#") else self.outside.append)(value or "")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot whose clauses are hostile."""
    var = tmp_path_factory.mktemp("dictionary")
    fake.build(var)
    path = var / "landing" / "standards" / "data.parquet"
    with duckdb.connect() as connection:
        clause = literal(NASTY)
        connection.execute(
            f"CREATE TABLE s AS SELECT *, {clause} AS clause, NULL AS reading, 1 AS position FROM '{path}'"
        )
        connection.execute("UPDATE s SET title = '=1+1'")
        connection.execute(f"COPY s TO '{path}' (FORMAT parquet)")
        path = var / "landing" / "standard_parameters" / "data.parquet"
        connection.execute(f"CREATE TABLE p AS SELECT *, 'SCHOOL' AS indicator, '达标项数' AS says FROM '{path}'")
        connection.execute(f"COPY p TO '{path}' (FORMAT parquet)")
    return publish(var, "r1", [fake.partition()]).duckdb


@pytest.fixture(scope="module")
def written(book: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    with duckdb.connect(str(book), read_only=True) as connection:
        write_dictionary(folder, connection)
    return folder


@pytest.fixture(scope="module")
def content(book: Path) -> Content:
    with duckdb.connect(str(book), read_only=True) as connection:
        return gather(connection)


def test_every_column_of_the_snapshot_is_in_it(book: Path, content: Content) -> None:
    with duckdb.connect(str(book), read_only=True) as connection:
        found = connection.execute(
            "SELECT schema_name, table_name, column_name FROM duckdb_columns() "
            "WHERE schema_name IN ('marts', 'evidence')"
        )
        there = set(found.fetchall())
    rows = entries(content)
    assert there <= {(row["schema"], row["table"], row["column"]) for row in rows}
    assert all(row[name] for row in rows for name in ("label", "type", "unit", "description"))


def test_sources_are_forms_and_headers_of_every_edition(content: Content) -> None:
    rows = {(row["table"], row["column"]): row for row in entries(content)}
    source = str(rows["section_metrics", "denominator"]["source"])
    for text in ("基础基312", "在校生数/合计", "教基3112", "查询导出"):
        assert text in source
    assert rows["sections", "verdict"]["clause"] == "达标项数：6；B1–B7"
    assert rows["county_metrics", "value"]["source"] == "县级填报表各项目，见“填报字段”；B8–B31、C1 的加数，见“指标”"
    figures = {(figure.indicator, figure.level, figure.name): figure.formula for figure in content.figures}
    assert {figure.indicator for figure in content.figures} == set(INDICATORS)
    assert figures["B4", "小学", ""].startswith("(教学及辅助用房面积（㎡）−体育馆")
    assert figures["B23", "", "三年巩固率"].endswith(
        "÷ (三年前入学学生数＋三年转入学生数−三年死亡学生数−三年转出学生数)"
    )
    placed = {(field.record, field.name) for field in content.fields if field.places}
    for edition in editions():
        for places in edition.places.values():
            assert {(place.record, place.field) for place in places} <= placed


def test_the_page_stands_by_itself(written: Path) -> None:
    text = (written / PAGE).read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.language == "zh-CN" and page.outside == [] and "script" not in page.tags
    assert len(page.ids) == len(set(page.ids)), "each anchor once"
    assert {link[1:] for link in page.links} <= set(page.ids), "every link leads somewhere"
    for (_, name), table in declared.tables().items():
        assert {name, *(f"{name}.{column.name}" for column in table.columns)} <= set(page.ids)
    assert {"B1", "B31", "C1", "V", "field-school_resource-gym_area_m2"} <= set(page.ids)
    assert NASTY not in text and "&lt;script&gt;alert(1)" in text
    assert "@page" in text and not re.search(r"url\(|@import|https?:", text)


def test_the_workbook_is_text_and_prints_on_a4(written: Path) -> None:
    book = openpyxl.load_workbook(written / BOOK)
    assert book.sheetnames == ["字段", "表", "指标", "填报字段", "条文"]
    for sheet in book:
        assert sheet.page_setup.paperSize == 9 and sheet.print_title_rows == "$2:$2"
        assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}
    assert book["字段"].max_column == len(ENTRY_FIELDS)
    assert any(cell.value == "=1+1" for row in book["条文"].iter_rows() for cell in row)


def test_the_same_snapshot_gives_the_same_bytes(book: Path, written: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(book), read_only=True) as connection:
        for path in write_dictionary(tmp_path, connection):
            assert path.read_bytes() == (written / path.name).read_bytes()


def test_ranges() -> None:
    assert ranges([]) == []
    assert ranges(["B1", "B2", "B3", "B9", "C1", "V"]) == ["B1–B3、B9、C1、V"]
