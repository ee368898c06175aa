"""A backup with bytes flipped or cut off, and a folder that is not quite empty: refused in words, nothing is lost."""

from __future__ import annotations

import json
import shutil
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration import upkeep
from orchestration.publication import backup_archive, durable
from orchestration.publication.backup import BackupError, restore
from orchestration.publication.pointer import read_current, utc_now
from orchestration.publication.refusals import Refusal, read_refusal, write_refusal
from orchestration.publication.snapshot import publish
from orchestration.register import read_register, register, register_path
from orchestration.returns.partition_files import Received
from publication import fake_warehouse as fake
from publication.tools import papers

A, B, C = fake.COUNTY, fake.OTHER, "370323"
DAMAGED = "不是备份文件，或已经损坏"


def received(file: str, letter: str) -> Received:
    return Received(file=file, sha256=letter * 64, size=1, edition=None, school_code=None)


def refused(var: Path, county: str, *after: str) -> None:
    write_refusal(var, Refusal(2017, county, "r9", utc_now(), fake.STANDARD, [], None, list(after)))


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A is published, B refused; both have a register."""
    var = tmp_path_factory.mktemp("backed up") / "var"
    fake.build(var, [A])
    publish(var, "r1", [fake.partition(A)], reports=papers(var, {A: "A1"}))
    refused(var, B)
    register(var, 2017, A, [received("x.xlsx", "a")], "2017-12-21T08:00:00+00:00")
    register(var, 2017, B, [received("y.xlsx", "b")], "2017-12-21T08:00:00+00:00")
    file = tmp_path_factory.mktemp("archive") / "b.zip"
    upkeep.back_up(var, file)
    return file


@pytest.fixture(scope="module")
def small(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The same without its tables: of the bytes that are left, those of names, sizes and sums are many."""
    file = tmp_path_factory.mktemp("small") / "s.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as sink:
        content = json.loads(source.read(backup_archive.LIST_NAME))
        content["files"] = [one for one in content["files"] if not one["path"].endswith((".parquet", ".json"))]
        sink.writestr(backup_archive.LIST_NAME, json.dumps(content))
        for one in content["files"]:
            sink.writestr(one["path"], source.read(one["path"]))
    return file.read_bytes()


def state(var: Path) -> dict[str, bytes]:
    """Every file but the lock, with its content."""
    return {
        path.relative_to(var).as_posix(): path.read_bytes()
        for path in sorted(var.rglob("*"))
        if path.is_file() and path.name != "load.lock"
    }


def unpacks(file: Path, place: Path) -> bool:
    """Whether it is unpacked; all that may come instead is a refusal in words."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    try:
        backup_archive.unpack(file, place)
    except BackupError as error:
        assert "不予恢复" in str(error)
        return False
    return True


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bytes_are_refused_in_words(
    small: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    size = len(small)
    where = st.one_of(  # anywhere, in the list at the front, in the folder of names at the end
        st.integers(0, size - 1), st.integers(0, 3000), st.integers(size - min(size, 6000), size - 1)
    )
    content = bytearray(small)
    for place, byte in data.draw(st.lists(st.tuples(where, st.integers(0, 255)), min_size=1, max_size=30)):
        content[place] = byte
    if data.draw(st.integers(0, 4)) == 0:
        content = content[: data.draw(st.integers(0, size))]
    folder = tmp_path_factory.mktemp("flipped")
    (folder / "f.zip").write_bytes(content)
    unpacks(folder / "f.zip", folder / "place")
    shutil.rmtree(folder)


def test_every_byte_of_the_names_at_the_end(small: bytes, tmp_path: Path) -> None:
    start = small.index(b"PK\x01\x02")
    seen = set[bool]()
    for place in range(start, len(small), 7):
        content = bytearray(small)
        content[place] ^= 0x80
        (tmp_path / "f.zip").write_bytes(content)
        seen.add(unpacks(tmp_path / "f.zip", tmp_path / "place"))
    assert False in seen


@pytest.mark.parametrize(
    "error", [zlib.error("Error -3"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), OSError(22, "Invalid argument")]
)
def test_what_reading_a_damaged_archive_raises(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(zipfile.ZipFile, "open", broken)
    with pytest.raises(BackupError, match=DAMAGED):
        restore(archive, tmp_path / "var")
    assert state(tmp_path / "var") == {}


def test_damaged_inside_the_biggest_file(archive: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(archive) as source:
        biggest = max(source.infolist(), key=lambda entry: entry.compress_size)
    content = bytearray(archive.read_bytes())
    begin = biggest.header_offset + 1500
    content[begin : begin + 50] = b"\xff" * 50
    (tmp_path / "f.zip").write_bytes(content)
    with pytest.raises(BackupError, match="损坏"):
        restore(tmp_path / "f.zip", tmp_path / "var")
    assert state(tmp_path / "var") == {}


def test_papers_that_no_partition_accounts_for(archive: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(bad, "w") as sink:
        content = json.loads(source.read(backup_archive.LIST_NAME))
        paper = next(one for one in content["files"] if one["path"].endswith("gap_list.xlsx"))
        content["files"].append(paper | {"path": "published/r0/reports/2017/370321/gap_list.xlsx"})
        sink.writestr(backup_archive.LIST_NAME, json.dumps(content))
        for name in source.namelist():
            if name != backup_archive.LIST_NAME:
                sink.writestr(name, source.read(name))
        sink.writestr(content["files"][-1]["path"], source.read(paper["path"]))
    with pytest.raises(BackupError, match="不可信"):
        restore(bad, tmp_path / "var")


def test_receipts_and_refusals_of_other_counties_stay(archive: Path, tmp_path: Path) -> None:
    """Nothing is published there yet, but loads that were refused have been."""
    var = tmp_path / "var"
    refused(var, C)
    refused(var, A)
    register(var, 2017, C, [received("z.xlsx", "c")], "2018-01-02T08:00:00+00:00")
    before = state(var)
    upkeep.restore(archive, var)
    after = state(var)
    for name in (f"refused/2017-{C}.json", f"register/2017/{C}.json"):
        assert after[name] == before[name], name
    assert [entry.file for entry in read_register(var, 2017, A)] == ["x.xlsx"]
    assert read_refusal(var, 2017, B) is not None
    current = read_current(var)
    assert current is not None
    assert read_refusal(var, 2017, A, current.partition(2017, A)) is not None, "it is newer than what came back"


@pytest.mark.parametrize("which", ["register", "refused"])
def test_two_histories_of_one_county_are_not_mixed(archive: Path, tmp_path: Path, which: str) -> None:
    var = tmp_path / "var"
    if which == "register":
        register(var, 2017, A, [received("w.xlsx", "d")], "2018-01-02T08:00:00+00:00")
    else:
        refused(var, B, "r5")
    before = state(var)
    with pytest.raises(BackupError, match=r"与备份里的不同.*移走"):
        upkeep.restore(archive, var)
    assert state(var) == before and read_current(var) is None
    (var / which).rename(tmp_path / "aside")
    assert upkeep.restore(archive, var).run_id == "r1"


def test_a_restoration_that_fails_late_takes_back_what_it_began(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    var = tmp_path / "var"
    refused(var, C)
    before = state(var)
    real = durable.replace

    def full(source: Path, target: Path) -> None:
        if target.name == "published":
            raise OSError(28, "No space left on device")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(durable, "replace", full)
        with pytest.raises(OSError, match="No space"):
            upkeep.restore(archive, var)
    assert state(var) == before
    assert upkeep.restore(archive, var).run_id == "r1"


@pytest.mark.parametrize("name", ["published", "register", "refused"])
@pytest.mark.parametrize("what", ["link", "file"])
def test_what_is_no_folder_is_seen_before_anything_is_changed(
    archive: Path, tmp_path: Path, name: str, what: str
) -> None:
    var = tmp_path / "var"
    refused(var, C)
    register(var, 2017, C, [received("z.xlsx", "c")], "2018-01-02T08:00:00+00:00")
    if (var / name).exists():
        shutil.rmtree(var / name)
    (tmp_path / "elsewhere").mkdir()
    if what == "link":
        (var / name).symlink_to(tmp_path / "elsewhere")
    else:
        (var / name).write_text("mine", encoding="utf-8")
    before = state(var)
    with pytest.raises(BackupError, match="是链接或文件"):
        restore(archive, var)
    assert state(var) == before and list((tmp_path / "elsewhere").iterdir()) == []


def test_a_refusal_that_is_older_than_what_came_back_does_not_stand(archive: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    refused(var, A)
    refusal = read_refusal(var, 2017, A)
    assert refusal is not None
    write_refusal(var, replace(refusal, at="2017-01-01T00:00:00+00:00"))
    upkeep.restore(archive, var)
    current = read_current(var)
    assert current is not None and read_refusal(var, 2017, A, current.partition(2017, A)) is None


def test_the_register_of_the_backup_is_one(archive: Path, tmp_path: Path) -> None:
    upkeep.restore(archive, tmp_path / "var")
    assert register_path(tmp_path / "var", 2017, B).is_file()
