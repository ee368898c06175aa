"""Faults: what is wrong with a return, where, and how to mend it. The catalogue is data (``layouts/faults.csv``)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

LAYOUTS = Path(__file__).parent / "layouts"
SEVERITIES = ("error", "missing", "query", "out_of_scope")
# Forms a rule may stand at: a kind of file, any file, or the folder as a whole.
APPLIES_TO = frozenset(
    {"any", "folder", "school", "export", "county_return", "supplement", "tasks", "corrections", "explanations"}
)
# Found only once the figures are known (`orchestration.late_faults`): reading alone cannot tell whether one is there.
LATE_CODES = frozenset({"small_teaching_point", "no_pupils", "claim_differs"})
# File, sheet, cell; without a cell the whole sheet is meant, without a sheet the whole file.
Place = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Rule:
    """One line of the catalogue: stable code, severity, and the Chinese sentence that says how to mend it.

    ``applies_to`` are the forms it may stand at (`APPLIES_TO`). An ``explainable`` finding is settled by an
    explanation instead of a correction; an explainable *error* stops a load until then.
    """

    code: str
    severity: str
    summary: str
    remedy: str
    applies_to: tuple[str, ...]
    explainable: bool


@dataclass(frozen=True)
class Fault:
    """One finding. ``cell`` is an A1 address, or None where no single cell is to blame.

    ``explanation`` and ``explained_by`` are None while it is open; an explained one no longer counts as a query.
    """

    severity: str
    code: str
    file: str
    sheet: str | None
    cell: str | None
    field: str | None
    found: str | None
    expected: str | None
    message: str
    subject_id: str | None = None
    explanation: str | None = None
    explained_by: str | None = None

    def as_row(self) -> dict[str, str | None]:
        return asdict(self)

    def sort_key(self) -> tuple[object, ...]:
        return (
            SEVERITIES.index(self.severity),
            self.file,
            self.sheet or "",
            _cell_order(self.cell),
            self.code,
            self.field or "",
            self.found or "",
        )


@dataclass(frozen=True)
class Disagreement(Fault):
    """An error that leaves more than its cell in doubt: where two figures disagree, both.

    What may not be used because of it is the reader's own affair, and no part of what is told.
    """

    doubts: tuple[Place, ...] = ()

    def as_row(self) -> dict[str, str | None]:
        row = super().as_row()
        del row["doubts"]
        return row


def _cell_order(cell: str | None) -> tuple[int, int, str]:
    if not cell:
        return (0, 0, "")
    letters = cell.rstrip("0123456789")
    return (int(cell[len(letters) :] or 0), len(letters), letters)


@cache
def catalogue() -> dict[str, Rule]:
    """Every fault code Junheng knows. Raises ValueError for a severity or form that is not in the vocabulary."""
    with (LAYOUTS / "faults.csv").open(encoding="utf-8", newline="") as lines:
        rules = [
            Rule(
                row["code"],
                row["severity"],
                row["summary"],
                row["remedy"],
                tuple(row["applies_to"].split()),
                {"yes": True, "no": False}[row["explainable"]],
            )
            for row in csv.DictReader(lines)
        ]
    for rule in rules:
        if rule.severity not in SEVERITIES or not rule.applies_to or not APPLIES_TO.issuperset(rule.applies_to):
            raise ValueError(f"faults.csv: unknown severity or form at {rule.code}")
    return {rule.code: rule for rule in rules}


def fault(
    code: str,
    file: str,
    *,
    sheet: str | None = None,
    cell: str | None = None,
    field: str | None = None,
    found: str | None = None,
    expected: str | None = None,
    subject_id: str | None = None,
    detail: str = "",
    doubts: Iterable[Place] = (),
) -> Fault:
    """Make a fault of the catalogue; its message names file › sheet › cell, found, expected and the remedy.

    What is expected is not said again where the catalogue's own words say it.
    ``doubts`` are places besides ``cell`` that it leaves nobody to trust.

    Raises KeyError for a code that the catalogue does not know.
    """
    rule = catalogue()[code]
    place = " › ".join(part for part in (file, sheet, cell) if part)
    what = f"“{field}”" if field else ""
    parts = [f"{place}：{what}{rule.summary}"]
    if detail:
        parts.append(detail)
    if found is not None:
        parts.append(f"填的是“{clip(found)}”")
    if expected and expected not in rule.summary + rule.remedy:
        parts.append(f"应为{expected}")
    message = "，".join(parts) + "。" + rule.remedy
    told = (rule.severity, code, file, sheet, cell, field, found, expected, message, subject_id)
    doubted = tuple(doubts)
    return Disagreement(*told, doubts=doubted) if doubted else Fault(*told)


def clip(text: str, limit: int = 60) -> str:
    """Untrusted cell text in a message: one line, bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
