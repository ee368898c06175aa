"""The register of what was received: every revision of every file, with when it was first seen.

One JSON file a partition under ``<var>/register/YEAR/``, kept across loads, refused ones included. The same file
again is no change; another content under the same school or name is the next revision. Never read by the warehouse,
so that the figures do not depend on when they were loaded.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from orchestration.publication import durable
from orchestration.publication.kinds import a_moment, a_text, or_none, whole
from orchestration.returns.partition_files import Received


class RegisterError(Exception):
    """The register cannot be understood; the message (Chinese) says what to do."""


@dataclass(frozen=True)
class Entry:
    """One revision. ``key`` is the school code, or the file's name where no school stands behind it; ``present`` is
    False for what a later revision superseded and for what was withdrawn. ``received_at`` is ISO 8601, UTC."""

    key: str
    revision: int
    received_at: str
    present: bool
    file: str
    sha256: str
    size: int
    edition: str | None
    school_code: str | None


def register_path(var: Path, year: int, county: str) -> Path:
    """Where a partition's register lies."""
    return var / "register" / str(year) / f"{county}.json"


def read_register(var: Path, year: int, county: str) -> list[Entry]:
    """Every revision ever received, in order. Raises RegisterError."""
    path = register_path(var, year, county)
    try:
        content = cast("dict[str, Any]", json.loads(path.read_bytes()))
        return [_checked(Entry(**entry)) for entry in content["received"]]
    except FileNotFoundError:
        return []
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise RegisterError(f"收件登记 {path} 无法读取（{error}）。它只由程序写入；请从备份恢复或移走。") from error


def _checked(entry: Entry) -> Entry:
    """The entry, every field of which is of its kind: it may have come with a backup. Raises ValueError."""
    for text in (entry.key, entry.file, entry.sha256):
        a_text(text)
    for text in (entry.edition, entry.school_code):
        or_none(a_text, text)
    a_moment(entry.received_at)
    whole(entry.revision)
    whole(entry.size)
    return entry


def register(var: Path, year: int, county: str, received: Sequence[Received], at: str) -> list[Received]:
    """Enter what a load received at the moment ``at``; the same rows with when each was first seen, and its revision.

    Written atomically, and only where something is new. Call under the load lock. Raises RegisterError.
    """
    before = read_register(var, year, county)
    newest = {entry.key: entry for entry in before}  # entries of one key stand in the order of their revisions
    entries = [replace(entry, present=False) for entry in before]
    registered: list[Received] = []
    taken: set[str] = set()
    for file in sorted(received, key=lambda file: file.file):
        key = file.school_code if file.school_code and file.school_code not in taken else file.file
        taken.add(key)
        last = newest.get(key)
        if last is not None and last.sha256 == file.sha256:
            entry = replace(last, present=True, file=file.file, edition=file.edition)
            entries = [entry if (old.key, old.revision) == (key, last.revision) else old for old in entries]
        else:
            revision = last.revision + 1 if last else 1
            entry = Entry(
                key, revision, at, True, file.file, file.sha256, file.size, file.edition, file.school_code
            )  # fmt: skip
            entries.append(entry)
        registered.append(replace(file, received_at=entry.received_at, revision=entry.revision))
    if entries != before:
        content = {"year": year, "county": county, "received": [asdict(entry) for entry in entries]}
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        durable.write_atomic(register_path(var, year, county), text.encode())
    return registered
