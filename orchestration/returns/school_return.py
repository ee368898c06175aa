"""One school as its return states it: identity, levels, located values, faults; and how these are settled.

Shared by every edition, workbook or export, so that the same figures come out the same whatever form carried them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from orchestration.returns.explanations import Explanation
from orchestration.returns.faults import Place, fault
from orchestration.returns.layout import FieldGroup, SchoolType, school_types, type_named
from orchestration.returns.values import ERROR, MISSING, REPORTED, ZERO_BLANK, Findings, Value, type_of

LEVELS = ("primary", "junior", "senior", "special")
COMPULSORY_LEVELS = frozenset({"primary", "junior"})
_TEACHING_POINT = "218"


@dataclass
class SchoolReturn:
    """A school as read. ``code`` is None where the return does not say whose it is.

    ``levels`` are the levels the school really runs (its type's, and any other it reports pupils for: 附设班).
    ``hosts_classes`` is True for a 高级中学 or 幼儿园 that runs primary or junior classes: it is in scope for them.
    ``counted`` is 是否计校数 as stated, None where the edition does not ask.
    ``shares_code`` is True for a campus whose row bears the code of its school.
    ``trusted`` is False where the return is of another year or county, or could not be read.
    """

    file: str
    sha256: str = ""
    edition: str = ""
    code: str | None = None
    name: str | None = None
    school_type: SchoolType | None = None
    code_cell: tuple[str, str] | None = None
    name_cell: tuple[str, str] | None = None
    levels: tuple[str, ...] = ()
    hosts_classes: bool = False
    counted: bool | None = None
    shares_code: bool = False
    trusted: bool = True
    findings: Findings = field(default_factory=Findings)
    explanations: list[Explanation] = field(default_factory=lambda: [])

    @property
    def scope(self) -> str:
        """compulsory, special, vocational, senior or preschool; '' where the type is not known."""
        if self.school_type is None:
            return ""
        return "compulsory" if self.hosts_classes else self.school_type.scope

    @property
    def is_campus(self) -> bool:
        """Whether it is a campus of another school: 是否计校数 0, and no 教学点 (rules §7)."""
        return self.counted is False and (self.school_type is None or self.school_type.type_code != _TEACHING_POINT)

    def report(
        self,
        code: str,
        sheet: str | None,
        cell: str | None,
        label: str | None = None,
        found: str | None = None,
        expected: str | None = None,
        doubts: Iterable[Place] = (),
    ) -> None:
        """Add a fault of the catalogue to the school's findings."""
        self.findings.faults.append(
            fault(
                code, self.file, sheet=sheet, cell=cell, field=label, found=found, expected=expected,
                subject_id=self.code, doubts=doubts,
            )
        )  # fmt: skip

    def report_at(self, code: str, value: Value, expected: str, doubts: Iterable[Place] = ()) -> None:
        """Add a fault at a value's cell."""
        self.report(code, value.sheet, value.cell, value.label, value.as_used, expected, doubts)


def settle_identity(school: SchoolReturn, found: dict[str, Value]) -> None:
    """Take code, name, type and 是否计校数 from the identity fields read (by field name); report what is blank."""
    code, name = found.get("school_code"), found.get("school_name")
    if code is not None and isinstance(code.value, str):
        school.code, school.code_cell = code.value, (code.sheet, code.cell)
    identifier = school.code or ""
    for value in found.values():
        value.record_id = identifier
        if value.state == MISSING and type_of("school", value.field).blank == "missing":
            school.findings.report_missing(value, identifier)
    if name is not None and isinstance(name.value, str):
        school.name, school.name_cell = name.value, (name.sheet, name.cell)
    counted = found.get("counted_as_school")
    if counted is not None:
        school.counted = counted.value != "否"
    _settle_type(school, found.get("type_code"), found.get("type_name"))


def _settle_type(school: SchoolReturn, code: Value | None, name: Value | None) -> None:
    """The type by its code; where that is blank, and reported as such, by the name beside it."""
    named = type_named(name.value) if name is not None and isinstance(name.value, str) else None
    if code is None or not isinstance(code.value, str):
        school.school_type = named
        return
    school.school_type = school_types().get(code.value)
    if school.school_type is None:
        code.state = ERROR
        known = "、".join(f"{one.type_code} {one.name}" for one in school_types().values())
        school.report_at("unknown_type", code, known)
    elif name is not None and named is not None and named != school.school_type:
        school.report_at("type_mismatch", name, f"{school.school_type.type_code} {school.school_type.name}")


def settle_levels(school: SchoolReturn, values: list[Value]) -> list[Value]:
    """Which levels the school runs; drop the blank figures of the others, report required blanks of its own.

    ``values`` are the figures just read, already in ``school.findings.values``. Returns those kept.
    """
    kind = school.school_type
    own = set(kind.levels) if kind else set[str]()
    for value in values:
        told = value.field in ("pupils", "classes") and isinstance(value.value, Decimal) and value.value > 0
        if value.level and told:
            own.add(value.level)
    school.levels = tuple(level for level in LEVELS if level in own)
    outside = kind is not None and kind.scope in ("senior", "preschool")
    school.hosts_classes = outside and bool(own & COMPULSORY_LEVELS)
    kept = [value for value in values if value.level is None or value.level in own]
    dropped = {id(value) for value in values} - {id(value) for value in kept}
    school.findings.values = [value for value in school.findings.values if id(value) not in dropped]
    figures: dict[tuple[str, str | None, str], list[Value]] = {}
    for value in kept:
        figures.setdefault((value.record, value.level, value.field), []).append(value)
    for parts in figures.values():
        _settle_figure(school, parts)
    return kept


def _settle_figure(school: SchoolReturn, parts: list[Value]) -> None:
    """A figure of several cells is missing only where all are blank; a blank among written ones is nought."""
    first = parts[0]
    if type_of(first.record, first.field).blank != "missing":
        return
    if any(part.state == REPORTED for part in parts):
        for part in parts:
            if part.state == MISSING:
                part.value, part.state = Decimal(0), ZERO_BLANK
    elif first.state == MISSING and (first.level != "senior" or first.field == "pupils"):
        school.findings.report_missing(first, school.code)


def distrust_group(values: Iterable[Value], group: FieldGroup, level: str | None) -> None:
    """A group with a member that nobody knows is not to be used: neither its sum nor any of its parts."""
    for value in values:
        if value.record == group.record and value.level == level and value.field in group.fields:
            value.value, value.state = None, ERROR
