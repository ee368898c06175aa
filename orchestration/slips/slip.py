"""Whose fault is whose: the findings of a partition, put together by who must mend or explain them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.publication.file_names import safe_stem
from orchestration.returns.excerpts import Excerpt
from orchestration.returns.faults import Fault, catalogue

SENT_BACK = ("error", "missing", "query")
WORDS = {"error": "错误", "missing": "缺报", "query": "质询"}
_SCHOOL_CODE = re.compile(r"\d{10}")


@dataclass(frozen=True)
class Item:
    """One finding on a slip: what is wrong and how to mend it in the catalogue's words, and the piece of the sheet."""

    fault: Fault
    problem: str
    remedy: str
    excerpt: Excerpt | None

    @property
    def found(self) -> str | None:
        """What stands there; a cell that shows nothing is said to."""
        return "（空）" if self.fault.found == "" else self.fault.found

    @property
    def place(self) -> str:
        """file › sheet › cell."""
        return " › ".join(part for part in (self.fault.file, self.fault.sheet, self.fault.cell) if part)


@dataclass
class Slip:
    """What one school (ten-digit ``code``) or the county (six digits) gets back."""

    code: str
    name: str
    year: int
    county: str
    county_name: str | None
    items: list[Item] = field(default_factory=lambda: [])
    files: list[tuple[str, str]] = field(default_factory=lambda: [])

    @property
    def counts(self) -> dict[str, int]:
        """Findings by severity, the grave ones first."""
        return {severity: sum(i.fault.severity == severity for i in self.items) for severity in SENT_BACK}

    @property
    def stem(self) -> str:
        """File name without its ending: code and name, fit for every file system."""
        return safe_stem(self.code, self.name)

    @property
    def summary(self) -> str:
        """错误 2 项、质询 1 项."""
        return "、".join(f"{WORDS[severity]} {count} 项" for severity, count in self.counts.items() if count)

    @property
    def lead(self) -> str:
        """What is asked, in a sentence or two."""
        where = f"{self.county_name or self.county} {self.year}/{self.year + 1} 学年报表核查"
        return f"{where}，共有{self.summary}。错误、缺报请改正后重新报送；质询请核对，属实的写明原因。"


def make_slips(
    faults: Iterable[Fault],
    year: int,
    county: str,
    county_name: str | None,
    names: Mapping[str, str],
    owners: Mapping[str, str],
    digests: Mapping[str, str],
    excerpts: Mapping[tuple[str, str, str], Excerpt],
) -> list[Slip]:
    """Slips in order: the county's own, then schools by code. Explained and out-of-scope findings need no answer.

    ``names`` are schools by code, ``owners`` the school of each file, ``digests`` the sha256 of each file received.
    """
    rules = catalogue()
    slips: dict[str, Slip] = {}
    for fault in faults:
        if not needs_answer(fault):
            continue
        code = _owner(fault, owners) or county
        name = (county_name or county) + "县级填报" if code == county else names.get(code, "")
        slip = slips.setdefault(code, Slip(code, name, year, county, county_name))
        key = (fault.file, fault.sheet or "", fault.cell or "")
        rule = rules[fault.code]
        slip.items.append(Item(fault, rule.summary, rule.remedy, excerpts.get(key)))
        if fault.file in digests and (fault.file, digests[fault.file]) not in slip.files:
            slip.files.append((fault.file, digests[fault.file]))
    for slip in slips.values():
        slip.items.sort(key=lambda item: item.fault.sort_key())
    return sorted(slips.values(), key=lambda slip: (slip.code != county, slip.code))


def needs_answer(fault: Fault) -> bool:
    """Whether somebody must mend or explain it."""
    return fault.severity in SENT_BACK and fault.explanation is None


def places_wanted(faults: Sequence[Fault]) -> dict[str, list[tuple[str, str]]]:
    """The cells to be shown, by file."""
    places: dict[str, list[tuple[str, str]]] = {}
    for fault in faults:
        if needs_answer(fault) and fault.sheet and fault.cell:
            cells = places.setdefault(fault.file, [])
            if (fault.sheet, fault.cell) not in cells:
                cells.append((fault.sheet, fault.cell))
    return places


def _owner(fault: Fault, owners: Mapping[str, str]) -> str | None:
    """The school of the file, else the school that the finding is about."""
    if fault.file in owners:
        return owners[fault.file]
    return fault.subject_id if fault.subject_id and _SCHOOL_CODE.fullmatch(fault.subject_id) else None
