"""Refusal records: what the last load of a partition found when it refused to publish it.

A refusal leaves everything published before as it was; this record is how ``junheng faults`` and
``junheng status`` still know of it. Light: standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from orchestration.publication import durable
from orchestration.publication.kinds import a_county, a_run_id, a_text, a_year, moment, or_none
from orchestration.publication.pointer import PartitionRecord


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused attempt. ``faults`` are rows of the fault fields (interface.md); ``at`` is ISO, UTC; ``after`` are
    the runs that had published the partition by then, None in a record of an older version, and of
    the shared warehouse."""

    year: int
    county: str
    run_id: str
    at: str
    standard: str
    faults: Sequence[Mapping[str, object]]
    county_name: str | None = None
    after: Sequence[str] | None = None

    @property
    def key(self) -> tuple[int, str]:
        """Year and county."""
        return self.year, self.county


def _folder(var: Path) -> Path:
    return var / "refused"


def _path(var: Path, year: int, county: str) -> Path:
    return _folder(var) / f"{year}-{county}.json"


def write_refusal(var: Path, refusal: Refusal) -> Path:
    """Keep the record, replacing an earlier one atomically; returns where it lies."""
    path = _path(var, refusal.year, refusal.county)
    text = json.dumps(asdict(refusal), ensure_ascii=False, indent=1, default=str)
    durable.write_atomic(path, (text + "\n").encode())
    return path


def read_refusal(var: Path, year: int, county: str, published: PartitionRecord | None = None) -> Refusal | None:
    """The partition's refusal, or None: never refused, or loaded since."""
    return _read(_path(var, year, county), published)


def read_refusals(var: Path, published: Sequence[PartitionRecord] = ()) -> list[Refusal]:
    """All refusals that still stand, by year and county."""
    records = {record.key: record for record in published}
    found: list[Refusal] = []
    for path in sorted(_folder(var).glob("*.json")):
        year, _, county = path.stem.partition("-")
        refusal = _read(path, records.get((int(year), county)) if year.isdecimal() else None)
        if refusal is not None:
            found.append(refusal)
    return sorted(found, key=lambda refusal: refusal.key)


def clear_refusal(var: Path, year: int, county: str) -> None:
    """Forget the refusal, once the partition was published after all."""
    _path(var, year, county).unlink(missing_ok=True)


def keep_refusals(var: Path, published: Sequence[PartitionRecord]) -> None:
    """Let refusals that are newer than what is about to be published again (by a restoration) go on standing."""
    for record in published:
        refusal = read_refusal(var, *record.key)
        if refusal is None or refusal.after is None or record.run_id in refusal.after:
            continue
        if moment(refusal.at) >= moment(record.loaded_at):
            write_refusal(var, replace(refusal, after=[*refusal.after, record.run_id]))


def _read(path: Path, published: PartitionRecord | None) -> Refusal | None:
    try:
        refusal = _checked(path, Refusal(**cast("dict[str, Any]", json.loads(path.read_bytes()))))
    except FileNotFoundError:
        return None
    except (AttributeError, TypeError, ValueError, RecursionError):  # a foreign file in the folder is nobody's refusal
        return None
    # Publishing removes the record last. Where a kill came between, it no longer stands: a run has published that was
    # none of those before it. The time tells as much only while nobody sets the clock.
    if published is None:
        return refusal
    if refusal.after is not None:
        return refusal if published.run_id in refusal.after else None
    return refusal if moment(refusal.at) >= moment(published.loaded_at) else None


def _checked(path: Path, refusal: Refusal) -> Refusal:
    """The refusal, if it is of the partition that its file's name says. Raises ValueError, TypeError, or AttributeError
    for another."""
    if f"{a_year(refusal.year)}-{a_county(refusal.county)}" != path.stem:
        raise ValueError(path.stem)
    a_run_id(refusal.run_id)
    a_text(refusal.standard)
    or_none(a_text, refusal.county_name)
    moment(refusal.at)
    for run_id in () if refusal.after is None else refusal.after:
        a_run_id(run_id)
    for fault in refusal.faults:
        fault.items()
    return refusal
