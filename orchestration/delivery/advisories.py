"""Known vulnerabilities of what the lock pins: asked of a service, or looked up in a copy of an advisory database.

A service that answers nothing is not an all-clear. pip-audit itself ends with success where the service knows none of
the packages (a registry's mirror without its advisories answers just so); here that counts as not asked.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from orchestration.delivery.lock import Pin

RECORD = Path(__file__).resolve().parent / "advisories.json"


@dataclass(frozen=True, slots=True, order=True)
class Advisory:
    """One known vulnerability of one pinned release."""

    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]
    aliases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a source said: packages it knows of, packages it does not, and what it found."""

    source: str
    known: int
    unknown: tuple[str, ...]
    found: tuple[Advisory, ...]


class NoAnswer(Exception):
    """The source could not be asked."""


def ask_service(pins: Iterable[Pin], timeout: float = 180) -> Answer:
    """Ask pip-audit's service about every pin, whatever system it is for. Raises NoAnswer after ``timeout`` seconds."""
    known, unknown = 0, set[str]()
    found: set[Advisory] = set()
    for batch in _batches(pins):
        for entry in _pip_audit(batch, timeout):
            if "skip_reason" in entry:
                unknown.add(str(entry["name"]))
                continue
            known += 1
            found |= {
                Advisory(
                    canonicalize_name(entry["name"]), entry["version"], one["id"], tuple(one["fix_versions"]),
                    tuple(one.get("aliases", ())),
                )
                for one in entry["vulns"]
            }  # fmt: skip
    if not known:
        raise NoAnswer(f"漏洞库不认识 {len(unknown)} 个依赖中的任何一个")
    return Answer("pip-audit", known, tuple(sorted(unknown)), tuple(sorted(found)))


def _batches(pins: Iterable[Pin]) -> Iterator[list[Pin]]:
    """Lists in which no name occurs twice, as pip-audit wants them."""
    left: list[Pin] = list(pins)
    while left:
        batch: dict[str, Pin] = {pin.name: pin for pin in reversed(left)}
        yield list(batch.values())
        left = [pin for pin in left if batch[pin.name] is not pin]


def _pip_audit(pins: Iterable[Pin], timeout: float) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "pins.txt"
        listed.write_text("".join(f"{pin.requirement}\n" for pin in pins), encoding="utf-8")
        command = [
            sys.executable, "-m", "pip_audit", "--requirement", str(listed), "--no-deps", "--disable-pip",
            "--format", "json", "--progress-spinner", "off",
        ]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - our own interpreter
                command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=timeout
            )
        except subprocess.TimeoutExpired as error:
            raise NoAnswer(f"{timeout:.0f} 秒没有答复") from error
    try:
        return json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        last = (done.stderr.strip().splitlines() or ["没有输出"])[-1]
        raise NoAnswer(last.partition(":")[0]) from error


def ask_database(pins: Iterable[Pin], folder: Path, described: str) -> Answer:
    """Look every pin up in a folder of advisories in the OSV format (the PyPA database, or an export as JSON).

    ``described`` says whose it is and as of when. Raises NoAnswer where the folder holds none.
    """
    wanted: dict[str, list[Pin]] = {}
    for pin in pins:
        wanted.setdefault(pin.name, []).append(pin)
    found, read = set[Advisory](), 0
    for entry in _entries(folder):
        read += 1
        if entry.get("withdrawn"):
            continue
        for affected in entry.get("affected", ()):
            package = affected.get("package", {})
            if package.get("ecosystem") == "PyPI":
                name = canonicalize_name(package["name"])
                found |= {
                    Advisory(name, str(pin.version), entry["id"], _fixes(affected), tuple(entry.get("aliases", ())))
                    for pin in wanted.get(name, ())
                    if is_affected(pin.version, affected)
                }
    if not read:
        raise NoAnswer(f"{folder} 里没有漏洞条目")
    pinned = sum(len(same) for same in wanted.values())
    return Answer(f"{described}，{read} 条", pinned, (), tuple(sorted(found)))


def _entries(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json"):
            text = path.read_text(encoding="utf-8")
            entry = json.loads(text) if path.suffix == ".json" else yaml.load(text, _LOADER)  # noqa: S506 - a safe one
            if isinstance(entry, dict) and "affected" in entry and "id" in entry:
                yield cast("dict[str, Any]", entry)


# Dates stay text: they are compared with nothing.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def is_affected(version: Version, affected: Mapping[str, Any]) -> bool:
    """Whether a release is one an advisory is about: listed by name, or within a range of versions (OSV's rule)."""
    if any(_version(text) == version for text in affected.get("versions") or ()):
        return True
    return any(_within(version, one["events"]) for one in _ranges(affected))


def _ranges(affected: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those of versions; others are of commits."""
    return [one for one in affected.get("ranges") or () if one.get("type") == "ECOSYSTEM"]


def _within(version: Version, events: Iterable[Mapping[str, Any]]) -> bool:
    """Introduced at or before, and not fixed since; ``last_affected`` is the last one that still is."""
    hit = False
    moments = [(_version(text), kind) for event in events for kind, text in event.items()]
    for moment, kind in sorted((moment, kind) for moment, kind in moments if moment is not None):
        if kind == "introduced":
            hit = hit or version >= moment
        elif (kind == "fixed" and version >= moment) or (kind == "last_affected" and version > moment):
            hit = False
    return hit


def _version(text: object) -> Version | None:
    try:
        return Version(str(text))
    except InvalidVersion:
        return None


def _fixes(affected: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(event["fixed"]) for one in _ranges(affected) for event in one["events"] if "fixed" in event)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An advisory that does not stop the audit until a day: why, and until when."""

    id: str
    reason: str
    until: dt.date


def accepted(today: dt.date) -> dict[str, Accepted]:
    """The advisories accepted for now, by id. Raises OSError, ValueError, KeyError for a broken record."""
    listed = json.loads(RECORD.read_text(encoding="utf-8"))["accepted"]
    entries = [Accepted(one["id"], one["reason"], dt.date.fromisoformat(one["until"])) for one in listed]
    return {one.id: one for one in entries if one.until >= today}


def last_audit() -> dict[str, Any]:
    """When, where and about which lock (its sha256) was last asked with an answer."""
    return json.loads(RECORD.read_text(encoding="utf-8"))["last"]


def remember(answer: Answer, lock: str, today: dt.date) -> None:
    """Write ``last`` anew; to be committed."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    record["last"] = {
        "date": today.isoformat(), "source": answer.source, "lock_sha256": lock, "packages": answer.known,
        "unknown": list(answer.unknown), "found": [f"{one.package} {one.version}: {one.id}" for one in answer.found],
    }  # fmt: skip
    RECORD.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n")
