"""How people write values, and how they are read: every reading rule of LAYOUT §0 stands here and nowhere else.

A cell is cast to exactly one of: a value, nothing (blank or a not-applicable mark), or a complaint (fault code and
what was expected). A number is never rescaled to fit.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal, InvalidOperation

from orchestration.returns.layout import urban_rural_codes
from orchestration.returns.text import display

NOT_APPLICABLE = frozenset({"*", "-", "--", "—", "——", "–", "―", "─", "−", "/"})  # after NFKC: ＊ － ／ are among them
GRADES = ("Ⅰ", "Ⅱ", "Ⅲ", "Ⅳ")
_GRADE_FORMS = {"I": "Ⅰ", "II": "Ⅱ", "III": "Ⅲ", "IV": "Ⅳ"}  # what NFKC turns the numerals into
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")  # pasted along from web pages and PDFs
_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA"})
_YEAR = r"(?:1[89]|20)[0-9]{2}"
_YEAR_MONTH = re.compile(
    rf"({_YEAR})年?|({_YEAR})(0[1-9]|1[0-2])(?:[0-3][0-9])?"
    rf"|({_YEAR})[-/.年](0?[1-9]|1[0-2])(?:[-/.月](?:[0-3]?[0-9]日?)?)?"
)
_DATE = re.compile(rf"({_YEAR})(?:([0-9]{{2}})([0-9]{{2}})|[-/.年]([0-9]{{1,2}})[-/.月]([0-9]{{1,2}})日?)")
MAX_COUNT = Decimal(10_000_000)
MAX_AMOUNT = Decimal(10) ** 13


@dataclass(frozen=True)
class Reading:
    """What a cell says. ``blank`` is '' (a value), 'empty' or 'mark' (a not-applicable sign).

    ``complaint`` is a fault code with ``expected`` its mending; ``note`` a query code where the value was readable
    but oddly written.
    """

    value: Decimal | str | None = None
    blank: str = ""
    complaint: str | None = None
    expected: str | None = None
    note: str | None = None


def cast(raw: object, kind: str) -> Reading:
    """Cast one raw cell to a field kind of ``layouts/fields.csv``. Raises KeyError for an unknown kind."""
    if raw == "" or raw is None:
        return Reading(blank="empty")
    if isinstance(raw, str):
        text = plain(raw)
        if not text:
            return Reading(blank="empty")
        if text in NOT_APPLICABLE:
            return Reading(blank="mark")
        if text in _ERRORS:
            return Reading(complaint="error_value", expected="数值")
    return _KINDS[kind](raw)


def plain(raw: object) -> str:
    """A cell's text in ordinary width, without white space at its ends and without invisible characters."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", display(raw))).strip()


def _number(raw: object) -> Reading:
    if isinstance(raw, (bool, dt.date | dt.time | dt.timedelta)):
        return Reading(complaint="not_a_number", expected="数字")
    if isinstance(raw, int | float):
        try:
            value = Decimal(repr(raw))
        except InvalidOperation:
            return Reading(complaint="not_a_number", expected="数字")
        return Reading(value=value) if value.is_finite() else Reading(complaint="not_a_number", expected="数字")
    text = plain(raw).replace("\u2212", "-")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _PLAIN.fullmatch(text):
        return Reading(complaint="not_a_number", expected="数字")
    return Reading(value=Decimal(text), note="number_as_text")


def _decimal(raw: object, limit: Decimal = MAX_AMOUNT) -> Reading:
    reading = _number(raw)
    if isinstance(reading.value, Decimal):
        if reading.value < 0:
            return Reading(complaint="negative", expected="0 或正数")
        if reading.value >= limit:
            return Reading(complaint="number_out_of_range", expected=f"小于 {limit:,f} 的数")
    return reading


def _exact_decimal(raw: object) -> Reading:
    """Amounts keep at most four decimals; what carries more is binary noise of the spreadsheet and is rounded off."""
    reading = _decimal(raw)
    if isinstance(reading.value, Decimal):
        return Reading(value=reading.value.quantize(Decimal("0.0001")), note=reading.note)
    return reading


def _count(raw: object) -> Reading:
    reading = _decimal(raw, MAX_COUNT)
    if isinstance(reading.value, Decimal):
        if reading.value != reading.value.to_integral_value():
            return Reading(complaint="not_an_integer", expected="整数")
        return Reading(value=reading.value.quantize(Decimal(1)), note=reading.note)
    return reading


def _fraction(raw: object) -> Reading:
    """A fraction keeps four decimals, cut off and not rounded: 0.14996 lies below 0.15 and must not become it.

    Binary noise of the spreadsheet (0.7 − 0.55) is rounded off at ten decimals first.
    """
    reading = _number(raw)
    if not isinstance(reading.value, Decimal):
        return reading
    if not 0 <= reading.value <= 1:
        return Reading(complaint="fraction_out_of_range", expected="0 到 1 之间的小数")
    value = reading.value.quantize(Decimal("1e-10")).quantize(Decimal("0.0001"), ROUND_DOWN)
    return Reading(value=value, note=reading.note)


def _text(raw: object) -> Reading:
    """Names and remarks stay as written, white space at the ends aside."""
    text = display(raw).strip()
    return Reading(value=text) if text else Reading(blank="empty")


def _code(raw: object) -> Reading:
    """Short codes of the standard (type, operator, 城乡): none begins with 0, so that a numeric cell loses nothing."""
    text = plain(raw)
    if not re.fullmatch(r"[0-9A-Za-z]{1,20}", text):
        return Reading(complaint="bad_code", expected="数字代码")
    return Reading(value=text)


def _operator_code(raw: object) -> Reading:
    """举办者: three digits, whatever they are; the standard has more of them than B20 asks for."""
    text = plain(raw)
    if not re.fullmatch(r"[0-9]{3}", text):
        return Reading(complaint="bad_code", expected="三位数字代码，如 831、999")
    return Reading(value=text)


def _urban_rural_code(raw: object) -> Reading:
    text = plain(raw)
    if text not in urban_rural_codes():
        known = "、".join(f"{code} {name}" for code, name in urban_rural_codes().items())
        return Reading(complaint="unknown_code", expected=known)
    return Reading(value=text)


def _school_code(raw: object) -> Reading:
    """Ten digits, text. A numeric cell of ten digits is complete; one of nine lost its 0, which nobody may guess."""
    text = plain(raw)
    if isinstance(raw, bool) or not re.fullmatch(r"[0-9]{10}", text):
        return Reading(complaint="bad_code", expected="10 位标识码（文本）")
    return Reading(value=text, note=None if isinstance(raw, str) else "code_as_number")


def _choice(options: dict[str, str], raw: object) -> Reading:
    text = re.sub(r"\s+", "", plain(raw))
    if text not in options:
        return Reading(complaint="bad_choice", expected="、".join(dict.fromkeys(options.values())))
    return Reading(value=options[text])


def _year(raw: object) -> Reading:
    reading = _count(raw)
    if isinstance(reading.value, Decimal) and not 1800 <= reading.value <= 2100:
        return Reading(complaint="number_out_of_range", expected="四位年份")
    return reading


def _year_month(raw: object) -> Reading:
    """201709, 2017-09, 2017年9月, with or without a day, or the year alone; a date cell; as YYYYMM or YYYY."""
    if isinstance(raw, dt.date):
        return Reading(value=f"{raw.year:04d}{raw.month:02d}")
    written = _YEAR_MONTH.fullmatch(re.sub(r"\s+", "", plain(raw)))
    if written is None:
        return Reading(complaint="bad_date", expected="年月，如 201709")
    year, *month = (part for part in written.groups() if part)
    return Reading(value=f"{year}{int(month[0]):02d}" if month else year)


def _date(raw: object) -> Reading:
    """2018-09-30, 2018/9/30, 2018.9.30, 2018年9月30日, 20180930, or a date cell; as ISO."""
    if isinstance(raw, dt.datetime):
        return Reading(value=raw.date().isoformat())
    if isinstance(raw, dt.date):
        return Reading(value=raw.isoformat())
    written = _DATE.fullmatch(re.sub(r"\s+", "", plain(raw)))
    try:
        if written is not None:
            return Reading(value=dt.date(*(int(part) for part in written.groups() if part)).isoformat())
    except ValueError:
        pass
    return Reading(complaint="bad_date", expected="日期，如 2018-09-30")


_YES_NO = {"是": "是", "否": "否", "有": "是", "无": "否", "1": "是", "0": "否"}
_CONCLUSIONS = {"达标": "达标", "不达标": "不达标"}
_OCCURRENCES = {"未发生": "未发生", "发生": "发生"}
_ROOM_KINDS = {"音乐": "音乐", "美术": "美术"}
_GRADE_OPTIONS = {**{grade: grade for grade in GRADES}, **_GRADE_FORMS}

_KINDS: dict[str, Callable[[object], Reading]] = {
    "count": _count,
    "decimal": _exact_decimal,
    "fraction": _fraction,
    "text": _text,
    "code": _code,
    "operator_code": _operator_code,
    "urban_rural_code": _urban_rural_code,
    "school_code": _school_code,
    "year": _year,
    "year_month": _year_month,
    "date": _date,
    "yes_no": lambda raw: _choice(_YES_NO, raw),
    "conclusion": lambda raw: _choice(_CONCLUSIONS, raw),
    "occurrence": lambda raw: _choice(_OCCURRENCES, raw),
    "room_kind": lambda raw: _choice(_ROOM_KINDS, raw),
    "grade": lambda raw: _choice(_GRADE_OPTIONS, raw),
}


def choices(kind: str) -> tuple[str, ...]:
    """What may be chosen in a field of this kind, in order; empty where the field is not a choice."""
    options = {
        "yes_no": _YES_NO,
        "conclusion": _CONCLUSIONS,
        "occurrence": _OCCURRENCES,
        "room_kind": _ROOM_KINDS,
        "grade": _GRADE_OPTIONS,
    }
    return tuple(dict.fromkeys(options.get(kind, {}).values()))
