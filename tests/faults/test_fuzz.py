"""Whatever stands in a cell, whatever a file is made of: no traceback, no hang, bounded memory, a fault with a place.

A fixed budget; `make fuzz` goes on for longer.
"""

from __future__ import annotations

import copy
import datetime as dt
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.returns.faults import SEVERITIES, catalogue
from orchestration.returns.landing import build_frames
from orchestration.returns.partition import PartitionReturns, read_partition
from orchestration.returns.school_return import SchoolReturn
from orchestration.returns.school_workbook import read_open_book
from orchestration.returns.workbook import Sheet, Workbook, open_workbook
from tests.returns_tools import COUNTY, HUANTAI, NINE_YEAR, PRIMARY, SPECIAL, YEAR, copy_small

BUDGET = settings(max_examples=200)
SEEDS = range(54)

# What calamine can hand over, and texts that people and attackers write.
RAW = st.one_of(
    st.text(max_size=40),
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(min_value=0, max_value=100),
    st.integers(min_value=-(10**30), max_value=10**30),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.sampled_from(("", " ", "*", "—", "０", "1,234", "1e5", "٣", "9" * 400, "=1+1", "<b>", "\0", "\ud800", "#REF!")),
)


@cache
def book_of(file: str) -> Workbook:
    """A Huantai workbook with every sheet read."""
    book = open_workbook(HUANTAI, file)
    for name in book.sheet_names:
        book.sheet(name)
    return book


def changed(file: str, changes: list[tuple[int, int, int, object]]) -> Workbook:
    """The workbook with cells replaced: (sheet, row, column, value), each number taken round."""
    book = copy.copy(book_of(file))
    book._sheets = {
        name: Sheet(name, [list(row) for row in sheet.grid], sheet.merges, sheet.hollow)
        for name, sheet in book._sheets.items()
    }
    for sheet_number, row, column, value in changes:
        grid = book.sheet(book.sheet_names[sheet_number % len(book.sheet_names)]).grid
        cells = grid[row % len(grid)]
        cells[column % len(cells)] = value
    return book


NUMBERS = st.integers(min_value=0, max_value=10_000)
# Calamine's texts are Rust's: half of a surrogate pair, which polars refuses, cannot come from a file.
FROM_A_FILE = RAW.filter(lambda value: value != "\ud800")


@BUDGET
@given(
    file=st.sampled_from((PRIMARY, NINE_YEAR, SPECIAL)),
    changes=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, RAW), min_size=1, max_size=6),
)
def test_any_value_in_any_cell(file: str, changes: list[tuple[int, int, int, object]]) -> None:
    school = SchoolReturn(file)
    read_open_book(changed(file, changes), school, YEAR, COUNTY)
    for found in school.findings.faults:
        assert found.code in catalogue()
        assert found.severity in SEVERITIES
        assert found.file == file
        assert found.message.endswith("。")
    for value in school.findings.values:
        if isinstance(value.value, Decimal):
            assert value.value.is_finite()
            assert 0 <= value.value < 10**13
        else:
            assert value.value is None or isinstance(value.value, str)


@settings(BUDGET, max_examples=25)
@given(changes=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS, FROM_A_FILE), min_size=20, max_size=60))
def test_what_was_read_can_be_landed(changes: list[tuple[int, int, int, object]]) -> None:
    """Errors as missing, so that a provisional load goes on."""
    school = SchoolReturn(NINE_YEAR)
    read_open_book(changed(NINE_YEAR, changes), school, YEAR, COUNTY)
    if school.code and school.school_type:
        returns = PartitionReturns(YEAR, COUNTY, schools={school.code: school}, values=school.findings.values)
        assert build_frames(returns, "national-2017", True)["schools"].height == 1


@pytest.mark.skipif(sys.platform == "win32", reason="limits of address space are POSIX")
def test_mutated_files(tmp_path: Path) -> None:
    from tests.faults.fuzzing import fuzz

    copy_small(tmp_path)
    problems = {seed: problem for seed, problem in fuzz(tmp_path, SEEDS) if problem}
    assert problems == {}


def test_a_broken_file_among_sound_ones_changes_nothing_of_theirs(tmp_path: Path) -> None:
    folder = copy_small(tmp_path)
    sound = read_partition(tmp_path, YEAR, COUNTY)
    (folder / PRIMARY).write_bytes((folder / PRIMARY).read_bytes()[:2000])
    broken = read_partition(tmp_path, YEAR, COUNTY)
    kept = [value for value in sound.values if value.file != PRIMARY]
    assert [value for value in broken.values if value.file != PRIMARY] == kept


def test_dates_are_no_numbers(tmp_path: Path) -> None:
    school = SchoolReturn(PRIMARY)
    book = changed(PRIMARY, [])
    book.sheet("基础基312").grid[6][7] = dt.datetime(2017, 9, 1)  # noqa: DTZ001 - as calamine gives it
    read_open_book(book, school, YEAR, COUNTY)
    assert "not_a_number" in {found.code for found in school.findings.faults}
