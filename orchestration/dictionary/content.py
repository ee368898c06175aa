"""What the dictionary says, before it is laid out: tables, figures, fields of the returns, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.dictionary.figures import Figure, field_anchor, figures
from orchestration.publication import contract, declared, wording
from orchestration.publication.declared import Column, Table
from orchestration.publication.reader import Row, available, rows_of
from orchestration.returns import task_decomposition
from orchestration.returns.county_return import NUMBER_KINDS, PROFILE_SHEET
from orchestration.returns.layout import FieldPlace, county_items, editions, field_types, profile_lines
from orchestration.returns.supplement import ROOMS_SHEET, SCHOOLS_SHEET

if TYPE_CHECKING:
    import duckdb

ENTRY_FIELDS = (
    *("schema", "table", "column", "label", "type", "unit", "description", "formula", "clause", "source"),
)  # fmt: skip
_KINDS = (
    (re.compile(r".*\[\]"), "列表"),
    (re.compile(r"(small|big|huge)?int(eger)?"), "整数"),
    (re.compile(r"(double|decimal.*)"), "小数"),
    (re.compile(r"boolean"), "是否"),
    (re.compile(r"date"), "日期"),
)
_BLANKS = {"zero": "空格即零", "missing": "空格即缺报", "optional": "可空"}
_LISTS = {"supplement": ("学校补充填报表", SCHOOLS_SHEET), "room": ("学校补充填报表", ROOMS_SHEET)}
_OF_STANDARDS = ("clause", "reading", "position")
RECORDS = {
    "school": "学校",
    "school_level": "学校学段",
    "school_resource": "办学条件",
    "supplement": "学校补充填报",
    "room": "音乐美术专用教室",
    "county_return": "县级填报",
    "county_profile": "表Ⅰ 基本情况",
    "task": "任务分解",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a return. ``places`` are form and header in each edition: (报表, 学段, 表, 位置)."""

    record: str
    name: str
    label: str
    unit: str
    blank: str
    places: tuple[tuple[str, str, str, str], ...]

    @property
    def anchor(self) -> str:
        """Where the page describes it."""
        return field_anchor(self.record, self.name)

    @property
    def place(self) -> str:
        """All places in one line: forms that have it at the same header are named together."""
        grouped: dict[tuple[str, str], dict[str, None]] = {}
        for edition, _, form, where in self.places:
            grouped.setdefault((edition, where), {})[form.partition(" ")[0]] = None
        return "；".join(f"{edition} {'、'.join(forms)} {where}" for (edition, where), forms in grouped.items())


@dataclass(frozen=True, slots=True)
class Clause:
    """What a standard says of an indicator, or of a parameter of it."""

    code: str
    title: str
    text: str
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """The whole dictionary. ``clauses`` is empty where there is no snapshot to take them from."""

    contract: str
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    fields: tuple[Field, ...]
    clauses: tuple[Clause, ...]

    def clause(self, code: str) -> Clause | None:
        """The clause of an indicator or a parameter."""
        return next((clause for clause in self.clauses if clause.code == code), None)

    def field(self, reference: str) -> Field | None:
        """The field that a source (record.field) names."""
        record, _, name = reference.partition(".")
        return next((one for one in self.fields if (one.record, one.name) == (record, name)), None)


def gather(connection: duckdb.DuckDBPyConnection | None) -> Content:
    """Everything of the dictionary; clauses from the snapshot's standards, where there is one.

    Raises ``declared.DeclarationError`` where a column names a source or a clause that nobody knows.
    """
    content = Content(
        contract=contract.version(),
        tables=tuple(declared.tables().values()),
        figures=tuple(figures()),
        fields=tuple(_fields()),
        clauses=tuple(_clauses(connection)) if connection is not None else (),
    )
    for table in content.tables:
        for column in table.columns:
            for source in column.sources:
                if not source.startswith(("figures:", "county_return")) and content.field(source) is None:
                    raise declared.DeclarationError(f"columns.csv: {table.name}.{column.name} names {source}")
    return content


def entries(content: Content) -> list[Row]:
    """One row a published column, of ENTRY_FIELDS, all of it text."""
    return [
        {
            "schema": table.schema,
            "table": table.name,
            "column": column.name,
            "label": column.label,
            "type": type_text(column),
            "unit": column.unit,
            "description": column.description,
            "formula": column.formula,
            "clause": clause_text(content, column),
            "source": source_text(content, column),
        }
        for table in content.tables
        for column in table.columns
    ]


def type_text(column: Column) -> str:
    """小数 double."""
    return f"{next((word for pattern, word in _KINDS if pattern.fullmatch(column.type)), '文本')} {column.type}"


def clause_text(content: Content, column: Column) -> str:
    """The clause itself where it is one, else which they are."""
    parameters = [clause for code in column.clauses if (clause := content.clause(code)) and "." in code]
    others = [code for code in column.clauses if "." not in code]
    return "；".join([*(clause.text for clause in parameters), *ranges(others)])


def sources_of(content: Content, column: Column) -> tuple[list[Field | None], list[str]]:
    """The fields that the column is read from (None: all items of the county return), and the indicators whose figures
    it carries."""
    fields: list[Field | None] = []
    indicators: list[str] = []
    for source in column.sources:
        kind, colon, reference = source.partition(":")
        if colon and kind == "figures":
            indicators += declared.expanded(reference)
        elif source == "county_return":
            fields.append(None)
        elif (found := content.field(source)) is not None:
            fields.append(found)
    return fields, indicators


def source_text(content: Content, column: Column) -> str:
    """Form and header of every field that the column is read from, or of which indicators it carries the figures."""
    fields, indicators = sources_of(content, column)
    parts = [f"{one.label}——{one.place}" if one else "县级填报表各项目，见“填报字段”" for one in fields]
    return "；".join([*parts, *(f"{part} 的加数，见“指标”" for part in ranges(indicators))])


def ranges(codes: Sequence[str]) -> list[str]:
    """B1, B2 … B7, C1 → B1–B7、C1, as one text in a list; nothing for none."""
    runs: list[list[str]] = []
    order = wording.INDICATORS
    for code in codes:
        if runs and code in order and order.index(code) == order.index(runs[-1][-1]) + 1 and code[0] == "B":
            runs[-1].append(code)
        else:
            runs.append([code])
    texts = [run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    return ["、".join(texts)] if texts else []


def _fields() -> Iterable[Field]:
    places = _places()
    for (record, name), what in field_types().items():
        where = places.get((record, name), ())
        if record in _LISTS:
            form, sheet = _LISTS[record]
            where = ((form, "", sheet, f"表头“{what.label}”"),)
        yield Field(record, name, what.label, what.unit or declared.NO_UNIT, _BLANKS[what.blank], tuple(where))
    for number, item in enumerate(county_items(), 1):
        column = "数值" if item.kind in NUMBER_KINDS else "结论"
        where = (("县级填报表", "", item.sheet, f"指标“{item.written}”、项目“{item.item}” × {column}"),)
        yield Field("county_return", str(number), item.item, item.unit or declared.NO_UNIT, "空格即缺报", where)
    for line in profile_lines():
        label, _, unit = line.label.removesuffix("）").partition("（")
        where = (("县级填报表", "", PROFILE_SHEET, f"行次 {line.line}，数值在其下一行"),)
        yield Field("county_profile", line.line, label, unit or declared.NO_UNIT, "空格即缺报", where)
    for label, name in task_decomposition.COLUMNS.items():
        where = (("任务分解表（可选）", "", task_decomposition.SHEET, f"表头“{label}”"),)
        yield Field("task", name, label, declared.NO_UNIT, "可空", where)


def _places() -> dict[tuple[str, str], list[tuple[str, str, str, str]]]:
    """Record and field → its places, edition by edition."""
    found: dict[tuple[str, str], list[tuple[str, str, str, str]]] = {}
    for edition in editions():
        title = edition.title.partition("（")[2].partition("，")[0].rstrip("）") or edition.title
        title = title if edition.kind == "workbook" else "查询导出"
        titles = {form.form: form.title for form in edition.forms}
        for form, places in edition.places.items():
            name = form if titles[form] in ("", form) else f"{form} {titles[form]}"
            for place in places:
                level = wording.LEVELS.get(place.level or "", "")
                found.setdefault((place.record, place.field), []).append((title, level, name, _where(place)))
    return found


def _where(place: FieldPlace) -> str:
    row, column = (text.replace("|", "或") for text in (place.row_text, place.column_text))
    if place.how == "column":
        return f"表头“{column}”"
    if place.how == "right":
        return f"“{row}”右方"
    if place.how == "below":
        return f"“{column}”下方" + (f"“{row}”行" if row else "")
    block = f"“{'或'.join(sorted(place.block))}”块 " if place.block else ""
    return f"{block}“{row}”行 × “{column}”列"


def _clauses(connection: duckdb.DuckDBPyConnection) -> Iterable[Clause]:
    """One an indicator and one a parameter; where editions differ, each with its name before it."""
    columns = available(connection, "evidence", "standards", ("standard", "indicator", "title", *_OF_STANDARDS))
    standards = rows_of(
        connection,
        "SELECT standard, indicator, any_value(title) AS title, any_value(clause) AS clause, "  # noqa: S608
        "string_agg(DISTINCT reading, '；' ORDER BY reading) AS reading, min(position) AS position "
        f"FROM (SELECT {columns} FROM evidence.standards) "
        "GROUP BY standard, indicator ORDER BY position, indicator, standard",
    )
    columns = available(connection, "evidence", "standard_parameters", ("standard", "name", "says", "value"))
    parameters = rows_of(
        connection,
        "SELECT DISTINCT standard, name AS indicator, coalesce(says, name) AS title, "  # noqa: S608
        "coalesce(says, name) || '：' || rtrim(rtrim(value::VARCHAR, '0'), '.') AS clause, NULL AS reading "
        f"FROM (SELECT {columns} FROM evidence.standard_parameters) ORDER BY indicator, standard",
    )
    editions_there = {row["standard"] for row in standards}
    merged: dict[str, list[Row]] = {}
    for row in [*standards, *parameters]:
        merged.setdefault(str(row["indicator"]), []).append(row)
    for code, rows in merged.items():
        texts = list(dict.fromkeys(_edition(row, len(editions_there) > 1) for row in rows))
        reading = "；".join(dict.fromkeys(str(row["reading"]) for row in rows if row["reading"]))
        yield Clause(code, str(rows[0]["title"] or code), "；".join(texts), reading)


def _edition(row: Row, several: bool) -> str:
    text = str(row["clause"] or row["title"] or "")
    return f"［{row['standard']}］{text}" if several else text
