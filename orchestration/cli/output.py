"""Rows to a terminal table, JSON, CSV or xlsx."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from orchestration.cli.copies import written
from orchestration.cli.exits import USAGE, Stop
from orchestration.cli.options import Output
from orchestration.publication.reader import Published, Row
from orchestration.publication.wording import joined

# What a spreadsheet takes for the start of a formula, in half and full width.
_FORMULA_STARTS = tuple("=+-@＝＋－＠")
_CONTROL = tuple("\t\r\n")


@dataclass(frozen=True, slots=True)
class Result:
    """What a reading command found: the object's own fields, the rows, and the fields of a row in order.

    ``paper_fields`` are those that fit on a printed page; CSV and JSON have all of them.
    """

    name: str
    fields: Sequence[str]
    rows: Sequence[Row]
    year: int | None
    county: str | None
    standard: str | None
    run_id: str | None
    county_name: str | None = None
    fingerprint: str | None = None
    provisional: bool = False
    paper_fields: Sequence[str] = ()
    extra: Mapping[str, object] = field(default_factory=dict[str, object])


def result_of(
    published: Published,
    name: str,
    fields: Sequence[str],
    rows: Sequence[Row],
    paper_fields: Sequence[str] = (),
    **extra: object,
) -> Result:
    """A result of one published partition; its run is the one that loaded the partition."""
    record = published.record
    return Result(
        name=name,
        fields=fields,
        rows=rows,
        year=record.year,
        county=record.county,
        standard=record.standard,
        run_id=record.run_id,
        county_name=record.county_name,
        fingerprint=record.fingerprint,
        provisional=record.provisional,
        paper_fields=paper_fields,
        extra=extra,
    )


def emit(
    output: Output,
    result: Result,
    table: Callable[[Result], None],
    workbook: Callable[[Path, Result], None] | None = None,
) -> None:
    """Show the result as asked; ``table`` prints it, ``workbook`` writes its own kind of xlsx.

    Ends with USAGE when the file cannot be written, or not hold it all.
    """
    if output.format == "table":
        table(result)
    elif output.format == "json":
        _write(as_json(result))
    elif output.format == "csv":
        text = as_csv(result)
        if output.path is None:
            _write(text)
        else:
            _to_file(output.path, lambda aside: aside.write_bytes(text.encode()))
    elif output.path is not None:
        write = workbook or _plain_workbook
        _to_file(output.path, lambda aside: write(aside, result))


def as_json(result: Result) -> str:
    """One object; every row has every field."""
    content = {
        "year": result.year,
        "county": result.county,
        "standard": result.standard,
        "run_id": result.run_id,
        "county_name": result.county_name,
        "fingerprint": result.fingerprint,
        "provisional": result.provisional,
        **result.extra,
        "rows": [{name: row[name] for name in result.fields} for row in result.rows],
    }
    return json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_csv(result: Result) -> str:
    """Field names, then rows; a byte order mark for Excel; no text can become a formula there."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_csv_value(name) for name in result.fields])  # a pivot's are values
    writer.writerows([_csv_value(row[name]) for name in result.fields] for row in result.rows)
    return "\ufeff" + text.getvalue()


def _csv_value(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = joined(value)
    # Blanks before the sign do not stop every spreadsheet.
    risky = text[:1] in _CONTROL or text.lstrip()[:1] in _FORMULA_STARTS
    return f"'{text}" if text and risky else text


def _plain_workbook(path: Path, result: Result) -> None:
    from orchestration.publication.papers import Heading, TooMuchError, write_rows

    try:
        write_rows(path, Heading.of(result), result.name, result.paper_fields or result.fields, result.rows)
    except TooMuchError as error:
        raise Stop(USAGE, f"错误：{error}，放不下，没有写；请用 --format csv（或 --output 文件.csv）。") from error


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _to_file(path: Path, write: Callable[[Path], object]) -> None:
    """Write beside the file and rename, so that a run that broke off leaves the earlier one, and no half one."""
    with written(path) as aside:
        write(aside)
    click.echo(f"已写入 {path}", err=True)
