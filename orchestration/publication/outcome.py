"""What a load or a check hands back to the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class LoadOutcome:
    """One load: which partitions (year, county) were published and which were refused for errors.

    ``notes`` are Chinese sentences for the person who ran it (e.g. a paper that is held open). Verdicts, gaps
    and faults are not repeated here: they are read from the snapshot and from the refusal records.
    """

    run_id: str
    published: Sequence[tuple[int, str]]
    refused: Sequence[tuple[int, str]] = ()
    notes: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """One checked partition: its faults, as rows of the fault fields (interface.md)."""

    year: int
    county: str
    county_name: str | None
    faults: Sequence[Mapping[str, object]]

    @property
    def refused(self) -> bool:
        """Whether a load would refuse it."""
        return any(fault.get("severity") == "error" for fault in self.faults)
