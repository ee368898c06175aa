"""What is published, as it is declared: every table and column of the schemas ``marts`` and ``evidence``.

Descriptions, types, keys and value lists come from the yml beside each dbt model; labels, units, formulas, clauses and
sources from ``models/marts/columns.csv``; references from ``references.csv``. Comments in the database, the data
package and the dictionary are all made from here, so that they cannot differ. Belongs here: reading declarations.
Does not belong here: layouts of the forms (``orchestration.dictionary``), or any figure.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

from orchestration.publication.wording import INDICATORS
from orchestration.settings import DBT_PROJECT

MARTS = DBT_PROJECT / "models" / "marts"
VIEWS = DBT_PROJECT / "published_views"
NO_UNIT = "—"
# Codes are text of a fixed form wherever they stand.
_PATTERNS = {"county": "[0-9]{6}", "school_code": "[0-9]{10}", "sha256": "[0-9a-f]{64}"}


class DeclarationError(Exception):
    """A declaration file says what cannot be; names the file and what to change."""


@dataclass(frozen=True, slots=True)
class Column:
    """One published column. ``unit`` is ``—`` where a value has none; ``clauses`` are indicators or names of
    ``evidence.standard_parameters``; ``sources`` are record.field of a return, ``figures:B4`` or ``county_return``.
    """

    name: str
    type: str
    label: str
    unit: str
    description: str
    formula: str = ""
    clauses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    pattern: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """Every row's ``columns`` are those of a row of ``table`` (same schema or the other)."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True, slots=True)
class Table:
    """One published table or view. ``key`` tells rows apart; ``nullable`` are those of it that may be empty."""

    schema: str
    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    nullable: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()

    @property
    def title(self) -> str:
        """What it is, in a few words: how its description begins."""
        return re.split("[：；。，（]", self.description, maxsplit=1)[0] or self.name

    @property
    def view(self) -> bool:
        """Whether it is a view of a snapshot, with no file of its own."""
        return view_file(self.name).exists()

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)


def view_file(name: str) -> Path:
    """Where a view's SQL is written."""
    return VIEWS / f"{name}.sql"


@cache
def tables() -> dict[tuple[str, str], Table]:
    """Schema and name → declared table, marts first, in order of name.

    Raises DeclarationError where a column is declared in ``columns.csv`` only for a table that has none such.
    """
    import yaml

    loader = getattr(
        yaml, "CSafeLoader", yaml.SafeLoader
    )  # the one in C, where this PyYAML has it, is ten times faster
    found: dict[tuple[str, str], Table] = {}
    for path in sorted(MARTS.rglob("*.yml")):
        content = cast("Mapping[str, Any]", yaml.load(path.read_bytes(), loader) or {})  # noqa: S506 - a safe loader
        for schema, declared in _declared(path, content):
            table = _table(schema, declared)
            found[table.schema, table.name] = table
    for owner, column in _words():
        if owner and not any(table.name == owner and table.column(column) for table in found.values()):
            raise DeclarationError(f"columns.csv: there is no {owner}.{column}")
    return dict(sorted(found.items(), key=lambda item: (item[0][0] != "marts", item[0])))


def comments() -> Iterator[tuple[str, str, str | None, str]]:
    """Schema, table, column (None for the table itself) and what the database says of it."""
    for (schema, name), table in tables().items():
        yield schema, name, None, table.description
        for column in table.columns:
            yield schema, name, column.name, column.description


def expanded(reference: str) -> tuple[str, ...]:
    """B1-B7 → B1 … B7; anything else is itself."""
    first, dash, last = reference.partition("-")
    if dash and first in INDICATORS and last in INDICATORS:
        return INDICATORS[INDICATORS.index(first) : INDICATORS.index(last) + 1]
    return (reference,)


def _declared(path: Path, content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Schema and declaration of each table in one yml."""
    for model in content.get("models", ()):
        yield "evidence" if "evidence" in path.relative_to(MARTS).parts else "marts", model
    for source in content.get("sources", ()):
        for table in source["tables"]:
            yield source["schema"], table


def _table(schema: str, declared: Mapping[str, Any]) -> Table:
    name = str(declared["name"]).removeprefix("mart_")
    meta: Mapping[str, Any] = declared.get("config", {}).get("meta", {})
    key, nullable = meta.get("key", ()), meta.get("nullable", ())
    for test in declared.get("data_tests", ()):
        if isinstance(test, dict) and "unique_key" in test:
            arguments = cast("Mapping[str, Any]", test["unique_key"]["arguments"])
            key, nullable = arguments["columns"], arguments.get("nullable", ())
    return Table(
        schema=schema,
        name=name,
        # Developers' notes on the grain follow the Chinese in English; they are none of the readers' business.
        description=str(declared.get("description", "")).partition(" One row ")[0].partition("One row ")[0],
        columns=tuple(_column(name, column) for column in declared.get("columns", ())),
        key=tuple(key),
        nullable=tuple(nullable),
        references=tuple(_references().get(name, ())),
    )


def _column(table: str, declared: Mapping[str, Any]) -> Column:
    name = str(declared["name"])
    # A table's own line stands for the whole; where it has none, the word is the same in every table.
    words = _words().get((table, name)) or _words().get(("", name)) or {}
    values: tuple[str, ...] = ()
    for test in declared.get("data_tests", ()):
        if isinstance(test, dict) and "accepted_values" in test:
            accepted = cast("Mapping[str, Any]", test["accepted_values"]["arguments"])
            values = tuple(str(value) for value in accepted["values"])
    return Column(
        name=name,
        type=str(declared.get("data_type", "")),
        label=words.get("label", ""),
        unit=words.get("unit", ""),
        description=str(declared.get("description", "")),
        formula=words.get("formula", ""),
        clauses=tuple(one for part in words.get("clause", "").split() for one in expanded(part)),
        sources=tuple(words.get("source", "").split()),
        values=values,
        pattern=_PATTERNS.get(name),
    )


@cache
def _words() -> dict[tuple[str, str], dict[str, str]]:
    """Table ('' for any) and column → its line of ``columns.csv``."""
    return {(row["table"], row["column"]): row for row in _lines("columns.csv")}


@cache
def _references() -> dict[str, list[Reference]]:
    found: dict[str, list[Reference]] = {}
    for row in _lines("references.csv"):
        found.setdefault(row["table"], []).append(Reference(tuple(row["columns"].split()), row["referenced"]))
    return found


def _lines(name: str) -> Iterator[dict[str, str]]:
    with (MARTS / name).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if None in row or None in row.values():
                raise DeclarationError(f"{name}: not as many values as columns in {row}")
            yield row
