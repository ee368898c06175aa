"""A working folder of an earlier version is read, loaded into, gone back in; one of a later version is refused.

``tests/fixtures/var_layout_1.zip`` is a folder as the program left it before folders had a layout number: two runs of
the made-up county of fake_warehouse.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import duckdb
import pytest

from orchestration import upkeep
from orchestration.publication.pointer import LAYOUT, PointerError, read_current
from orchestration.publication.reader import fault_rows, gap_rows, metric_rows, open_partition, status_rows
from orchestration.publication.snapshot import publish, sweep, sync_reports
from publication import fake_warehouse as fake
from publication.tools import all_rows, papers, pupils_of

FIXTURE = Path(__file__).parents[2] / "fixtures" / "var_layout_1.zip"
A, B = fake.COUNTY, fake.OTHER
FIRST, SECOND = "20171221T080000-first", "20171222T080000-second"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    with zipfile.ZipFile(FIXTURE) as archive:
        archive.extractall(tmp_path / "var")
    return tmp_path / "var"


def test_it_is_read_as_it_is(var: Path) -> None:
    current = read_current(var)
    assert current is not None and (current.run_id, current.contract) == (SECOND, None)
    with open_partition(var, 2017, A) as published:
        assert gap_rows(published.connection, 2017, A) and metric_rows(published.connection, 2017, A)
        assert fault_rows(published.connection, 2017, A)
    assert [row["county"] for row in status_rows(var)] == [A, B]
    assert sweep(var) == []
    assert sync_reports(var) == []


def test_a_load_brings_it_up_and_changes_no_row_of_the_others(var: Path) -> None:
    before = all_rows(read_current(var).duckdb)  # pyright: ignore[reportOptionalMemberAccess]
    fake.build(var, [A], pupils=700)
    loaded = publish(var, "r3", [fake.partition(A)], reports=papers(var, {A: "three"}))
    after = all_rows(loaded.duckdb)
    for name, rows in before.items():
        assert [row for row in after[name] if B in row] == [row for row in rows if B in row], name
    pointer = json.loads((var / "published" / "current.json").read_bytes())
    assert (pointer["layout"], pointer["contract"]) == (LAYOUT, loaded.contract) and loaded.contract
    assert len(after["marts.area_verdicts"]) == 2
    package = json.loads((loaded.parquet / "datapackage.json").read_bytes())
    paths = [path for resource in package["resources"] for path in resource["path"]]
    assert all((loaded.parquet / path).is_file() for path in paths)
    with duckdb.connect(str(loaded.duckdb), read_only=True) as connection:
        bare = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE comment IS NULL").fetchone()
    assert bare == (0,)


def test_everything_that_keeps_a_folder_in_order_works_on_it(var: Path, tmp_path: Path) -> None:
    upkeep.roll_back(var, None)
    assert pupils_of(read_current(var).duckdb) == {A: 1120, B: 1120}  # pyright: ignore[reportOptionalMemberAccess]
    assert (var / "reports" / "2017" / A / "gap_list.xlsx").read_text(encoding="utf-8") == "one"
    upkeep.roll_back(var, SECOND)
    upkeep.back_up(var, tmp_path / "backup.zip")
    assert upkeep.restore(tmp_path / "backup.zip", tmp_path / "new").run_id == SECOND
    upkeep.withdraw(var, [(2017, A)])
    assert pupils_of(read_current(var).duckdb) == {B: 1120}  # pyright: ignore[reportOptionalMemberAccess]
    assert upkeep.prune(var, 1).removed
    assert [row["county"] for row in status_rows(var)] == [B]


def test_a_folder_of_a_later_version_is_refused_not_misread(var: Path) -> None:
    pointer = var / "published" / "current.json"
    content = json.loads(pointer.read_bytes())
    pointer.write_text(json.dumps(content | {"layout": LAYOUT + 1, "partitions": [{"new": 1}]}), encoding="utf-8")
    with pytest.raises(PointerError, match="更新的版本"):
        read_current(var)
    with pytest.raises(PointerError):
        upkeep.prune(var, 1)
    assert (var / "published" / FIRST).is_dir()
