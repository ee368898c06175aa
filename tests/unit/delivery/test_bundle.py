"""The archive: what is in it, that it can be checked, that the same commit gives the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from orchestration.delivery.bundle import ON_TARGET, ROOT, SHIPPED, Project, committed, gather, write
from orchestration.delivery.on_target import HERE
from orchestration.delivery.platforms import PLATFORMS
from tests.unit.delivery.tools import lock_of, make_wheel

PYPROJECT = (
    '[project]\nname = "demo"\nversion = "1.2"\ndependencies = ["demo"]\n[dependency-groups]\nbuild = ["tool"]\n'
)


def git(folder: Path, *arguments: str) -> None:
    who = {f"GIT_{role}_{what}": "a@b.example" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    dated = {"GIT_AUTHOR_DATE": "2024-05-06T07:08:09+0000", "GIT_COMMITTER_DATE": "2024-05-06T07:08:09+0000"}
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True,
                   env={"PATH": os.environ["PATH"], "HOME": str(folder), **who, **dated})  # fmt: skip


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A repository that has all that is shipped, and more: a test, an uncommitted change."""
    folder = tmp_path / "repository"
    for name in (*SHIPPED, "tests"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if "." in name or name == "LICENSE":
            path.write_text(PYPROJECT if name == "pyproject.toml" else f"{name}\n", encoding="utf-8", newline="\n")
        else:
            path.mkdir()
            (path / "桓台县.txt").write_bytes(b"as received\r\n")
    shutil.copytree(HERE, folder / ON_TARGET, ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "one")
    for name in ("README.md", f"{ON_TARGET}install.sh"):
        (folder / name).write_text("changed since\n", encoding="utf-8")
    return committed(folder)


@pytest.fixture
def served(tmp_path: Path) -> dict[str, list[str]]:
    wheel = make_wheel(tmp_path / "wheels", "demo-1.0-py3-none-any.whl")
    pins = lock_of(("demo==1.0", wheel))
    return gather(pins, ["demo"], PLATFORMS["windows-amd64"], ["3.11", "3.12"], tmp_path / "wheels")


def bundle(project: Project, served: dict[str, list[str]], tmp_path: Path, platform: str) -> Path:
    target = tmp_path / "dist" / "demo-1.2.zip"
    write(project, PLATFORMS[platform], served, tmp_path / "wheels", target)
    return target


def members(archive: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as content:
        return {name.removeprefix("demo-1.2/"): content.read(name) for name in content.namelist()}


def test_what_is_committed_and_nothing_else(project: Project, served: dict[str, list[str]], tmp_path: Path) -> None:
    found = members(bundle(project, served, tmp_path, "windows-amd64"))
    assert found["README.md"] == b"README.md\n" and b"changed since" not in b"".join(found.values())
    assert found["raw/桓台县.txt"] == b"as received\r\n"
    assert not [name for name in found if name.startswith("tests")]
    scripts = {"install.py", "install.bat", "junheng.bat", "not_installed.txt", "说明.txt"}
    assert scripts | {"manifest.json", "SHA256SUMS", "wheels/demo-1.0-py3-none-any.whl", "pyproject.toml"} <= set(found)
    assert project.version == "1.2" and project.roots == ["demo", "tool"]


def test_every_file_can_be_checked(project: Project, served: dict[str, list[str]], tmp_path: Path) -> None:
    found = members(bundle(project, served, tmp_path, "linux-x86_64"))
    sums = dict(reversed(line.split("  ")) for line in found.pop("SHA256SUMS").decode().splitlines())
    assert sums == {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    manifest = json.loads(found["manifest.json"])
    assert manifest["commit"] == project.commit and manifest["pythons"] == ["3.11", "3.12"]
    (wheel,) = manifest["wheels"]
    assert wheel["sha256"] == sums["wheels/" + wheel["file"]]


def test_same_commit_same_bytes(project: Project, served: dict[str, list[str]], tmp_path: Path) -> None:
    first = bundle(project, served, tmp_path, "linux-x86_64").read_bytes()
    for path in (tmp_path / "wheels").iterdir():
        os.utime(path, (0, 0))
    reordered = Project(project.version, project.commit, project.committed_at, dict(reversed(project.files.items())))
    assert bundle(reordered, served, tmp_path, "linux-x86_64").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "dist" / "demo-1.2.zip") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2024, 5, 6, 7, 8, 8)}  # a zip counts in twos
        assert archive.getinfo("demo-1.2/install.sh").external_attr >> 16 & 0o777 == 0o755


def test_everything_shipped_is_in_this_repository() -> None:
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z", "--", *SHIPPED], capture_output=True, check=True)
    tops = {name.split(b"/")[0].decode() for name in listed.stdout.split(b"\0") if name}
    assert tops == set(SHIPPED)
