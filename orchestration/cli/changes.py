"""``junheng changes``: what the last load changed against the one before: files, values, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import not_loaded
from orchestration.cli.options import county_argument, output_of, output_options, var_option, year_argument
from orchestration.cli.output import Result, emit, result_of
from orchestration.publication import wording
from orchestration.publication.changes import CHANGE_FIELDS, CHANGE_PAPER, change_rows
from orchestration.publication.pointer import PartitionRecord
from orchestration.publication.reader import NotLoadedError, Row, open_partition

_ABSENT = "—"


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@output_options
@var_option
def changes(year: int, county: str, kind: str | None, path: str | None, var: Path) -> None:
    """与上次载入相比：哪些文件换了，哪些数值变了（原为、现为、在哪一格），哪些结论随之变了。"""
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            rows = change_rows(published.connection, year, county)
    except NotLoadedError as error:
        raise not_loaded(error) from error
    record = published.record
    extra: dict[str, object] = {
        "previous_run_id": record.previous_run_id,
        "previous_loaded_at": record.previous_loaded_at,
    }

    def table(result: Result) -> None:
        _show(result, record)

    emit(output, result_of(published, "变更", CHANGE_FIELDS, rows, CHANGE_PAPER, **extra), table)


def summary(rows: Sequence[Row]) -> str:
    """文件 1、数值 3、结论 5; '' where nothing changed."""
    counts = {kind: sum(1 for row in rows if row["kind"] == kind) for kind in ("file", "value", "verdict")}
    return "、".join(f"{wording.word('kind', kind)} {count}" for kind, count in counts.items() if count)


def _show(result: Result, record: PartitionRecord) -> None:
    from orchestration.cli import tables

    screen = tables.Screen()
    screen.heading(result, "变更")
    if record.previous_run_id is None:
        screen.line("这是第一次载入，没有可比的上一次。")
        return
    before = f"{wording.local_time(record.previous_loaded_at)} 的载入（{record.previous_run_id}）"
    if not result.rows:
        screen.line(f"与 {before} 相比，没有变化。")
        return
    screen.line(f"与 {before} 相比：{summary(result.rows)}")
    for kind, columns, cells in (
        ("file", [("变化", "keep"), ("学校或文件", "left"), ("修订", "right")], _file),
        ("value", [("对象与位置", "left"), ("原为", "right"), ("现为", "right")], _value),
        ("verdict", [("范围", "keep"), ("对象", "left"), ("原为", "keep"), ("现为", "keep")], _verdict),
    ):
        rows = [row for row in result.rows if row["kind"] == kind]
        if rows:
            screen.line()
            screen.line(str(wording.word("kind", kind)), "bold")
            screen.table(columns, [cells(row) for row in rows])


def _file(row: Row) -> list[str]:
    name = wording.joined(row["subject_name"] if row["subject_type"] == "school" else None)
    place = wording.joined(row["file"] or row["old_file"])
    number = row["revision"]
    return [
        str(wording.word("change", row["change"])),
        f"{name}\n{place}" if name else place,
        _ABSENT if number is None else f"第 {number} 版",
    ]


def _value(row: Row) -> list[str]:
    level = str(wording.word("level", row["level"]) or "")
    what = " ".join(part for part in (wording.joined(row["subject_name"]), level, wording.joined(row["label"])) if part)
    old_place = wording.place({name: row[f"old_{name}"] for name in ("file", "sheet", "cell")})
    place = wording.place(row)
    moved = [f"（原在 {old_place}）"] if place and old_place and place != old_place else []
    return ["\n".join([what, place or old_place, *moved]), _figure(row, "old"), _figure(row, "new")]


def _figure(row: Row, side: str) -> str:
    value = row[side]
    gone = {"old": "added", "new": "removed"}[side] == row["change"]
    if value is None:
        return _ABSENT if gone else "缺报"
    return wording.figure(value, "", None, 4) if isinstance(value, float) else str(value)


def _verdict(row: Row) -> list[str]:
    parts = [
        wording.joined(row["subject_name"]) if row["subject_type"] != "county" else "",
        str(wording.word("level", row["level"]) or ""),
        wording.joined(row["indicator"]),
        wording.joined(row["label"]),
        wording.joined(row["item"]),
    ]
    test = wording.joined(row["test"]).split(".")
    if len(test) > 1:
        parts.append(f"（{wording.word('test', test[1])}）")
    words = [str(wording.word(side, row[side]) or _ABSENT) for side in ("old", "new")]
    return [str(wording.word("scope", row["scope"])), " ".join(part for part in parts if part), *words]
