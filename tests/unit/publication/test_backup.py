"""Backup and restore: the same state elsewhere; nothing of a damaged or hostile archive is believed."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration import upkeep
from orchestration.publication.backup import LIST_NAME, BackupError, NothingPublishedError, restore, write
from orchestration.publication.lifecycle import prune
from orchestration.publication.pointer import read_current, utc_now
from orchestration.publication.refusals import Refusal, read_refusals, write_refusal
from orchestration.publication.snapshot import publish, sweep, sync_reports
from publication import fake_warehouse as fake
from publication.tools import Killed, all_rows, killing, papers

A, B = fake.COUNTY, fake.OTHER


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs; what the first loaded of B is still shown."""
    var = tmp_path_factory.mktemp("backed up") / "var 文件夹"
    fake.build(var, [A, B])
    publish(var, "r1", [fake.partition(A), fake.partition(B)], reports=papers(var, {A: "A1", B: "B1"}))
    fake.build(var, [A], pupils=900)
    publish(var, "r2", [fake.partition(A)], reports=papers(var, {A: "A2"}))
    sync_reports(var)
    write_refusal(var, Refusal(2017, "370323", "r3", utc_now(), fake.STANDARD, []))
    (var / "register" / "2017").mkdir(parents=True)
    (var / "register" / "2017" / "370321.json").write_text("{}", encoding="utf-8")
    return var


@pytest.fixture(scope="module")
def archive(var: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("archive") / "备份.zip"
    upkeep.back_up(var, file)
    return file


def database(var: Path) -> Path:
    found = read_current(var)
    assert found is not None
    return found.duckdb


def test_a_backup_restores_elsewhere(var: Path, archive: Path, tmp_path: Path) -> None:
    target = tmp_path / "别处" / "var"
    restored = upkeep.restore(archive, target)
    assert restored.duckdb == target / "published" / "r2" / "junheng.duckdb" and restored.duckdb.is_file()
    pointer = json.loads((target / "published" / "current.json").read_bytes())
    assert pointer["duckdb"] == str(restored.duckdb) and Path(pointer["parquet"]).is_dir()
    assert str(var) not in (target / "published" / "r2" / "snapshot.json").read_text(encoding="utf-8")
    assert all_rows(database(target)) == all_rows(database(var))
    for county, text in ((A, "A2"), (B, "B1")):
        paper = target / "reports" / "2017" / county / "gap_list.xlsx"
        assert paper.read_text(encoding="utf-8") == text
    assert [refusal.county for refusal in read_refusals(target)] == ["370323"]
    assert (target / "register" / "2017" / "370321.json").is_file()
    assert sorted(path.name for path in target.iterdir()) == [
        "load.lock",
        "published",
        "refused",
        "register",
        "reports",
    ]
    # Life goes on there.
    sweep(target)
    fake.build(target, [B], pupils=700)
    publish(target, "r9", [fake.partition(B)])
    assert set(prune(target, 1).removed) == {"r1", "r2"}, "r2 keeps the papers of A, r1 nothing that is shown"
    assert {path.name for path in (target / "published").iterdir()} == {"current.json", "r2", "r9"}


def test_equal_states_give_equal_bytes(var: Path, archive: Path, tmp_path: Path) -> None:
    write(var, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(NothingPublishedError):
        write(tmp_path, tmp_path / "x.zip")


def test_a_folder_with_data_is_not_overwritten(var: Path, archive: Path) -> None:
    before = read_current(var)
    with pytest.raises(BackupError, match="已有发布的数据"):
        restore(archive, var)
    assert read_current(var) == before


Entries = dict[str, bytes]


def listed(entries: Entries) -> dict[str, Any]:
    return json.loads(entries[LIST_NAME])


def relist(entries: Entries, content: dict[str, Any]) -> None:
    entries[LIST_NAME] = json.dumps(content).encode()


def hostile_name(name: str) -> Callable[[Entries], None]:
    def change(entries: Entries) -> None:
        content = listed(entries)
        entries[name] = b"x"
        content["files"].append({"path": name, "size": 1, "sha256": hashlib.sha256(b"x").hexdigest()})
        relist(entries, content)

    return change


def damaged(entries: Entries) -> None:
    name = next(name for name in entries if name.endswith("junheng.duckdb"))
    entries[name] = entries[name][:-1] + b"\x7f"


def one_more(entries: Entries) -> None:
    entries["published/r2/more"] = b"x"


def one_less(entries: Entries) -> None:
    del entries[next(name for name in entries if name.endswith(".parquet"))]


def no_list(entries: Entries) -> None:
    del entries[LIST_NAME]


def bad_list(entries: Entries) -> None:
    entries[LIST_NAME] = b'{"format": 1, "files": [{}], "pointer": 3}'


def newer(entries: Entries) -> None:
    relist(entries, listed(entries) | {"format": 99})


def newer_layout(entries: Entries) -> None:
    content = listed(entries)
    content["pointer"]["layout"] = 99
    relist(entries, content)


def run_elsewhere(entries: Entries) -> None:
    content = listed(entries)
    content["pointer"]["run_id"] = "../../x"
    relist(entries, content)


def other_run(entries: Entries) -> None:
    content = listed(entries)
    content["pointer"]["run_id"] = "r77"
    relist(entries, content)


def huge(entries: Entries) -> None:
    content = listed(entries)
    content["files"][0]["size"] = 10**15
    relist(entries, content)


@pytest.mark.parametrize(
    "change",
    [
        *(hostile_name(name) for name in (
            "../evil", "published/../../evil", "/evil", "published/r2/..", "published\\r2\\evil", "C:/evil", "evil",
            "published/current.json", "published/r2/./x", "published//x", "published/r2/x:y", "published/r2/x ",
            "load.lock",
            "refused/a\x00b", "published/R2/junheng.duckdb", "reports/2017/370321/x",
        )),
        damaged, one_more, one_less, no_list, bad_list, newer, newer_layout, run_elsewhere, other_run, huge,
    ],
)  # fmt: skip
def test_a_hostile_or_damaged_archive_changes_nothing(
    archive: Path, tmp_path: Path, change: Callable[[Entries], None]
) -> None:
    with zipfile.ZipFile(archive) as source:
        entries = {name: source.read(name) for name in source.namelist() if "evidence" not in name}
    content = listed(entries)
    content["files"] = [file for file in content["files"] if file["path"] in entries]
    relist(entries, content)
    change(entries)
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as sink:
        for name, data in entries.items():
            sink.writestr(zipfile.ZipInfo(name), data)
    var = tmp_path / "inside" / "var"
    with pytest.raises(BackupError, match=r"[\u4e00-\u9fff]"):
        restore(bad, var)
    assert list(var.rglob("*")) == []
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.zip", "inside", "var"]


def test_a_link_is_no_file(archive: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(bad, "w") as sink:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename.endswith("gap_list.xlsx"):
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
            sink.writestr(entry, data)
    with pytest.raises(BackupError, match="不予恢复"):
        restore(bad, tmp_path / "var")


def test_a_bomb_is_not_unpacked(archive: Path, tmp_path: Path) -> None:
    """An entry that grows beyond what is listed: only so much of it is read, and it does not match."""
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as sink:
        for entry in source.infolist():
            data = source.read(entry)
            sink.writestr(entry, bytes(1 << 26) if entry.filename.endswith("junheng.duckdb") else data)
    with pytest.raises(BackupError, match="与清单不符"):
        restore(bad, tmp_path / "var")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"%PDF"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(BackupError, match="不是备份文件"):
        restore(tmp_path / "x", tmp_path / "var")


def test_a_restoration_killed_anywhere_can_be_repeated(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        count = killing(patch, after=10**6)
        restore(archive, tmp_path / "trial")
        steps = count()
    for step in (0, steps // 2, steps - 3, steps - 2):
        var = tmp_path / f"killed-{step}"
        with monkeypatch.context() as patch:
            patch.setattr(shutil, "rmtree", lambda *_a, **_k: None)  # who is killed does not clean up
            killing(patch, after=step)
            with pytest.raises(Killed):
                restore(archive, var)
        assert read_current(var) is None
        assert restore(archive, var).run_id == "r2"
        assert database(var).is_file() and not (var / ".restoring").exists()
