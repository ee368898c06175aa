"""First stage of a load: read each partition, land the sound ones, keep a record of the refused ones."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from orchestration import progress
from orchestration.last_year import LastYears, digest
from orchestration.publication.pointer import utc_now
from orchestration.publication.refusals import Refusal, write_refusal
from orchestration.publication.snapshot import runs_of
from orchestration.register import register
from orchestration.returns.comparisons import LastYear
from orchestration.returns.layout import layouts_digest
from orchestration.returns.partition import PartitionReturns, partition_folder, read_partition
from orchestration.settings import code_digest, today
from orchestration.slips.writing import slips_folder, write_slips
from orchestration.workspace import REFUSED, LoadState, PartitionState


def read_and_land(
    raw: Path, var: Path, partitions: Sequence[tuple[int, str]], run_id: str, provisional: bool,
    standard: str,
) -> LoadState:  # fmt: skip
    """Read every partition; land those without errors (all of them if ``provisional``), refuse the others. They are
    to be judged by ``standard``.

    Refusals are written to ``var/refused``; nothing published is touched.
    """
    from expectations.standards import export_standards, suites_digest
    from orchestration.returns.landing import build_frames, land, returns_digest

    state = LoadState(run_id)
    last_years = LastYears(var, partitions)
    for number, (year, county) in enumerate(sorted(partitions), 1):
        last_year = last_years.before(year, county)
        returns = read_one(raw, year, county, last_year, f"{number}/{len(partitions)}")
        returns.received = register(var, year, county, returns.received, utc_now())
        counts = Counter(fault.severity for fault in returns.faults)
        partition = PartitionState(
            year, county, standard, county_name=returns.county_name, counts=dict(counts),
            provisional=provisional and returns.errors > 0,
        )  # fmt: skip
        state.partitions.append(partition)
        if returns.errors and not provisional:
            partition.status = REFUSED
            rows = [fault.as_row() for fault in returns.faults]
            before = runs_of(var, year, county)
            write_refusal(var, Refusal(year, county, run_id, utc_now(), standard, rows, returns.county_name, before))
            send_back(raw, var, returns)
            continue
        frames = build_frames(returns, standard, provisional)
        land(frames, var, year, county)
        last_years.keep(year, county, lambda frames=frames: frames["cells"])
        partition.fingerprint = _fingerprint(
            returns_digest(returns), suites_digest(standard), layouts_digest(), code_digest(),
            "provisional" if partition.provisional else "", digest(last_year),
        )  # fmt: skip
    export_standards(standard, var / "landing")
    state.save(var)
    return state


def read_one(raw: Path, year: int, county: str, last_year: LastYear | None, which: str = "") -> PartitionReturns:
    """Read and check one partition, also against last year's where there are any; progress file by file."""
    stage = f"读取 {year} {county} {which}".rstrip()

    def tell(file: str, done: int, total: int) -> None:
        progress.report(stage, file, done, total)

    return read_partition(raw, year, county, tell, today=today(), last_year=last_year)


def send_back(raw: Path, var: Path, returns: PartitionReturns) -> None:
    """Write the return slips of what was just read where people find them, in place of earlier ones."""
    names = returns.listed | {code: school.name for code, school in returns.schools.items() if school.name}
    write_slips(
        slips_folder(var, returns.year, returns.county),
        partition_folder(raw, returns.year, returns.county),
        returns.faults,
        returns.year,
        returns.county,
        returns.county_name,
        names,
        {file.file: (file.sha256, file.school_code) for file in returns.received},
    )


def _fingerprint(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
