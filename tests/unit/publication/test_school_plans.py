"""一校一案: whose plan there is, what stands in it, that names are inert, that files grow with schools alone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import docx
import pytest

from orchestration.publication import school_plans as plans
from orchestration.publication import word
from orchestration.publication.papers import Heading
from orchestration.publication.school_plans import ARCHIVE, PLANS, write_school_plans
from publication import marts_by_contract as marts
from tests import docx_text

HEADING = Heading(2017, "370321", "桓台县", "national-2017", "ab12" * 16)
HOSTILE = (
    "{{ 7*7 }}",
    "{% for x in y %}",
    "<script>alert(1)</script>小学",
    "=1+1",
    "../x",
    "a\x07b\u202ec",
    "长" * 300,
)
SEVEN = ("指标", "实际", "标准", "底线", "结论", "距标准还差", "距底线还差")
PROBLEMS = ("序号", "指标", "问题与差额", "整改措施", "完成时限", "责任单位")


def test_names_are_inert_in_files_and_in_papers(tmp_path: Path) -> None:
    book = marts.empty()
    for number, name in enumerate(HOSTILE):
        marts.school(book, f"213703210{number}", name)
    paths = write_school_plans(tmp_path, HEADING, book)
    assert [path.name[:10] for path in paths] == [f"213703210{number}" for number in range(len(HOSTILE))]
    assert all(path.parent == tmp_path / PLANS and len(path.name.encode()) < 200 for path in paths)
    for path, name in zip(paths, HOSTILE, strict=True):
        assert docx_text.paragraphs(path)[0] == name.replace("\x07", "�").replace("\u202e", "�")
    with zipfile.ZipFile(tmp_path / ARCHIVE) as archive:
        assert archive.namelist() == [path.name for path in paths]
        assert all(entry.flag_bits & 0x800 for entry in archive.infolist() if not entry.filename.isascii())
        assert [archive.read(path.name) for path in paths] == [path.read_bytes() for path in paths]


@pytest.mark.parametrize(
    ("value", "verdict", "shown", "lacking"),
    [
        (5.0, "达标", "5.00", "—"),
        (4.2, "达标", "4.20", "—"),
        (4.1999, "低于标准，达到底线", "4.1999", "1人"),
        (3.57, "低于标准，达到底线", "3.57", "1人"),
        (3.5699, "低于底线", "3.5699", "1人"),
        (None, "数据缺失", "缺报", "—"),
    ],
)
def test_a_value_is_worded_against_standard_and_floor(
    value: float | None, verdict: str, shown: str, lacking: str
) -> None:
    book = marts.empty()
    marts.school(book, "2137032101", "索镇小学", value=value)
    ((_, made),) = plans.school_plans(HEADING, book)
    ((row,),) = docx_text.tables(made)[SEVEN]
    assert row[1:6] == [shown, "4.2", "3.57", verdict, lacking]


def test_a_gap_has_its_measure_and_room_for_what_is_not_decided() -> None:
    book = marts.empty()
    marts.school(book, "2137032101", "索镇小学", value=4.1)
    ((_, made),) = plans.school_plans(HEADING, book)
    ((row,),) = docx_text.tables(made)[PROBLEMS]
    assert row[2] == "小学：实际 4.1人/百名学生，应不少于 4.2人/百名学生，还差 1人（<b>&）。"
    assert row[3:] == ["招聘{{ 7*7 }}", "（待填）", "（待填）"]
    assert ("学校（盖章）", "责任督学", "县教育局（盖章）") in docx_text.tables(made)


def test_a_school_without_gaps_is_asked_to_stay_so() -> None:
    book = marts.empty()
    marts.school(book, "2137032101", "索镇小学")
    ((_, made),) = plans.school_plans(HEADING, book)
    assert PROBLEMS not in docx_text.tables(made)
    assert any(text.startswith("各项判定指标均已达标，保持") for text in docx_text.paragraphs(made))
    assert docx_text.form(made, "学校综合") == "达标"


def test_a_school_that_did_not_report_has_a_plan_that_says_so() -> None:
    book = marts.empty()
    marts.unreported(book, "2137032101", "没报小学")
    ((name, made),) = plans.school_plans(HEADING, book)
    assert name == "2137032101_没报小学.docx"
    assert any("未报送本学年年报" in text for text in docx_text.paragraphs(made))
    ((row,),) = docx_text.tables(made)[PROBLEMS]
    assert (row[1].strip(), row[2]) == ("B1 B2", "学校未报送年报，数据缺失，不能判定。")
    assert docx_text.form(made, "学校综合") == "数据缺失" and SEVEN not in docx_text.tables(made)


def test_who_has_no_section_and_no_gap_has_no_plan() -> None:
    book = marts.empty()
    marts.insert(book, "marts.schools", [{"school_code": "5137032101", "school_name": "特教学校", "in_scope": False}])
    assert dict(plans.school_plans(HEADING, book)) == {}


def test_queries_of_the_school_are_listed_with_their_answers() -> None:
    book = marts.empty()
    for code in ("2137032101", "2137032102"):
        marts.school(book, code, "索镇小学")
    marts.insert(book, "evidence.received", [{"file": "schools/a.xlsx", "school_code": "2137032101"}])
    faults = [
        {"severity": "query", "file": "schools/a.xlsx", "sheet": "基础基112", "cell": "D30", "message": "骨干偏多"},
        {"severity": "missing", "file": "school_supplement.xlsx", "message": "缺", "subject_id": "2137032101",
         "explanation": "已补报", "explained_by": "王五"},
        {"severity": "out_of_scope", "file": "schools/a.xlsx", "message": "不计入"},
    ]  # fmt: skip
    marts.insert(book, "evidence.faults", faults)
    made = dict(plans.school_plans(HEADING, book))
    ((first, second),) = docx_text.tables(made["2137032101_索镇小学.docx"])[("类别", "位置", "核查所见", "学校说明")]
    assert first == ["缺报", "school_supplement.xlsx", "缺", "已补报（王五）"]
    assert second == ["质询", "schools/a.xlsx › 基础基112 › D30", "骨干偏多", "未说明"]
    assert "本校数据没有待说明的质询。" in docx_text.paragraphs(made["2137032102_索镇小学.docx"])


def test_the_paper_says_where_it_comes_from_and_whether_it_is_a_trial() -> None:
    book = marts.empty()
    marts.school(book, "2137032101", "索镇小学")
    for provisional in (False, True):
        heading = Heading(2017, "370321", "桓台县", "national-2017", "ab12" * 16, provisional)
        ((_, made),) = plans.school_plans(heading, book)
        assert "ab12" * 16 in docx_text.footer(made) and "national-2017" in docx_text.footer(made)
        assert docx_text.paragraphs(made)[0].startswith("【试算】") is provisional
        header = docx.Document(io.BytesIO(made)).sections[0].header.paragraphs[0].text
        assert header == ("【试算】" if provisional else "")


def test_two_hundred_schools_are_two_hundred_files_of_one_compilation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linear by what is done, not by the clock: the template is compiled once, a school is one rendering."""
    done: list[str] = []
    compiled, filled = word.WordTemplate.__init__, word.WordTemplate.render
    monkeypatch.setattr(word.WordTemplate, "__init__", lambda *a: (done.append("compile"), compiled(*a))[1])
    monkeypatch.setattr(word.WordTemplate, "render", lambda *a: (done.append("render"), filled(*a))[1])
    book = marts.empty()
    sizes: dict[int, int] = {}
    for number in range(200):
        marts.school(book, f"{2137032000 + number}", f"第{number}小学", value=(5.0, 4.0, None)[number % 3])
        if number + 1 in (50, 200):
            done.clear()
            paths = write_school_plans(tmp_path, HEADING, book)
            assert len(paths) == number + 1 and done.count("compile") == 1 and done.count("render") == number + 1
            sizes[number + 1] = sum(path.stat().st_size for path in paths)
            assert (tmp_path / ARCHIVE).stat().st_size < sizes[number + 1] * 1.05
    assert sizes[200] == pytest.approx(4 * sizes[50], rel=0.01)
    assert sizes[200] < 200 * 20_000


def test_the_same_rows_give_the_same_bytes_and_nothing_stale_is_left(tmp_path: Path) -> None:
    book = marts.empty()
    marts.school(book, "2137032101", "索镇小学", value=3.0)
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        write_school_plans(folder, HEADING, book)
    for name in (f"{PLANS}/2137032101_索镇小学.docx", ARCHIVE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    book.execute("UPDATE marts.schools SET school_name = '新名小学'")
    write_school_plans(tmp_path / "a", HEADING, book)
    assert [path.name for path in (tmp_path / "a" / PLANS).iterdir()] == ["2137032101_新名小学.docx"]
