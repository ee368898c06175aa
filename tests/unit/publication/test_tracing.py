"""From a figure to its cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestration.publication.figures import TRACE_FIELDS, Subject
from orchestration.publication.reader import Published, open_partition
from orchestration.publication.snapshot import publish
from orchestration.publication.tracing import (
    FigureError,
    SubjectError,
    find_subject,
    trace,
    trace_county,
    trace_schools,
)
from orchestration.publication.wording import SECTION_INDICATORS
from publication import fake_warehouse as fake


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    var = tmp_path_factory.mktemp("var")
    fake.build(var)
    publish(var, "r1", [fake.partition()])
    with open_partition(var, fake.YEAR, fake.COUNTY) as found:
        yield found


SCHOOL = Subject(fake.NINE_YEAR, "桓台县实验学校")
WHOLE = Subject(fake.COUNTY, "桓台县")


def test_a_shared_area_is_traced_with_its_share(published: Published) -> None:
    found = trace(published.connection, fake.YEAR, fake.COUNTY, "B4", SCHOOL, level="primary")
    assert [tuple(row) for row in found.rows] == [TRACE_FIELDS] * 5
    roles = [row["role"] for row in found.rows]
    assert roles == ["numerator", "addend", "addend", "denominator", "addend"]
    numerator, area, gym, denominator, pupils = found.rows
    assert (area["file"], area["sheet"], area["cell"], area["as_written"], area["value"]) == (
        "schools/0370321001_桓台县实验学校.xlsx",
        "基础基512",
        "E10",
        "6500.5",
        6500.5,
    )
    assert area["sha256"] == "ab" * 32
    assert area["weight"] == pytest.approx(1120 / (1120 + 1.1 * 690))
    assert gym["weight"] == -area["weight"]  # pyright: ignore[reportOperatorIssue]
    assert area["contribution"] + gym["contribution"] == pytest.approx(numerator["value"])  # pyright: ignore[reportOperatorIssue]
    assert numerator["file"] is None, "no one cell holds it"
    assert (denominator["value"], denominator["cell"], denominator["as_written"]) == (1120.0, "H7", "1,120")
    assert pupils["weight"] == 1.0
    assert found.disagreements == []
    figure = found.figures[0]
    assert figure.unit == "㎡/生"
    assert figure.value == pytest.approx(numerator["value"] / 1120)  # pyright: ignore[reportOperatorIssue]


def test_a_figure_that_its_addends_do_not_make_is_reported(published: Published) -> None:
    """B7's published numerator is another number than the 30 rooms of its cells."""
    found = trace(published.connection, fake.YEAR, fake.COUNTY, "B7", SCHOOL)
    assert found.disagreements == ["B7 primary numerator"]
    rooms = [row for row in found.rows if row["role"] == "addend" and row["part"] == "numerator"]
    assert [(row["cell"], row["value"]) for row in rooms] == [("L9", 24.0), ("N9", 6.0)], "a value of two cells"


def test_rooms_are_counted_not_added_up(published: Published) -> None:
    found = trace(published.connection, fake.YEAR, fake.COUNTY, "B10", SCHOOL, item="音乐")
    total, counted, small = found.rows
    assert total["value"] == 1.0 and total["cell"] is None
    assert (counted["value"], counted["weight"], counted["contribution"]) == (96.0, 1.0, 1.0)
    assert (small["value"], small["weight"], small["contribution"]) == (56.5, 0.0, 0.0)
    both = trace(published.connection, fake.YEAR, fake.COUNTY, "B10", SCHOOL)
    assert [figure.item for figure in both.figures] == ["美术", "音乐"]


def test_county_ratio_conclusion_and_balance(published: Published) -> None:
    ratio = trace(published.connection, fake.YEAR, fake.COUNTY, "B18", WHOLE)
    assert (ratio.figures[0].value, ratio.figures[0].unit) == (0.12, "比值"), "not the quantity of the same name"
    assert [row["cell"] for row in ratio.rows] == ["C9", "C9", "C8", "C8"]
    conclusion = trace(published.connection, fake.YEAR, fake.COUNTY, "B8", WHOLE)
    assert [(row["role"], row["as_written"], row["cell"]) for row in conclusion.rows] == [("conclusion", "达标", "E2")]
    assert conclusion.figures[0].text == "达标"
    balance = trace(published.connection, fake.YEAR, fake.COUNTY, "B4", WHOLE, level="primary")
    assert (balance.figures[0].value, balance.figures[0].cv) == (0.5, 0.5)
    assert {row["school_name"] for row in balance.rows if row["role"] == "addend"} == {"桓台县实验学校"}


def test_what_is_not_there_is_said_with_what_is(published: Published) -> None:
    with pytest.raises(FigureError) as error:
        trace(published.connection, fake.YEAR, fake.COUNTY, "B1", SCHOOL)
    assert error.value.indicators == ("B4", "B7", "B10")
    with pytest.raises(FigureError, match="学段 junior；有：primary"):
        trace(published.connection, fake.YEAR, fake.COUNTY, "B4", SCHOOL, level="junior")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (fake.NINE_YEAR, fake.NINE_YEAR),
        ("桓台县实验学校", fake.NINE_YEAR),
        (" 实验小学 ", "3370321005"),
        (fake.FORMULA_SCHOOL, "3370321002"),
        ("' OR 1=1 --", None),
        (fake.COUNTY, fake.COUNTY),
        ("桓台县", fake.COUNTY),
    ],
)
def test_subjects_by_code_or_name(published: Published, wanted: str, code: str | None) -> None:
    if code is None:
        with pytest.raises(SubjectError, match="没有"):
            find_subject(published.connection, fake.YEAR, fake.COUNTY, "桓台县", wanted)
    else:
        assert find_subject(published.connection, fake.YEAR, fake.COUNTY, "桓台县", wanted).id == code


def test_ambiguous_and_nearly_right_subjects_are_listed(published: Published) -> None:
    with pytest.raises(SubjectError, match="2 所") as several:
        find_subject(published.connection, fake.YEAR, fake.COUNTY, "桓台县", "实验")
    assert several.value.candidates == ((fake.NINE_YEAR, "桓台县实验学校"), ("3370321005", "桓台县实验小学"))
    with pytest.raises(SubjectError) as near:
        find_subject(published.connection, fake.YEAR, fake.COUNTY, "桓台县", "370321001")
    assert near.value.candidates == ((fake.NINE_YEAR, "桓台县实验学校"),), "the zero that a spreadsheet ate"


def test_all_at_once_is_the_same_as_one_by_one(published: Published) -> None:
    """The pages trace every figure in one go; the command traces one."""
    where = (published.connection, fake.YEAR, fake.COUNTY)
    schools, whole = trace_schools(*where), trace_county(*where)
    assert {one.subject.id for one in schools} >= {fake.NINE_YEAR}
    assert {one.subject.id for one in whole} == {fake.COUNTY}
    assert not {one.indicator for one in whole} & set(SECTION_INDICATORS)
    for one in [*schools, *whole]:
        alone = trace(*where, one.indicator, one.subject)
        assert (one.figures, one.disagreements) == (alone.figures, alone.disagreements), (one.subject, one.indicator)
