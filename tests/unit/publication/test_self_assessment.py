"""自评报告: a county with nothing to mend, one with nothing known, and the committed templates."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from orchestration.publication import template_layouts
from orchestration.publication.file_names import WORD_TEMPLATES
from orchestration.publication.papers import Heading
from orchestration.publication.self_assessment import self_assessment, write_self_assessment
from orchestration.publication.word import TemplateError
from publication import marts_by_contract as marts
from tests import docx_text

HEADING = Heading(2017, "370321", "桓台县", "national-2017", "ab12" * 16)


def test_all_met_says_so_and_lists_no_gap() -> None:
    book = marts.empty()
    marts.county(book)
    made = self_assessment(HEADING, book)
    text = "\n".join(docx_text.paragraphs(made))
    assert "全部33项中，达标33项，不达标0项，数据缺失0项；全县自评结论：达标" in text
    assert "对照标准，各项指标均已达标，没有缺报的数据。" in text and "没有需要整改的指标" in text
    assert len(docx_text.alternative_texts(made)) == 2
    assert ("完成时限", "完成整改的指标", "责任单位") not in docx_text.tables(made)
    assert "ab12" * 16 in docx_text.footer(made)


def test_nothing_known_is_never_met() -> None:
    book = marts.empty()
    marts.county(book, verdict="missing")
    book.execute("UPDATE marts.form_summary SET mean = NULL, cv = NULL, share_met = NULL, sections = 0")
    made = self_assessment(HEADING, book)
    (rows,) = [table for head, (table, *_) in docx_text.tables(made).items() if "差异系数" in head]
    assert {(row[3], row[4], row[6]) for row in rows} == {("缺报", "缺报", "数据缺失")}
    (measures,) = docx_text.tables(made)[("指标", "达标情况", "整改措施", "完成时限", "责任单位")]
    assert len(measures) == 33 and {tuple(row[2:]) for row in measures} == {("（待填）",) * 3}


def test_a_ratio_is_not_rounded_across_its_line() -> None:
    book = marts.empty()
    marts.county(book, verdict="not_met")
    ratio = {"indicator": "C1", "item": "满意度", "numerator": 2639, "denominator": 3105, "unit": "比值"}
    marts.insert(book, "marts.county_metrics", [{**ratio, "value": 2639 / 3105, "verdict": "not_met"}])
    test = {**ratio, "test": "rule", "subject_type": "county", "observed": 2639 / 3105, "required": 0.85}
    marts.insert(book, "marts.test_results", [{**test, "verdict": "not_met", "test_id": "C1.rule"}])
    found = docx_text.tables(self_assessment(HEADING, book))[("指标及要求", "指标值或简要结论", "是否达标")]
    assert ["C1 的要求", "不达标。\n满意度：84.99%（2639/3105）", "不达标"] in [row for table in found for row in table]


def test_items_stand_in_the_order_of_the_forms() -> None:
    book = marts.empty()
    marts.county(book)
    items = ["学校建设标准统一", "教师编制标准统一", "生均公用经费基准定额统一", "基本装备配置标准统一"]
    said = {"indicator": "B9", "text": "达标", "unit": "结论", "verdict": "met"}
    marts.insert(book, "marts.county_metrics", [{**said, "item": item} for item in [*sorted(items), "其他"]])
    blanks = [{"indicator": "B9", "position": place, "item": item} for place, item in enumerate(items, 1)]
    marts.insert(book, "marts.form_blanks", [*blanks[::-1], {"indicator": "B9", "position": 5}])
    found = docx_text.tables(self_assessment(HEADING, book))[("指标及要求", "指标值或简要结论", "是否达标")]
    lines = next(row[1] for table in found for row in table if row[0] == "B9 的要求").splitlines()
    assert lines == [f"{item}：达标" for item in [*items, "其他"]]


def test_names_are_inert_and_bytes_are_the_same(tmp_path: Path) -> None:
    book = marts.empty()
    marts.county(book, verdict="not_met")
    book.execute("UPDATE marts.verdicts SET measure = '{{ 7*7 }}<w:p>', statement = '{% for %}'")
    heading = Heading(2017, "370321", "{{ 1 }}<县>", "national-2017", "ab12" * 16, provisional=True)
    for name in "ab":
        write_self_assessment(tmp_path / f"{name}.docx", heading, book)
    assert (tmp_path / "a.docx").read_bytes() == (tmp_path / "b.docx").read_bytes()
    assert docx_text.paragraphs(tmp_path / "a.docx")[0] == "【试算】{{ 1 }}<县>创建全国义务教育优质均衡发展县"
    (measures,) = docx_text.tables(tmp_path / "a.docx")[("指标", "达标情况", "整改措施", "完成时限", "责任单位")]
    assert {(row[1], row[2]) for row in measures} == {("{% for %}", "{{ 7*7 }}<w:p>")}


def test_a_template_for_another_paper_is_told(tmp_path: Path) -> None:
    book = marts.empty()
    marts.county(book)
    with pytest.raises(TemplateError, match="没有的标记：'school' is undefined"):
        write_self_assessment(tmp_path / "x.docx", HEADING, book, WORD_TEMPLATES / "school_plan.docx")
    assert not (tmp_path / "x.docx").exists()


@pytest.mark.parametrize("name", ["self_assessment", "school_plan"])
def test_the_committed_template_is_what_its_layout_says(name: str, tmp_path: Path) -> None:
    made = tmp_path / "made.docx"
    made.write_bytes(getattr(template_layouts, name)())
    with zipfile.ZipFile(made) as new, zipfile.ZipFile(WORD_TEMPLATES / f"{name}.docx") as kept:
        assert new.namelist() == kept.namelist()
        for part in new.namelist():
            assert new.read(part) == kept.read(part), f"{part}: run python -m orchestration.publication.make_templates"


def test_every_tag_is_in_the_guide() -> None:
    """What the templates use, the guide for officials names."""
    guide = (WORD_TEMPLATES / "README.md").read_text(encoding="utf-8")
    for name in ("self_assessment", "school_plan"):
        with zipfile.ZipFile(WORD_TEMPLATES / f"{name}.docx") as archive:
            body = archive.read("word/document.xml").decode("utf-8")
        import re

        tags = {path.split(".")[-1] for path in re.findall(r"\{\{ ([a-z_.]+)", body)} - {"line", "index"}
        assert tags and {tag for tag in tags if f"`{tag}`" not in guide and f".{tag}`" not in guide} == set()
