"""Files that a person names: whole, or the earlier ones as they were; why, in Chinese; and nothing left lying about."""

from __future__ import annotations

import errno
import gc
import os
import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from publication import fake_warehouse as fake

from cli.conftest import Ran
from orchestration.publication import durable
from orchestration.publication.school_plans import ARCHIVE, PLANS
from orchestration.publication.self_assessment import REPORT

Junheng = Callable[..., Ran]
KEY = ("2017", fake.COUNTY)
ROOM = 1000


@pytest.fixture
def own(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the published folder with papers, each longer than there will be room for."""
    own = Path(shutil.copytree(var, tmp_path / "own"))
    papers = own / "published" / "r1" / "reports" / "2017" / fake.COUNTY
    (papers / PLANS).mkdir(parents=True)
    school = SimpleNamespace(code="1", name="一小", row={"verdict": "met"}, gaps=[], file="1_一小.docx")

    def listed(*_: object) -> list[object]:
        return [school]

    monkeypatch.setattr("orchestration.cli.word_papers.schools", listed)
    for name in (REPORT, ARCHIVE, "forms.xlsx", "gap_list.xlsx", f"{PLANS}/{school.file}"):
        (papers / name).write_bytes(b"new" * ROOM)
    return own


@contextmanager
def little_room() -> Generator[None]:
    """No file may grow beyond a few bytes: as on a disk that fills up halfway."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


WRITING = [
    (("report", *KEY, "--output"), "x.docx", "x.docx"),
    (("forms", *KEY, "--output"), "papers", "papers/forms.xlsx"),
    (("plans", *KEY, "--output"), "papers", f"papers/{ARCHIVE}"),
    (("gaps", *KEY, "--output"), "x.csv", "x.csv"),
    (("gaps", *KEY, "--output"), "x.xlsx", "x.xlsx"),
    (("metrics", *KEY, "--output"), "x.xlsx", "x.xlsx"),
    (("dictionary", "--output"), "x.xlsx", "x.xlsx"),
    (("template", "self-assessment", "--output"), "x.docx", "x.docx"),
    (("template", "corrections", "--output"), "x.xlsx", "x.xlsx"),
]


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of a file's size")
@pytest.mark.parametrize("earlier", [True, False])
@pytest.mark.parametrize(("args", "target", "file"), WRITING)
def test_a_disk_that_fills_up_leaves_the_earlier_file(
    junheng: Junheng, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...], target: str, file: str, earlier: bool,
) -> None:  # fmt: skip
    out = tmp_path / "out"
    out.mkdir()
    if earlier:
        (out / file).parent.mkdir(exist_ok=True)
        (out / file).write_text("earlier", encoding="utf-8")
    forgotten: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", forgotten.append)
    with little_room():
        ran = junheng(*args, str(out / target), "--var", str(own))
    gc.collect()
    assert ran.code == 64 and "写不进去（文件太大" in ran.err, ran.err
    assert "Traceback" not in ran.err and "Errno" not in ran.err and forgotten == []
    left = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert left == ({file: b"earlier"} if earlier else {})
    assert junheng(*args, str(out / target), "--var", str(own)).code == 0
    assert (out / file).stat().st_size > ROOM
    assert not list(out.rglob(".*"))


@pytest.mark.parametrize(("args", "target", "file"), [one for one in WRITING if one[0][0] != "dictionary"])
def test_a_full_disk_is_said_in_chinese(
    junheng: Junheng, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...], target: str, file: str,
) -> None:  # fmt: skip
    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr(durable, "fsync_file", full)
    ran = junheng(*args, str(tmp_path / target), "--var", str(own))
    assert ran.code == 64 and "写不进去（磁盘已满）" in ran.err and "space" not in ran.err
    assert not list(tmp_path.glob(".*")) and not (tmp_path / file).exists()


@pytest.mark.parametrize(
    ("target", "says"), [("absent/x.docx", "没有这个文件夹"), ("file/x.docx", "不是文件夹"), ("x" * 300, "文件名太长")]
)
def test_a_mistake_in_the_path_is_said_in_chinese(
    junheng: Junheng, own: Path, tmp_path: Path, target: str, says: str
) -> None:
    (tmp_path / "file").touch()
    ran = junheng("report", *KEY, "--output", str(tmp_path / target), "--var", str(own))
    assert ran.code == 64 and says in ran.err


def test_a_link_is_written_through(junheng: Junheng, own: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "x.docx").symlink_to(tmp_path / "there" / "y.docx")
    assert junheng("report", *KEY, "--output", str(tmp_path / "x.docx"), "--var", str(own)).code == 0
    assert (tmp_path / "x.docx").is_symlink() and (tmp_path / "there" / "y.docx").stat().st_size > ROOM


@pytest.mark.skipif(sys.platform == "win32", reason="no such device")
def test_a_device_is_not_replaced(junheng: Junheng, own: Path) -> None:
    assert junheng("report", *KEY, "--output", os.devnull, "--var", str(own)).code == 0
    assert not Path(os.devnull).is_file()
