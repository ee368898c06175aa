"""Which sheet is which form, and which edition a workbook is of: from the names of its sheets, never from the year."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from orchestration.returns.layout import Edition, editions
from orchestration.returns.text import normalise
from orchestration.returns.workbook import Sheet

_SEPARATORS = frozenset("_-(（[ .·:")
_CONTINUED = "续"  # 教基1102续 is a form of its own
_YEAR_STATED = re.compile(r"(\d{4})[/\-—–~至](\d{4})学年")


@dataclass
class FormSheets:
    """Sheets of a workbook by the form they carry; further sheets of one form, and those no table knows."""

    by_form: dict[str, str] = field(default_factory=lambda: {})
    doubles: list[tuple[str, str]] = field(default_factory=lambda: [])
    unknown: list[str] = field(default_factory=lambda: [])


def form_sheets(edition: Edition, names: Iterable[str]) -> FormSheets:
    """Match sheet names to forms: 教基2106, 教基2106_小学 and 教基2106（小学） are one form.

    In a workbook edition other sheets than those with its prefix are no forms (目录, 数据核查结果说明); in an export
    every sheet is one.
    """
    result = FormSheets()
    found: dict[str, list[str]] = {}
    for name in names:
        form = _form_of(edition, normalise(name))
        if form is not None:
            found.setdefault(form, []).append(name)
        elif normalise(name).startswith(edition.sheet_prefix):
            result.unknown.append(name)
    for form, sheets in found.items():
        first, *others = sorted(sheets, key=lambda name: (normalise(name) != normalise(form), sheets.index(name)))
        result.by_form[form] = first
        result.doubles += [(form, other) for other in others]
    return result


def hidden_forms(edition: Edition, hidden_names: Iterable[str]) -> dict[str, list[str]]:
    """Hidden sheets by the form whose name they bear."""
    sheets = form_sheets(edition, hidden_names)
    found = {form: [name] for form, name in sheets.by_form.items()}
    for form, name in sheets.doubles:
        found[form].append(name)
    return found


@cache
def _forms(edition: str) -> tuple[tuple[str, str], ...]:
    """Forms of an edition and how their names compare, longest first: 教基1102续 before 教基1102."""
    [forms] = [known.forms for known in editions() if known.edition == edition]
    return tuple((form.form, normalise(form.form)) for form in sorted(forms, key=lambda form: -len(form.form)))


def _form_of(edition: Edition, name: str) -> str | None:
    for form, text in _forms(edition.edition):
        if name == text:
            return form
        if name.startswith(text):
            following = name[len(text)]
            worded = edition.sheet_prefix and not following.isascii() and following != _CONTINUED
            if following in _SEPARATORS or worded:
                return form
    return None


def recognise_edition(kind: str, names: list[str], misfit: Callable[[Edition], int]) -> Edition | None:
    """The edition whose forms the sheets are named after, or None.

    ``kind`` is ``workbook`` or ``export``. Where several editions name their sheets alike, the one that ``misfit``
    (fields not found in this file) speaks least against.
    """
    counted: list[tuple[int, Edition]] = []
    for edition in editions():
        if edition.kind == kind:
            sheets = form_sheets(edition, names)
            known = len(sheets.by_form)
            counted.append((known + len(sheets.unknown) if edition.sheet_prefix else known, edition))
    best = max((count for count, _ in counted), default=0)
    candidates = [edition for count, edition in counted if count == best]
    if not best or len(candidates) == 1:
        return candidates[0] if best else None
    return min(candidates, key=misfit)


def stated_year(sheet: Sheet, rows: int | None = None) -> tuple[int, int, tuple[int, int]] | None:
    """The school year a sheet states (2017/2018学年初), as (row, column, (2017, 2018)), looking at its first rows."""
    for row, cells in enumerate(sheet.grid[:rows]):
        for column, cell in enumerate(cells):
            if isinstance(cell, str) and (stated := _YEAR_STATED.search(normalise(cell))):
                return row, column, (int(stated[1]), int(stated[2]))
    return None
