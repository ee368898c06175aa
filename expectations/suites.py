"""Reads the suites of a standard edition and refuses those that cannot be judged safely.

A suite is a native Great Expectations 1.x suite, one JSON file a judged table. The files are owned by hand:
they are read here as JSON, without importing Great Expectations (six seconds), and are never written.

To add a test: copy an expectation, change `kwargs`, `description` and `meta`; the error text of
`load_suites` says what is missing and which `id` belongs to it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import cast

from expectations.suite_reading import (
    EVERY_ROW,
    JUDGED_TABLES,
    LEVEL_ORDER,
    TEST_ORDER,
    TESTS_OF_A_TABLE_MAX,
    Json,
    JudgedTest,
    Parameter,
    Suite,
    read_suite,
)

__all__ = [
    "EVERY_ROW",
    "JUDGED_TABLES",
    "LEVEL_ORDER",
    "TEST_ORDER",
    "JudgedTest",
    "Parameter",
    "Suite",
    "SuiteError",
    "edition_folder",
    "editions",
    "load_suites",
    "suites_digest",
]

_OF_AN_INDICATOR = ("position", "title", "clause", "responsible_units", "statement_phrase", "mean_decimals")
_PACKAGE = Path(__file__).parent
OWN_STANDARDS = "JUNHENG_STANDARDS"  # a folder of editions that are kept outside the program


class SuiteError(ValueError):
    """The suites of an edition are absent or cannot be used; the text lists every fault found."""


def editions() -> dict[str, Path]:
    """The standard editions and their folders: those here, e.g. `national-2017`, then those in `JUNHENG_STANDARDS`.

    One of the same name in `JUNHENG_STANDARDS` does not take the place of ours.
    """
    own = os.environ.get(OWN_STANDARDS)
    found: dict[str, Path] = {}
    for place in [_PACKAGE, *([Path(own)] if own else [])]:
        for folder in sorted(place.iterdir()) if place.is_dir() else []:
            if folder.is_dir() and any(folder.glob("judged_*.json")):
                found.setdefault(folder.name.replace("_", "-"), folder)
    return found


def edition_folder(edition: str) -> Path:
    """The folder of an edition. Raises SuiteError, naming the known ones, if there is none."""
    known = editions()
    if edition not in known:
        raise SuiteError(f"没有标准“{edition}”；现有：{'、'.join(known) or '无'}")
    return known[edition]


def load_suites(edition: str, folder: Path | None = None) -> tuple[Suite, ...]:
    """The suites of an edition, in the order of JUDGED_TABLES.

    `folder` stands in for the edition's own. Raises SuiteError with all faults of all files.
    """
    folder = folder or edition_folder(edition)
    faults: list[str] = []
    suites: list[Suite] = []
    known = {f"{table}.json" for table in JUDGED_TABLES}
    present = {path.name for path in folder.glob("*.json")}
    faults += [f"{name}：缺少此文件" for name in sorted(known - present)]
    faults += [f"{name}：不是已知的评判表" for name in sorted(present - known)]
    for table in JUDGED_TABLES:
        path = folder / f"{table}.json"
        if path.name in present:
            native = _read_json(path, faults)
            if native is not None:
                suites.append(read_suite(edition, table, native, faults))
    if not faults:
        _check_across(suites, faults)
    if faults:
        raise SuiteError(f"标准“{edition}”的规则文件有误：\n" + "\n".join(f"  · {fault}" for fault in faults))
    return tuple(suites)


def suites_digest(edition: str) -> str:
    """sha256 (hex) over the content of an edition's suites; line ends and indentation do not count."""
    digest = hashlib.sha256()
    for path in sorted(edition_folder(edition).glob("judged_*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        digest.update(f"{path.name}\n{json.dumps(content, sort_keys=True)}\n".encode())
    return digest.hexdigest()


def _read_json(path: Path, faults: list[str]) -> Json | None:
    try:
        content: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        faults.append(f"{path.name}：不是有效的 JSON（{error}）")
        return None
    if not isinstance(content, dict):
        faults.append(f"{path.name}：应为一个对象")
        return None
    return cast(Json, content)


def _check_across(suites: list[Suite], faults: list[str]) -> None:
    faults += [
        f"{suite.judged_table}.json：有 {len(suite.tests)} 项检验，至多 {TESTS_OF_A_TABLE_MAX} 项"
        for suite in suites
        if len(suite.tests) > TESTS_OF_A_TABLE_MAX
    ]
    tests = [test for suite in suites for test in suite.tests]
    seen: set[str] = set()
    for test in tests:
        if test.test_id in seen:
            faults.append(f"{test.test_id}：test_id 重复")
        seen.add(test.test_id)
    names: set[str] = set()
    for parameter in (parameter for suite in suites for parameter in suite.parameters):
        if parameter.name in names:
            faults.append(f"参数 {parameter.name}：只应写在一处")
        names.add(parameter.name)
    first: dict[str, JudgedTest] = {}
    for test in tests:
        reference = first.setdefault(test.indicator, test)
        faults += [
            f"{test.test_id}：meta.{key} 与 {reference.test_id} 不一致"
            for key in _OF_AN_INDICATOR
            if getattr(test, key) != getattr(reference, key)
        ]
