"""Bad returns, each spoilt in one place, and the one fault that must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.returns.comparisons import LastYear
from orchestration.returns.partition import read_partition
from tests.returns_tools import COUNTY, SPECIAL, YEAR, edit

SUPPLEMENT = "school_supplement.xlsx"
COUNTY_RETURN = "county_return.xlsx"
BASELINE = {("out_of_scope", "special_school", SPECIAL, "基础基111", None)}

Reported = tuple[str, str, str, str | None, str | None]
Spoil = Callable[[Path], None]


@dataclass
class Case:
    """How to spoil the sound return, and the one fault (severity, code, file, sheet, cell) that must come of it."""

    spoil: Spoil
    severity: str
    code: str
    file: str
    sheet: str | None = None
    cell: str | None = None

    @property
    def wanted(self) -> Reported:
        return self.severity, self.code, self.file, self.sheet, self.cell


@dataclass
class Cases:
    """Cases by name."""

    by_name: dict[str, Case] = field(default_factory=lambda: {})

    def case(
        self, severity: str, code: str, file: str, sheet: str | None = None, cell: str | None = None
    ) -> Callable[[Spoil], Spoil]:
        """Register a function that spoils the folder it is given."""

        def register(spoil: Spoil) -> Spoil:
            self.by_name[spoil.__name__] = Case(spoil, severity, code, file, sheet, cell)
            return spoil

        return register

    def cell(
        self, name: str, severity: str, code: str, file: str, sheet: str, cell: str, value: object, **also: object
    ) -> None:
        """Register a value written into the cell to blame."""

        def spoil(folder: Path) -> None:
            edit(folder, file, sheet, {cell: value, **also})

        self.by_name[name] = Case(spoil, severity, code, file, sheet, cell)


def reported(raw: Path, last_year: LastYear | None = None) -> set[Reported]:
    """Every fault of the partition under ``raw``."""
    returns = read_partition(raw, YEAR, COUNTY, last_year=last_year)
    return {(f.severity, f.code, f.file, f.sheet, f.cell) for f in returns.faults}


def folder_of(raw: Path) -> Path:
    """The partition's folder."""
    return raw / str(YEAR) / COUNTY
