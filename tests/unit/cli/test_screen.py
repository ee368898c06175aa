"""A figure on a terminal is whole, however narrow it is: half of one is another figure."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from publication import fake_warehouse as fake

from cli.conftest import Ran
from orchestration.cli import query
from orchestration.cli.output import Result
from orchestration.publication import wording

Junheng = Callable[..., Ran]

_TEXTS = st.text(st.sampled_from("县学校第初 中，。（a-z._12345678907/=%\n"), max_size=40)
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(allow_nan=False, allow_infinity=False),
    _TEXTS,
    st.lists(_TEXTS, max_size=3),
)


@st.composite
def _answers(draw: st.DrawFn) -> tuple[list[str], list[dict[str, object]]]:
    names = draw(st.lists(st.text("abcd县学_1", min_size=1, max_size=20), min_size=1, max_size=20, unique=True))
    count = draw(st.integers(0, 4))
    kinds = [draw(st.sampled_from([st.integers(0, 10**9), st.floats(0, 10**7), _TEXTS, _VALUES])) for _ in names]
    return names, [{name: draw(kind) for name, kind in zip(names, kinds, strict=True)} for _ in range(count)]


def _shown(names: list[str], rows: list[dict[str, object]]) -> str:
    result = Result("查询", names, rows, None, None, None, None)
    with redirect_stdout(io.StringIO()) as out:
        query._show(result)  # pyright: ignore[reportPrivateUsage]
    return out.getvalue()


@given(answer=_answers(), columns=st.integers(20, 200))
@settings(max_examples=300, deadline=None)
def test_every_number_of_an_answer_is_whole(answer: tuple[list[str], list[dict[str, object]]], columns: int) -> None:
    names, rows = answer
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", str(columns))
        out = _shown(names, rows)
    for row in rows:
        for value in row.values():
            text = query._text(value)  # pyright: ignore[reportPrivateUsage]
            for number in wording.numbers(wording.clean(text)):
                assert re.search(rf"(?<![0-9]){re.escape(number)}(?![0-9])", out) or number in _letters(text), number
    assert out.rstrip().endswith(f"{len(rows)} 行")


def _letters(text: str) -> set[str]:
    """Numbers that stand close to digits of another: 12.34.56 and the like are no figures."""
    found = wording.numbers(text)
    return {one for one in found if re.search(rf"[0-9.+-]{re.escape(one)}|{re.escape(one)}[0-9.]", text)}


@pytest.mark.parametrize("columns", [20, 40, 80])
def test_what_does_not_fit_is_told_value_by_value(
    junheng: Junheng, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    out = junheng("query", "select school_name, 2350 as pupils, * from sections order by all limit 2").out
    assert out.count("\npupils：2350\n") == 2 and out.count("─" * 20) == 1
    assert out.endswith("2 行\n")
    assert "counties_not_met" in junheng("query", "from area_verdicts").out


def test_what_fits_is_a_table(junheng: Junheng) -> None:
    out = junheng("query", "select 2350 as pupils, '甲' as school").out
    assert re.search(r"^ *2350 +甲 *$", out, re.MULTILINE)


@pytest.mark.parametrize("command", ["gaps", "verdicts", "metrics", "status"])
@pytest.mark.parametrize("columns", [*range(20, 60, 4), 60, 80, 120])
def test_every_number_of_the_readers_tables_is_whole(
    junheng: Junheng, monkeypatch: pytest.MonkeyPatch, command: str, columns: int
) -> None:
    arguments = (command, "2017", fake.COUNTY) if command != "status" else (command,)
    told: dict[int, set[str]] = {}
    for width in (columns, 59, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        told[width] = set(wording.numbers(junheng(*arguments).out))
    # Wide enough for everything, in the layout that this width has.
    assert told[200 if columns >= 76 else 59] - told[columns] == set()
