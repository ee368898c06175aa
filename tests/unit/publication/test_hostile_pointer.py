"""A pointer that names folders elsewhere, or is otherwise none of ours: refused in words, and nothing is touched."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration import upkeep
from orchestration.cli.app import run
from orchestration.publication.backup import LIST_NAME, BackupError
from orchestration.publication.lifecycle import snapshots
from orchestration.publication.pointer import PartitionRecord, PointerError, from_json, read_current, utc_now
from orchestration.publication.refusals import Refusal, read_refusals, write_refusal
from orchestration.publication.reports import published_papers, reports_folder, site_folder
from orchestration.publication.snapshot import publish, sync_reports
from orchestration.register import RegisterError, read_register, register, register_path
from orchestration.returns.partition_files import Received
from publication import fake_warehouse as fake
from publication.tools import papers

A = fake.COUNTY
Content = dict[str, Any]

# Field → what it cannot be; None at the front for the pointer's own fields.
BAD: list[tuple[str | None, str, object]] = [
    *(("partition", "county", value) for value in ("../../../x", "/etc", "37032", "３７０３２１", 7, None, "370321\n")),
    *(("partition", "year", value) for value in ("2017", "../..", -1, 20170, 2017.0, True, None)),
    *(("partition", "run_id", value) for value in ("../r1", "", ".building-r1", "a/b", 7, None)),
    *(("partition", "previous_run_id", value) for value in ("../r1", 7)),
    *(("partition", "loaded_at", value) for value in ("x", 7, None, "2017-12-21T08:00:00", "0001-01-01T00:00Z")),
    ("partition", "previous_loaded_at", "x"),
    *(("partition", name, 7) for name in ("standard", "fingerprint", "county_name", "provisional")),
    ("partition", "county_name", "\ud800"),
    ("partition", "unknown", 1),
    *((None, "run_id", value) for value in ("../../x", 7, None)),
    *((None, "created_at", value) for value in ("x", 7)),
    *((None, "sequence", value) for value in ("1", -1, 1.5, float("inf"), None)),
    *((None, "layout", value) for value in ("x", float("inf"))),
    *((None, name, 7) for name in ("contract", "duckdb", "parquet", "partitions")),
]  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    var = tmp_path_factory.mktemp("hostile") / "var"
    fake.build(var, [A])
    publish(var, "r1", [fake.partition(A)], reports=papers(var, {A: "A1"}))
    sync_reports(var)
    return var


@pytest.fixture
def var(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "var"))


@pytest.fixture(scope="module")
def archive(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "b.zip"
    upkeep.back_up(template, file)
    return file


def spoilt(content: Content, where: str | None, name: str, value: object) -> Content:
    """The pointer with one field of it, or of its partition, replaced."""
    if where is None:
        return content | {name: value}
    return content | {"partitions": [content["partitions"][0] | {name: value}]}


def tampered(archive: Path, file: Path, change: Callable[[Content], None], files: dict[str, bytes]) -> Path:
    """The archive with its list changed, and these files added and listed."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(file, "w") as sink:
        content = json.loads(source.read(LIST_NAME))
        change(content)
        for name, data in files.items():
            content["files"].append({"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
            sink.writestr(name, data)
        sink.writestr(LIST_NAME, json.dumps(content))
        for name in source.namelist():
            if name != LIST_NAME:
                sink.writestr(name, source.read(name))
    return file


@pytest.mark.parametrize(("where", "name", "value"), BAD)
def test_a_field_that_is_not_of_its_kind(template: Path, where: str | None, name: str, value: object) -> None:
    content = json.loads((template / "published" / "current.json").read_bytes())
    assert from_json(json.dumps(content)).run_id == "r1"
    with pytest.raises(PointerError, match="无法读取"):
        from_json(json.dumps(spoilt(content, where, name, value)))


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "3", "\ud800", "{}"])
def test_what_is_no_pointer_at_all(text: str) -> None:
    with pytest.raises(PointerError, match="无法读取"):
        from_json(text)


def test_a_partition_twice(template: Path) -> None:
    content = json.loads((template / "published" / "current.json").read_bytes())
    with pytest.raises(PointerError, match="两遍"):
        from_json(json.dumps(content | {"partitions": content["partitions"] * 2}))


@pytest.mark.parametrize("county", ["../../../program", "370321/../../../../program"])
def test_a_backup_cannot_reach_outside(archive: Path, tmp_path: Path, county: str) -> None:
    """Papers are put in place by county: one that is a path would remove what is there and put its own."""
    program = tmp_path / "program"
    program.mkdir()
    (program / "code.py").write_text("ours", encoding="utf-8")

    def change(content: Content) -> None:
        content["pointer"]["partitions"].append(content["pointer"]["partitions"][0] | {"county": county})

    bad = tampered(archive, tmp_path / "bad.zip", change, {"published/program/evil.py": b"theirs"})
    target = tmp_path / "var"
    with pytest.raises(BackupError, match="不是备份文件，或已经损坏"):
        upkeep.restore(bad, target)
    assert [path.name for path in target.iterdir()] == ["load.lock"]
    assert [path.read_text(encoding="utf-8") for path in program.iterdir()] == ["ours"]


@pytest.mark.parametrize(("where", "name", "value"), BAD[::3])
def test_a_backup_with_such_a_pointer(
    archive: Path, tmp_path: Path, where: str | None, name: str, value: object, capsys: pytest.CaptureFixture[str]
) -> None:
    def change(content: Content) -> None:
        content["pointer"] = spoilt(content["pointer"], where, name, value)

    bad = tampered(archive, tmp_path / "bad.zip", change, {})
    target = tmp_path / "var"
    assert run(["restore", str(bad), "--var", str(target)]) == 64
    said = capsys.readouterr().err
    assert "不是备份文件，或已经损坏" in said and "程序出错" not in said
    assert [path.name for path in target.iterdir()] == ["load.lock"]


@pytest.mark.parametrize("command", ["gaps", "status", "rollback", "prune", "backup", "withdraw", "query"])
def test_such_a_pointer_on_disk_is_said_in_words(
    var: Path, tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pointer = var / "published" / "current.json"
    pointer.write_text(
        json.dumps(spoilt(json.loads(pointer.read_bytes()), "partition", "county", "../../x")), encoding="utf-8"
    )
    arguments = {
        "gaps": ["2017", A], "withdraw": ["2017", A], "prune": ["--keep", "1"], "query": ["select 1"],
        "backup": [str(tmp_path / "x.zip")],
    }  # fmt: skip
    before = [path for path in sorted(var.rglob("*")) if path.name != "load.lock"]
    assert run([command, *arguments.get(command, []), "--var", str(var)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("错误：发布指针 current.json 无法读取") and "程序出错" not in said
    assert [path for path in sorted(var.rglob("*")) if path.name != "load.lock"] == before


def test_a_pointer_that_is_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "published" / "current.json").mkdir(parents=True)
    assert run(["status", "--var", str(tmp_path)]) == 1
    assert "是文件夹" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value"), [("run_id", "r7"), ("run_id", "../r1"), ("created_at", "x")])
def test_a_manifest_that_is_not_of_its_folder_is_no_snapshot(var: Path, name: str, value: str) -> None:
    assert [one.run_id for one in snapshots(var)] == ["r1"]
    manifest = var / "published" / "r1" / "snapshot.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | {name: value}), encoding="utf-8")
    assert snapshots(var) == []


@pytest.mark.parametrize(("year", "county"), [(2017, "../x"), ("2017/..", A), (2017, ""), (99999, A), (None, A)])
def test_no_path_is_made_of_what_is_no_partition(var: Path, year: Any, county: str) -> None:
    current = read_current(var)
    assert current is not None
    record = replace(current.partitions[0], year=year, county=county)
    ways: list[Callable[[], Path]] = [
        lambda: reports_folder(var, year, county),
        lambda: site_folder(var, year, county),
        lambda: published_papers(var, record),
    ]
    for way in ways:
        with pytest.raises(PointerError, match="不予使用"):
            way()
    with pytest.raises(PointerError, match="不予使用"):
        sync_reports(var, replace(current, partitions=(record,)))


def test_papers_of_a_run_that_is_none(var: Path) -> None:
    record = PartitionRecord(2017, A, "s", "f", False, None, "../../x", utc_now())
    with pytest.raises(PointerError, match="运行编号"):
        published_papers(var, record)


@pytest.mark.parametrize(
    "change",
    [{"year": "2017"}, {"year": 2018}, {"county": "370322"}, {"county": 3}, {"run_id": "../x"}, {"at": 3}, {"at": "x"},
     {"at": "2017-12-21T08:00:00"}, {"faults": [3]}, {"faults": 3}, {"county_name": 3}, {"standard": None},
     {"after": 3}, {"more": 1}],
)  # fmt: skip
def test_a_refusal_that_is_none_of_ours_is_nobodys(var: Path, change: Content) -> None:
    path = write_refusal(var, Refusal(2017, A, "r2", utc_now(), fake.STANDARD, [], after=["r1"]))
    assert len(read_refusals(var)) == 1
    path.write_text(json.dumps(json.loads(path.read_bytes()) | change), encoding="utf-8")
    assert read_refusals(var) == []
    assert run(["status", "--var", str(var)]) == 0


@pytest.mark.parametrize(
    "change",
    [{"key": 3}, {"revision": "1"}, {"received_at": "x"}, {"file": None}, {"sha256": 3}, {"size": -1},
     {"edition": 3}, {"school_code": []}, {"more": 1}],
)  # fmt: skip
def test_a_register_that_is_none_of_ours(tmp_path: Path, change: Content) -> None:
    received = Received("x.xlsx", "a" * 64, 1, None, None)
    register(tmp_path, 2017, A, [received], utc_now())
    path = register_path(tmp_path, 2017, A)
    content = json.loads(path.read_bytes())
    path.write_text(json.dumps({"received": [content["received"][0] | change]}), encoding="utf-8")
    with pytest.raises(RegisterError, match="无法读取"):
        read_register(tmp_path, 2017, A)
