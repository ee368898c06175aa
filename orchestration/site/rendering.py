"""The templates, and what they know of numbers, codes and links; everything put into a page is escaped."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.publication import wording
from orchestration.publication.reader import Row
from orchestration.publication.wording import INDICATORS
from orchestration.site import words
from orchestration.site.facts import FigureKey, figure_key
from orchestration.site.sums import term

if TYPE_CHECKING:
    from jinja2 import Environment

PACKAGE = Path(__file__).parent


@cache
def environment() -> Environment:
    """The templates and their filters; everything put into a page is escaped."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(PACKAGE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=words.finalise,
    )
    named: tuple[Callable[..., object], ...] = (
        words.fixed, words.whole, words.plain, words.exact, words.verdict, words.anchor, words.figure_link,
        words.school_link, words.number_cell, words.limit_cell, words.amount_cell, words.published,
        words.percent_cell, words.observed_cell, words.required_cell, words.shortfall_cell, words.setting,
        words.word, wording.joined, wording.deadline, wording.subject, wording.place, wording.figure,
        wording.counted, wording.school_year, figure_key, term,
    )  # fmt: skip
    filters: dict[str, Any] = {function.__name__: function for function in named}
    filters.update(ordinal=INDICATORS.index, figure_name=figure_name, change_side=change_side)
    made.filters.update(filters)
    return made


def figure_name(key: FigureKey) -> str:
    """B4 小学, B10 音乐."""
    return " ".join(part for part in (key[0], wording.LEVELS.get(key[1] or "", ""), key[2]) if part)


def change_side(row: Row, side: str) -> str:
    """What a changed file, value or verdict was, or is."""
    value = row[side]
    if value is None:
        return words.NOTHING if {"old": "added", "new": "removed"}[side] == row["change"] else words.NOT_REPORTED
    if row["kind"] == "file":
        return str(value)[:12]
    return words.plain(value) if isinstance(value, float) else words.word(value, side)
