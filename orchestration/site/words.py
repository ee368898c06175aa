"""How the pages print numbers, codes and links: Jinja's filters, all pure.

A figure keeps as many decimals as show it on its own side of the line it is judged by (`wording` does the same for
the papers); in columns the decimals are fixed, so that they stand under each other.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from markupsafe import Markup, escape

from orchestration.publication import wording
from orchestration.publication.reader import Row
from orchestration.returns.layout import urban_rural_codes
from orchestration.site.facts import FigureKey

NOTHING = "—"
NOT_REPORTED = "缺报"
MARKS = {"met": "✓", "not_met": "✕", "missing": "？"}
_SIGNS = {"min": "≥", "max": "≤"}
_CODE = re.compile(r"[0-9]{6}|[0-9]{10}")


def finalise(value: object) -> object:
    """What every expression of a template goes through: nothing for None, no control or direction characters."""
    if value is None:
        return ""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return value if value.isprintable() else wording.clean(value)  # the second is slow, the first nearly always true


def fixed(value: object, limit: object = None, decimals: int = 2) -> str:
    """A number of a column: always this many decimals, more where it would else seem to stand on its limit."""
    number, line = number_of(value), number_of(limit)
    if number is None:
        return NOTHING
    places = wording.decimals_needed(number, line, decimals)
    if number == line:  # exactly on it: as many as the limit has, so that 3.825 is not 3.83
        places = max(places, len(plain(line).partition(".")[2]))
    return wording.rounded(number, places)


def whole(value: object) -> str:
    """A count."""
    return fixed(value, None, 0)


def plain(value: object, decimals: int = 4) -> str:
    """A number as one writes it in a sum: no trailing zeros."""
    number = number_of(value)
    return NOTHING if number is None else wording.trimmed(number, decimals)


def percent(value: object, decimals: int = 1) -> str:
    """A share as a percentage."""
    number = number_of(value)
    return NOTHING if number is None else f"{fixed(number * 100, None, decimals)}%"


def exact(value: object) -> str:
    """The number itself, for sorting and for comparing with the marts."""
    number = number_of(value)
    return "" if number is None else repr(int(number)) if number.is_integer() else repr(number)


def number_of(value: object) -> float | None:
    """A number as float, None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def observed(row: Row) -> str:
    """What was found of a judged row or gap, with its unit; the words of a conclusion; 缺报 where it is missing."""
    if row.get("observed") is not None:
        unit = "差异系数" if row.get("test") == "balance" else row.get("unit")
        return wording.figure(row["observed"], unit, row.get("required"))
    if row.get("verdict") == "missing":
        return NOT_REPORTED
    return wording.joined(row.get("text") or row.get("note")) or NOTHING


def required(row: Row, direction: object = None) -> str:
    """The line it is judged by, with its sign, never rounded; its unit stands at what was found."""
    if row.get("required") is None:
        return NOTHING
    unit = row.get("unit") if row.get("unit") == wording.RATIO_UNIT else ""
    return f"{sign(row, direction)}{wording.figure(row['required'], unit, None, 4)}"


def sign(row: Row, direction: object = None) -> str:
    """≥, ≤ or <, with a blank after it."""
    found = _SIGNS.get(str(direction or row.get("direction")), "")
    return f"{'<' if found == '≤' and row.get('strict') else found} " if found else ""


def published(value: object, unit: object) -> str:
    """A county's figure whose unit stands in a column of its own."""
    return wording.figure(value, unit if unit in {wording.RATIO_UNIT, "差异率", "差异系数"} else "")


def shortfall(row: Row) -> str:
    """The shortfall with its unit; a dash where there is none."""
    return wording.shortfall(row) if row.get("shortfall") is not None else NOTHING


def word(value: object, field: str) -> str:
    """The Chinese word of a code."""
    return wording.joined(wording.word(field, value))


def setting(code: object) -> str:
    """主城区, 镇中心区 …"""
    return urban_rural_codes().get(str(code or ""), wording.joined(code))


def verdict(value: object) -> Markup:
    """A verdict as a badge: a word, and a mark and colour by its style."""
    known = str(value)
    return Markup(f'<b class="v {known}">{wording.VERDICTS[known]}</b>' if known in MARKS else '<b class="v">不判</b>')  # noqa: S704


def anchor(key: FigureKey) -> str:
    """The id of a figure on its page."""
    return re.sub(r"\s+", "_", wording.clean("-".join(part for part in key if part)))


def figure_link(subject: str, key: FigureKey, root: str) -> str:
    """The address of a figure from a page whose county folder is at ``root``: a school's own page of figures, the
    indicator's page for the county."""
    page = f"figures/{file_stem(subject)}.html" if len(subject) != 6 else f"indicators/{key[0]}.html"
    return f"{root}{page}#{quote(anchor(key))}"


def school_link(code: str, root: str) -> str:
    """The address of a school's page."""
    return f"{root}schools/{file_stem(code)}.html"


def file_stem(code: str) -> str:
    """A file name for a code; codes are digits, and anything else cannot leave the folder."""
    return code if _CODE.fullmatch(code) else "x" + code.encode().hex()


def number_cell(value: object, limit: object = None, decimals: int = 2) -> Markup:
    """A table cell of a number: printed with fixed decimals, sorted by the number itself."""
    return _cell(value, fixed(value, limit, decimals))


def amount_cell(value: object) -> Markup:
    """A table cell of a numerator: people and rooms are whole, areas and money are not."""
    return _cell(value, plain(value, 2))


def limit_cell(value: object) -> Markup:
    """A table cell of a standard or floor, never rounded."""
    return _cell(value, plain(value))


def percent_cell(value: object, decimals: int = 1) -> Markup:
    """A table cell of a share."""
    return _cell(value, percent(value, decimals))


def observed_cell(row: Row) -> Markup:
    """A table cell of what was found."""
    return _cell(row.get("observed"), observed(row))


def required_cell(row: Row, direction: object = None) -> Markup:
    """A table cell of the line it is judged by."""
    return _cell(row.get("required"), required(row, direction))


def shortfall_cell(row: Row) -> Markup:
    """A table cell of the shortfall."""
    return _cell(row.get("shortfall"), shortfall(row))


def _cell(value: object, text: str) -> Markup:
    """The cell; the number itself stands in ``data-v`` where the text is not already just that."""
    number = exact(value)
    sorted_by = "" if text in {number, NOTHING} else f" data-v={number}" if number else ""
    return Markup(f"<td class=n{sorted_by}>{escape(finalise(text))}</td>")  # noqa: S704 - escaped, or digits
