"""The layout tables: which header text means which field, per form and edition. Data in, dataclasses out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from orchestration.returns.text import normalise

LAYOUTS = Path(__file__).parent / "layouts"
_PART_CODES = {"error": "part_exceeds_whole", "query": "part_above_whole"}


@dataclass(frozen=True)
class FieldType:
    """What a field is: Chinese label, kind (see `numbers.cast`), unit, and what a blank means.

    ``blank`` is ``zero`` (blank means nought), ``missing`` (blank means not reported) or ``optional``.
    """

    record: str
    field: str
    label: str
    kind: str
    unit: str
    blank: str


@dataclass(frozen=True)
class FieldPlace:
    """Where a field stands in one edition: form, how it is found, row and block label, column header path.

    ``row``, ``block`` and each step of ``column`` are sets of accepted normalised texts, units in brackets aside.
    """

    form: str
    record: str
    level: str | None
    field: str
    how: str
    row: frozenset[str]
    block: frozenset[str]
    column: tuple[frozenset[str], ...]
    row_text: str
    column_text: str


@dataclass(frozen=True)
class Form:
    """A sheet of an edition and which schools need it: every, compulsory, special, a level, or nobody (never read)."""

    form: str
    title: str
    needed_by: str


@dataclass(frozen=True)
class Edition:
    """One edition of the forms; ``kind`` is ``workbook`` (one a school) or ``export`` (one a county, a row a level)."""

    edition: str
    title: str
    kind: str
    sheet_prefix: str
    identity_form: str
    forms: tuple[Form, ...]
    places: dict[str, tuple[FieldPlace, ...]]


@dataclass(frozen=True)
class FieldGroup:
    """Fields that together make up a total (class bands, degrees, grades), and what a further member would look like.

    ``pattern`` matches a normalised row or column text. A member that no table knows would make the sums wrong.
    """

    group: str
    record: str
    fields: frozenset[str]
    pattern: re.Pattern[str]
    label: str


@dataclass(frozen=True)
class SchoolType:
    """办学类型 of GB/T 33782-2017: scope and the levels such a school teaches."""

    type_code: str
    name: str
    scope: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class CountyItem:
    """One 项目 of county_return.xlsx (LAYOUT §4)."""

    sheet: str
    written: str
    indicator: str
    item: str
    kind: str
    unit: str


@dataclass(frozen=True)
class ProfileLine:
    """One of L1–L24 of 表Ⅰ."""

    line: str
    label: str
    kind: str


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if None in row or None in row.values():
                raise ValueError(f"{path.name}: not as many values as columns in {row}")
            yield row


def _accepted(text: str) -> frozenset[str]:
    return frozenset(split_unit(normalise(part))[0] for part in text.split("|") if part)


@cache
def units() -> dict[str, tuple[str, str]]:
    """Unit as written (normalised) → (dimension, unit)."""
    return {normalise(row["written"]): (row["dimension"], row["unit"]) for row in _rows(LAYOUTS / "units.csv")}


@lru_cache(maxsize=65536)
def split_unit(text: str) -> tuple[str, str | None]:
    """A normalised text and the unit it states in brackets at its end: 固定资产总值(万元) → 固定资产总值, 万元."""
    if text.endswith(")"):
        head, _, tail = text[:-1].rpartition("(")
        if head and tail in units():
            return head, tail
    return text, None


@cache
def field_groups() -> tuple[FieldGroup, ...]:
    """Every group of fields that a total is made of."""
    return tuple(
        FieldGroup(
            row["group"], row["record"], frozenset(row["fields"].split()), re.compile(row["pattern"]), row["label"]
        )
        for row in _rows(LAYOUTS / "groups.csv")
    )


@cache
def field_types() -> dict[tuple[str, str], FieldType]:
    """(record, field) → what it is."""
    return {(row["record"], row["field"]): FieldType(**row) for row in _rows(LAYOUTS / "fields.csv")}


@cache
def school_types() -> dict[str, SchoolType]:
    """办学类型码 → type."""
    return {
        row["type_code"]: SchoolType(row["type_code"], row["name"], row["scope"], tuple(row["levels"].split()))
        for row in _rows(LAYOUTS / "school_types.csv")
    }


def type_named(text: str) -> SchoolType | None:
    """The type that goes by a name, with or without 学校 at its end; None where none does."""
    wanted = normalise(text).removesuffix("学校")
    for one in school_types().values():
        if wanted == normalise(one.name).removesuffix("学校"):
            return one
    return None


@cache
def urban_rural_codes() -> dict[str, str]:
    """城乡类型码 → name."""
    return {row["code"]: row["name"] for row in _rows(LAYOUTS / "urban_rural_codes.csv")}


@cache
def county_items() -> tuple[CountyItem, ...]:
    """Every 项目 that a county return carries."""
    return tuple(CountyItem(**row) for row in _rows(LAYOUTS / "county_items.csv"))


@cache
def profile_lines() -> tuple[ProfileLine, ...]:
    """L1–L24 of 表Ⅰ."""
    return tuple(ProfileLine(**row) for row in _rows(LAYOUTS / "county_profile.csv"))


@cache
def editions() -> tuple[Edition, ...]:
    """Every edition of the forms. Raises ValueError where a table names an unknown field, form or kind."""
    return tuple(_edition(row) for row in _rows(LAYOUTS / "editions.csv"))


@cache
def carried_fields() -> dict[str, frozenset[tuple[str, str | None, str]]]:
    """Edition → every (record, level, field) it asks for."""
    return {
        edition.edition: frozenset(
            (place.record, place.level, place.field) for places in edition.places.values() for place in places
        )
        for edition in editions()
    }


def _edition(row: dict[str, str]) -> Edition:
    folder = LAYOUTS / row["edition"]
    if row["kind"] not in ("workbook", "export"):
        raise ValueError(f"editions.csv: unknown kind at {row['edition']}")
    forms = tuple(Form(**form) for form in _rows(folder / "forms.csv"))
    known_forms = {form.form for form in forms}
    places: dict[str, list[FieldPlace]] = {}
    for line in _rows(folder / "fields.csv"):
        if line["form"] not in known_forms or (line["record"], line["field"]) not in field_types():
            raise ValueError(f"{row['edition']}/fields.csv: unknown form or field in {line}")
        places.setdefault(line["form"], []).append(
            FieldPlace(
                line["form"],
                line["record"],
                line["level"] or None,
                line["field"],
                line["how"],
                _accepted(line["row"]),
                _accepted(line["block"]),
                tuple(_accepted(step) for step in line["column"].split("/") if step),
                line["row"],
                line["column"],
            )
        )
    return Edition(
        row["edition"],
        row["title"],
        row["kind"],
        row["sheet_prefix"],
        row["identity_form"],
        forms,
        {form: tuple(found) for form, found in places.items()},
    )


@cache
def layouts_digest() -> str:
    """sha256 over every layout table: part of a load's fingerprint."""
    import hashlib

    digest = hashlib.sha256()
    for path in sorted(LAYOUTS.rglob("*.csv")):
        digest.update(path.relative_to(LAYOUTS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@dataclass(frozen=True)
class PartRule:
    """``parts`` together may not exceed ``wholes`` together (fields of a record, or 项目 keys of a county return).

    ``code`` is the fault: an error where the form makes it certain, else a query.
    """

    record: str
    parts: tuple[str, ...]
    wholes: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class TotalRule:
    """``total`` must equal the sum of ``parts`` where an edition carries any of them."""

    record: str
    total: str
    parts: tuple[str, ...]
    label: str


@cache
def part_rules() -> tuple[PartRule, ...]:
    """Every part ≤ whole that holds within one form or between two. Parts that an edition does not carry are none."""
    return tuple(
        PartRule(
            row["record"],
            tuple(row["part"].split()),
            tuple(row["whole"].split()),
            _PART_CODES[row["severity"]],
        )
        for row in _rows(LAYOUTS / "parts.csv")
    )


@cache
def total_rules() -> tuple[TotalRule, ...]:
    """Every total that a form states beside its parts."""
    return tuple(
        TotalRule(row["record"], row["total"], tuple(row["parts"].split()), row["label"])
        for row in _rows(LAYOUTS / "totals.csv")
    )
