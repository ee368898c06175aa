"""Write the slips of a partition into a folder, which takes the place of the one before only when it is whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from orchestration.publication import durable
from orchestration.publication.reports import REPORTS, SLIPS, reports_folder
from orchestration.returns.excerpts import excerpts
from orchestration.returns.faults import Fault
from orchestration.slips.book import write_book
from orchestration.slips.page import page
from orchestration.slips.slip import Slip, make_slips, places_wanted

INDEX = "slips.json"
_NEW, _OLD = ".new-", ".old-"


def slips_folder(var: Path, year: int, county: str) -> Path:
    """Where people find the slips of the last attempt."""
    return reports_folder(var, year, county) / SLIPS


def write_slips(
    target: Path,
    folder: Path,
    faults: Sequence[Fault],
    year: int,
    county: str,
    county_name: str | None,
    names: Mapping[str, str],
    received: Mapping[str, tuple[str, str | None]],
) -> list[Slip]:
    """Make every slip of a partition anew in ``target``.

    ``folder`` is where the returns lie, ``names`` are schools by code, ``received`` the sha256 and school of each file.
    Raises OSError where it cannot be written.
    """
    digests = {file: sha256 for file, (sha256, _) in received.items()}
    owners = {file: school for file, (_, school) in received.items() if school}
    shown = excerpts(folder, places_wanted(faults), digests)
    slips = make_slips(faults, year, county, county_name, names, owners, digests, shown)
    new, old = target.with_name(f"{_NEW}{target.name}"), target.with_name(f"{_OLD}{target.name}")
    for leftover in (new, old):
        if leftover.exists():
            shutil.rmtree(leftover)
    new.mkdir(parents=True)
    for slip in slips:
        write_book(new / f"{slip.stem}.xlsx", slip)
        (new / f"{slip.stem}.html").write_text(page(slip), encoding="utf-8")
    rows = [
        {"code": slip.code, "name": slip.name, **slip.counts, "files": [f"{slip.stem}.xlsx", f"{slip.stem}.html"]}
        for slip in slips
    ]
    (new / INDEX).write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if target.exists():
        durable.replace(target, old)
    durable.replace(new, target)
    if old.exists():
        shutil.rmtree(old)
    return slips


def mend_slips(var: Path) -> None:
    """Clear away what a killed writing left: half-made slips go, and the earlier ones come back where they were aside.

    Call under the load lock. Raises OSError where one of them cannot be moved.
    """
    for new in sorted((var / REPORTS).glob(f"*/*/{_NEW}{SLIPS}")):
        shutil.rmtree(new)
    for old in sorted((var / REPORTS).glob(f"*/*/{_OLD}{SLIPS}")):
        if (old.parent / SLIPS).exists():
            shutil.rmtree(old)
        else:
            durable.replace(old, old.parent / SLIPS)


def read_index(folder: Path) -> list[dict[str, Any]] | None:
    """The slips in a folder, None where none were made."""
    try:
        return cast("list[dict[str, Any]]", json.loads((folder / INDEX).read_bytes()))
    except FileNotFoundError:
        return None
