"""Where things are, and the switches that keep every library quiet and offline."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from functools import cache
from pathlib import Path

from orchestration import __version__

ROOT = Path(__file__).resolve().parent.parent
DBT_PROJECT = ROOT / "dbt_project"
DEFAULT_STANDARD = "national-2017"

_QUIET = {
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "TQDM_DISABLE": "1",
}


def go_quiet() -> None:
    """Switch off telemetry and chatter. Call before importing dagster, dbt or Great Expectations."""
    os.environ.update(_QUIET)


def default_var() -> Path:
    """``JUNHENG_VAR``, else ``./var``."""
    return Path(os.environ.get("JUNHENG_VAR") or "var")


def today() -> dt.date:
    """The day that decides which corrections have run out: ``JUNHENG_TODAY`` (ISO), else the calendar's.

    Raises ValueError for a value that is no date.
    """
    stated = os.environ.get("JUNHENG_TODAY")
    return dt.date.fromisoformat(stated) if stated else dt.datetime.now().astimezone().date()


def _code_files() -> list[Path]:
    """Everything of ours that decides a published row or paper: rooms' code, suites, layouts, dbt project.

    Not how the program is delivered, nor its command line: a new list of advisories makes no county another.
    """
    rooms = ("orchestration", "expectations", "dbt_project")
    apart = {ROOT / "orchestration" / "delivery", ROOT / "orchestration" / "cli"}
    endings = {".py", ".sql", ".yml", ".csv", ".json"}
    return sorted(
        path
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.suffix in endings and "target" not in path.parts and not apart & set(path.parents) and path.is_file()
    )


@cache
def code_digest() -> str:
    """sha256 over our own code and declarations, with the version: the code's part of a load's fingerprint."""
    digest = hashlib.sha256(__version__.encode())
    for path in _code_files():
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
