"""Numbers, links and sentences as the pages print them."""

from __future__ import annotations

import pytest

from orchestration.publication.reader import Row
from orchestration.site import words
from orchestration.site.sentences import sentence

GAP: Row = {
    "subject_name": "甲小学", "subject_id": "2137032101", "level": "primary", "item": None, "test": "standard",
    "verdict": "not_met", "observed": 0.8996, "required": 0.9, "ratio": 0.8996 / 0.9, "shortfall": 1.0,
    "shortfall_unit": "人", "unit": "人/百名学生", "note": None, "indicator": "B3",
}  # fmt: skip


def test_a_number_never_seems_to_stand_on_its_limit() -> None:
    assert words.fixed(0.8996, 0.9) == "0.8996"
    assert words.fixed(0.9, 0.9) == "0.90"
    assert words.fixed(3.825, 3.825) == "3.825"
    assert words.fixed(None) == "—"
    assert str(words.limit_cell(3.825)) == "<td class=n>3.825</td>"
    assert str(words.number_cell(2.345)) == "<td class=n data-v=2.345>2.35</td>"


def test_cells_escape_what_a_return_says() -> None:
    bad: Row = {**GAP, "observed": None, "verdict": "not_met", "note": "<script>alert(1)</script>\x1b"}
    cell = str(words.observed_cell(bad))
    assert "<script>" not in cell
    assert "&lt;script&gt;" in cell
    assert "\x1b" not in cell
    assert words.finalise("\u202e甲\x1b") == "�甲�"


@pytest.mark.parametrize("code", ["../../etc", "2137032101.html", "a b", "２１３７０３２１０１"])
def test_no_code_leaves_the_folder(code: str) -> None:
    stem = words.file_stem(code)
    assert stem.isascii()
    assert stem.isalnum()
    assert stem != words.file_stem("2137032101")


def test_a_figure_is_found_again_whatever_its_item() -> None:
    assert words.anchor(("B10", None, "音 乐")) == "B10-音_乐"
    assert words.figure_link("2137032101", ("B4", "primary", None), "../") == "../figures/2137032101.html#B4-primary"
    assert words.figure_link("370321", ("B23", None, "a%b"), "") == "indicators/B23.html#B23-a%25b"


def test_sentences_say_how_it_stands_to_its_line() -> None:
    title = "每百名学生拥有体育、艺术专任教师数"
    said = f"甲小学（小学）{title}为0.8996人/百名学生，低于标准0.9人/百名学生（为标准的99.96%），差1人。"
    assert sentence(GAP, title, "min") == said
    size: Row = {
        **GAP, "level": None, "test": "rule", "observed": 2350.0, "required": 2000.0, "ratio": 1.175,
        "shortfall": 350.0, "unit": "人",
    }  # fmt: skip
    assert sentence(size, "学校规模", "max") == "甲小学学校规模为2350人，超过要求2000人，超出350人。"
    missing: Row = {**GAP, "verdict": "missing", "observed": None, "note": "学校未报送年报"}
    assert sentence(missing, "甲数", "min") == "甲小学（小学）甲数：数据缺失（学校未报送年报），不能判为达标。"
    conclusion: Row = {**GAP, "level": None, "observed": None, "required": None, "note": "不达标", "item": "某项"}
    assert sentence(conclusion, "校园", "in_set") == "甲小学校园（某项）：结论为“不达标”，不达标。"
