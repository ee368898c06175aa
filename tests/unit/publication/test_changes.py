"""The change report: every file, value and verdict that is not as it was published before, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.publication.changes import CHANGE_FIELDS, change_rows, write_changes
from orchestration.publication.pointer import PublishedPartition, read_current
from orchestration.publication.reader import connect
from orchestration.publication.snapshot import publish
from publication import fake_warehouse as fake

SCHOOL, OTHER_SCHOOL = "2137032108", "2137032109"
BOOK = "schools/a.xlsx"


def cell(field: str, value: float | None = None, **changes: object) -> dict[str, object]:
    """A located value of the first school."""
    return {
        **{"record": "school_level", "record_id": SCHOOL, "level": "primary", "field": field, "label": field},
        **{"value": value, "value_text": None, "state": "reported", "file": BOOK, "sheet": "基础基312", "cell": "H7"},
        **{"sha256": "ab" * 32, "as_written": str(value), "correction": None, "explanation": None},
        **changes,
    }


def room(row: int, name: str, area: float, code: str = SCHOOL) -> list[dict[str, object]]:
    """A room of the supplement: four cells of one row."""
    at: dict[str, object] = {"record": "room", "record_id": str(row), "level": None, "file": "s.xlsx", "sheet": "教室"}
    return [
        cell("school_code", **at, value_text=code, cell=f"A{row}"),
        cell("kind", **at, value_text="音乐", cell=f"C{row}"),
        cell("room_name", **at, value_text=name, cell=f"D{row}"),
        cell("area_m2", area, **at, cell=f"E{row}"),
    ]


def received(sha256: str = "a", **changes: object) -> dict[str, object]:
    return {
        **{"file": BOOK, "sha256": sha256, "size": 1, "edition": "jichuji", "school_code": SCHOOL, "revision": 1},
        **{"received_at": "2018-05-01T00:00:00+00:00"},
        **changes,
    }


def verdict(test: str, word: str, subject: str = SCHOOL) -> dict[str, object]:
    return {
        **{"standard": "national-2017", "test_id": test, "subject_type": "section", "subject_id": subject},
        **{"verdict": word},
    }


SOUND: dict[str, list[dict[str, object]]] = {
    "cells": [cell("pupils", 572)],
    "received": [received()],
    "verdict_rows": [verdict("B4.standard.primary", "met")],
}


def snapshot(parquet: Path, county_verdict: str = "not_met", **tables: list[dict[str, object]]) -> Path:
    """The compared tables of a snapshot, as Parquet under ``parquet``."""
    ddl = {"cells": fake.CELLS, "received": fake.RECEIVED, "verdict_rows": fake.VERDICT_ROWS}
    with duckdb.connect() as connection:
        connection.execute(fake.DDL)
        for table, rows in (SOUND | tables).items():
            connection.execute(ddl[table])
            fake.insert(connection, table, fake.COUNTY, rows)
        connection.execute(fake.STANDARDS.replace("(standard", "(year INTEGER, county VARCHAR, standard"))
        standard: dict[str, object] = {"standard": "national-2017", "test_id": "B4.standard.primary", "indicator": "B4"}
        fake.insert(connection, "standards", fake.COUNTY, [standard | {"level": "primary", "title": "生均用房"}])
        fake.insert(
            connection, "marts.counties", fake.COUNTY, [{"county_name": "桓台县", "county_verdict": county_verdict}]
        )
        fake.insert(connection, "marts.schools", fake.COUNTY, [{"school_code": SCHOOL, "school_name": "索镇小学"}])
        sources = {f"evidence/{table}": table for table in (*ddl, "standards")}
        sources |= {f"marts/{table}": f"marts.{table}" for table in ("verdicts", "counties", "schools", "sections")}
        for place, source in sources.items():
            target = parquet / place / f"year={fake.YEAR}" / f"county={fake.COUNTY}" / "data.parquet"
            target.parent.mkdir(parents=True)
            connection.execute(f"COPY {source} TO '{target}' (FORMAT parquet)")
    return parquet


def compared(tmp_path: Path, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> list[dict[str, object]]:
    """The report between two snapshots."""
    before = None if old is None else snapshot(tmp_path / "old", **old)
    after = snapshot(tmp_path / "new", **new)
    [file] = write_changes(after, [PublishedPartition(fake.YEAR, fake.COUNTY, "national-2017", "f")], before)
    with duckdb.connect() as connection:
        connection.execute("create schema evidence")
        connection.execute(f"create table evidence.changes as from read_parquet('{file.under(after)}')")
        return change_rows(connection, fake.YEAR, fake.COUNTY)


def told(rows: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_nothing_before_or_nothing_changed_is_an_empty_report(tmp_path: Path) -> None:
    assert compared(tmp_path / "first", None, {}) == []
    assert compared(tmp_path / "same", {}, {}) == []


def test_a_value_is_named_with_old_new_and_cell(tmp_path: Path) -> None:
    [row] = compared(tmp_path, {}, {"cells": [cell("pupils", 580)]})
    assert set(row) == set(CHANGE_FIELDS)
    assert (row["kind"], row["change"], row["old"], row["new"]) == ("value", "changed", 572.0, 580.0)
    assert (row["file"], row["sheet"], row["cell"]) == (BOOK, "基础基312", "H7")
    assert (row["subject_id"], row["subject_name"], row["level"]) == (SCHOOL, "索镇小学", "primary")


@pytest.mark.parametrize(
    "moved",
    [
        {"cell": "I8"},
        {"file": "export_2018.xlsx", "sheet": "小学", "cell": "C9"},
        {"as_written": "５７２"},
        {"state": "zero_blank"},
        {"sha256": "cd" * 32},
    ],
)
def test_the_same_figure_elsewhere_or_written_otherwise_is_no_change(tmp_path: Path, moved: dict[str, object]) -> None:
    assert compared(tmp_path, {}, {"cells": [cell("pupils", 572, **moved)]}) == []


def test_a_value_no_longer_reported_is_missing_and_not_nought(tmp_path: Path) -> None:
    rows = compared(tmp_path, {}, {"cells": [cell("pupils", None, state="missing")]})
    assert told(rows, "change", "old", "new") == [("changed", 572.0, None)]


def test_values_come_and_go(tmp_path: Path) -> None:
    rows = compared(tmp_path, {}, {"cells": [cell("classes", 12, cell="E6")]})
    assert sorted(told(rows, "change", "field", "old", "new", "cell", "old_cell")) == [
        ("added", "classes", None, 12.0, "E6", None),
        ("removed", "pupils", 572.0, None, None, "H7"),
    ]
    blank = compared(tmp_path / "blank", {}, {"cells": [cell("pupils", 572), cell("built", None, cell="A1")]})
    assert blank == [], "a blank that is new says nothing"


def test_one_cell_read_for_two_fields_is_one_change_and_two_cells_of_one_figure_are_two(tmp_path: Path) -> None:
    def rooms(left: int, right: int) -> list[dict[str, object]]:
        whole = {"record": "school_resource", "level": None, "sheet": "基础基522"}
        return [
            cell("multimedia_rooms", left, **whole, cell="L9"),
            cell("multimedia_rooms", right, **whole, cell="N9"),
            cell("ordinary_multimedia_rooms", left, **whole, cell="L9"),
        ]

    rows = compared(tmp_path, {"cells": rooms(14, 3)}, {"cells": rooms(10, 4)})
    assert told(rows, "cell", "old", "new", "label") == [
        ("L9", 14.0, 10.0, "multimedia_rooms、ordinary_multimedia_rooms"),
        ("N9", 3.0, 4.0, "multimedia_rooms"),
    ]


def test_a_room_is_followed_through_inserted_rows(tmp_path: Path) -> None:
    before = [*room(2, "一", 96), *room(3, "一", 80), *room(4, "二", 70)]
    after = [*room(2, "新", 99, OTHER_SCHOOL), *room(3, "一", 96), *room(4, "一", 81), *room(5, "二", 70)]
    rows = compared(tmp_path, {"cells": before}, {"cells": after})
    changed = [row for row in rows if row["change"] == "changed"]
    assert told(changed, "cell", "old", "new", "subject_id") == [("E4", 80.0, 81.0, SCHOOL)]
    added = [row for row in rows if row["change"] == "added"]
    assert {row["subject_id"] for row in added} == {OTHER_SCHOOL} and len(added) == 4 and len(rows) == 5


def test_files_go_by_school_and_by_name(tmp_path: Path) -> None:
    old = [received(), received(file="county_return.xlsx", school_code=None), received(file="x.csv", school_code=None)]
    new = [
        received("b", file="schools/renamed.xlsx", revision=2),
        received(file="county_return.xlsx", school_code=None),
        received(file="corrections.xlsx", school_code=None),
    ]
    rows = compared(tmp_path, {"received": old}, {"received": new})
    assert told(rows, "kind", "change", "file", "old_file", "revision") == [
        ("file", "added", "corrections.xlsx", None, 1),
        ("file", "changed", "schools/renamed.xlsx", BOOK, 2),
        ("file", "removed", None, "x.csv", None),
    ]
    renamed = compared(tmp_path / "r", {}, {"received": [received(file="schools/renamed.xlsx")]})
    assert renamed == [], "the same file under another name is no change"


def test_every_verdict_that_moved_from_the_county_to_the_single_test(tmp_path: Path) -> None:
    new = {
        "county_verdict": "met",
        "verdict_rows": [
            verdict("B4.standard.primary", "missing"),
            verdict("B4.standard.primary", "met", OTHER_SCHOOL),
        ],
    }
    rows = compared(tmp_path, {}, new)
    assert told(rows, "kind", "scope", "subject_id", "indicator", "test", "old", "new") == [
        ("verdict", "county", fake.COUNTY, None, None, "not_met", "met"),
        ("verdict", "test", SCHOOL, "B4", "B4.standard.primary", "met", "missing"),
        ("verdict", "test", OTHER_SCHOOL, "B4", "B4.standard.primary", None, "met"),
    ]


def test_what_an_older_version_did_not_publish_is_no_obstacle(tmp_path: Path) -> None:
    old = snapshot(tmp_path / "old")
    new = snapshot(tmp_path / "new", cells=[cell("pupils", 580)])
    part = f"year={fake.YEAR}/county={fake.COUNTY}/data.parquet"
    (old / "evidence/verdict_rows" / part).unlink()
    cells = old / "evidence/cells" / part
    with duckdb.connect() as connection:
        connection.execute(f"create table c as select * exclude (correction, explanation) from '{cells}'")
        connection.execute(f"copy c to '{cells}' (format parquet)")
    [file] = write_changes(new, [PublishedPartition(fake.YEAR, fake.COUNTY, "national-2017", "f")], old)
    with duckdb.connect() as connection:
        rows = connection.execute(f"select kind, change from '{file.under(new)}' order by position").fetchall()
    assert rows == [("value", "changed")]


def test_the_report_is_part_of_the_snapshot_of_its_run(tmp_path: Path) -> None:
    var = tmp_path / "var"
    fake.build(var)
    first = publish(var, "r1", [fake.partition()])
    fake.build(var, pupils=900)
    second = publish(var, "r2", [fake.partition()])
    with connect(second.duckdb) as connection:
        rows = change_rows(connection, fake.YEAR, fake.COUNTY)
    assert {"file", "value", "verdict"} == {row["kind"] for row in rows}
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    with connect(first.duckdb) as connection:
        assert change_rows(connection, fake.YEAR, fake.COUNTY) == []
    record = second.partition(fake.YEAR, fake.COUNTY)
    assert record is not None and record.previous_run_id == "r1"
    fake.build(var, [fake.OTHER])
    third = publish(var, "r3", [fake.partition(fake.OTHER)])
    assert read_current(var) == third
    with connect(third.duckdb) as connection:
        assert change_rows(connection, fake.YEAR, fake.COUNTY) == rows, "another county's load leaves it"
        assert change_rows(connection, fake.YEAR, fake.OTHER) == []
