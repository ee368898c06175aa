"""The version of the marts' contract: which columns of which types downstream may rely on.

``dbt_project/contract.json`` has every version with the sha256 of its columns, and the columns of the newest. Adding
is a minor version, changing or taking away a major one. After a change, run
``python -m orchestration.publication.contract``: it appends the next version; a test fails until that is done.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, cast

from orchestration.publication import declared
from orchestration.settings import DBT_PROJECT

CONTRACT = DBT_PROJECT / "contract.json"
Shape = dict[str, dict[str, str]]


def shape() -> Shape:
    """Mart → column → type, as the declarations have it now."""
    return {
        name: {column.name: column.type.lower() for column in table.columns}
        for (schema, name), table in declared.tables().items()
        if schema == "marts"
    }


def digest(tables: Mapping[str, Mapping[str, str]]) -> str:
    """sha256 of a shape; the order of tables and columns is no part of the promise."""
    return hashlib.sha256(json.dumps(tables, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@cache
def version() -> str:
    """The newest version, e.g. 1.0.0."""
    return str(_recorded(CONTRACT)["versions"][-1]["version"])


def order(version: str) -> tuple[int, ...]:
    """By which versions compare: 1.10.0 is after 1.9.0."""
    return tuple(int(part) for part in version.split("."))


def next_version(before: str, old: Mapping[str, Mapping[str, str]], new: Mapping[str, Mapping[str, str]]) -> str:
    """What must follow ``before``: the same where nothing changed, a minor one for additions, else a major one."""
    major, minor, patch = (int(part) for part in before.split("."))
    if digest(old) == digest(new):
        return f"{major}.{minor}.{patch}"
    kept = all(
        new.get(table, {}).get(column) == kind for table, columns in old.items() for column, kind in columns.items()
    )
    return f"{major}.{minor + 1}.0" if kept and set(old) <= set(new) else f"{major + 1}.0.0"


def record(path: Path, new: Mapping[str, Mapping[str, str]]) -> str:
    """Append the version that the change calls for, unless there is none; returns the newest."""
    known = _recorded(path)
    old = cast("Shape", known["tables"])
    latest = next_version(str(known["versions"][-1]["version"]), old, new)
    if digest(old) != digest(new):
        known["versions"].append({"version": latest, "sha256": digest(new)})
        known["tables"] = {table: dict(columns) for table, columns in new.items()}
        path.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return latest


def _recorded(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(path.read_bytes()))


if __name__ == "__main__":
    sys.stdout.write(record(CONTRACT, shape()) + "\n")
