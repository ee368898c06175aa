"""Of what kind a value that was read from a file is. Light: standard library only.

What a pointer or a refusal names becomes folders and SQL, and may come from outside: each function returns the value
as its kind, or raises ValueError, and believes nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

_RUN_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,99}")
_COUNTY = re.compile(r"[0-9]{6}")
_YEARS = range(1900, 2100)
_YEARS_OF_CLOCKS = range(1970, 9000)


def is_run_id(value: object) -> bool:
    """Whether this may be the name of a run, and so of a folder."""
    return isinstance(value, str) and _RUN_ID.fullmatch(value) is not None


def moment(text: str) -> datetime:
    """What `utc_now` wrote. Raises ValueError, also where it has no zone (then it does not compare with others) and
    where it is so far off that no local time can be told of it."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in _YEARS_OF_CLOCKS:
        raise ValueError(f"{_short(text)} 不是时刻")
    return found


def or_none(check: Callable[[object], str], value: object) -> str | None:
    """The value, checked, or None."""
    return None if value is None else check(value)


def whole(value: object) -> int:
    """A whole number, not negative."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{_short(value)} 应是整数")
    return value


def a_year(value: object) -> int:
    """A statistics year."""
    if whole(value) not in _YEARS:
        raise ValueError(f"{_short(value)} 不是学年")
    return whole(value)


def a_county(value: object) -> str:
    """A six-digit county code."""
    if not _COUNTY.fullmatch(text := a_text(value)):
        raise ValueError(f"{_short(value)} 不是 6 位区划代码")
    return text


def a_run_id(value: object) -> str:
    """The name of a run."""
    if not is_run_id(text := a_text(value)):
        raise ValueError(f"{_short(value)} 不是运行编号")
    return text


def a_moment(value: object) -> str:
    """A moment that `utc_now` wrote."""
    moment(text := a_text(value))
    return text


def a_text(value: object) -> str:
    """A text that UTF-8 can write."""
    if not isinstance(value, str):
        raise ValueError(f"{_short(value)} 应是文字")
    value.encode()  # JSON can spell what UTF-8 cannot write again
    return value


def _short(value: object) -> str:
    return repr(value)[:60]
