"""What runs at the office: scripts in the encoding each system reads, and an installer that says what is amiss."""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from orchestration.delivery.on_target import HERE, files_for, install

SOURCES = {path.name: path.read_bytes() for path in HERE.iterdir() if path.is_file()}
WINDOWS, LINUX = files_for("win32", SOURCES), files_for("linux", SOURCES)


def test_batch_files_are_what_cmd_reads_in_any_code_page() -> None:
    batches = {name: content for name, content in WINDOWS.items() if name.endswith(".bat")}
    assert set(batches) == {"install.bat", "junheng.bat"}
    for name, content in batches.items():
        text = content.decode("ascii")
        assert "\n" not in text.replace("\r\n", ""), name
        labels = set(re.findall(r"(?m)^:(\w+)", text))
        assert labels == set(re.findall(r"goto (\w+)", text)), name
        for file in re.findall(r"[\w-]+\.(?:py|txt)", re.sub(r"(?m)^rem .*$|%~dp0", "", text)):
            assert file in WINDOWS, (name, file)


def test_texts_are_read_rightly_by_type_and_by_editors() -> None:
    assert WINDOWS["not_installed.txt"].startswith(b"\xff\xfe")
    assert "安装 Python 3.11" in WINDOWS["not_installed.txt"].decode("utf-16")
    for files in (WINDOWS, LINUX):
        text = files["说明.txt"]
        assert text.startswith(b"\xef\xbb\xbf") and text.count(b"\n") == text.count(b"\r\n")
    assert not [name for name in LINUX if name.endswith((".bat", "not_installed.txt"))]
    assert not [name for name, content in LINUX.items() if name.endswith(".sh") and b"\r" in content]


def test_an_old_python_can_read_the_installer() -> None:
    ast.parse((HERE / "install.py").read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in LINUX.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


def sh(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(folder / script), "load"], cwd="/", env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_no_python_that_fits(folder: Path) -> None:
    other = folder / "python-of-old"
    other.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    other.chmod(0o755)
    for python in (str(other), "/nowhere/python3"):
        done = sh(folder, "install.sh", PYTHON=python)
        assert done.returncode == 1 and "没有找到 Python 3.11、3.12 或 3.13" in done.stderr


def test_starting_before_installing(folder: Path) -> None:
    done = sh(folder, "junheng.sh")
    assert done.returncode == 1 and "sh install.sh" in done.stderr


def test_the_script_hands_over_to_the_installer(folder: Path) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest() | {"machine": "abacus"}), encoding="utf-8")
    done = sh(folder, "install.sh", PYTHON=sys.executable, PYTHONUTF8="1")
    assert done.returncode == 1 and "请换用相应的安装包" in done.stdout
    done = sh(folder, "install.sh", PYTHON=sys.executable, PYTHONIOENCODING="ascii")
    assert done.returncode == 1 and "???" in done.stdout and "Traceback" not in done.stderr


def manifest() -> dict[str, Any]:
    """Of a bundle for this very machine."""
    return {
        "platform": "here", "sys_platform": sys.platform, "machine": platform.machine(), "glibc": None,
        "pythons": ["{}.{}".format(*sys.version_info[:2])], "longest_path": 10,
        "wheels": [{"unpacked": 10, "pythons": ["{}.{}".format(*sys.version_info[:2])]}],
    }  # fmt: skip


def test_a_machine_that_fits() -> None:
    install.check_machine(manifest())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pythons": ["3.99"]}, "只带有 Python 3.99 的依赖"),
        ({"sys_platform": "plan9"}, "请换用相应的安装包"),
        ({"machine": "abacus"}, "请换用相应的安装包"),
        ({"glibc": [9, 9]}, "需要 glibc 9.9"),
        ({"wheels": [{"unpacked": 10**18, "pythons": manifest()["pythons"]}]}, "磁盘空间不够"),
    ],
)
def test_a_machine_that_does_not_fit(change: dict[str, Any], said: str) -> None:
    with pytest.raises(install.Stop, match=said):
        install.check_machine(manifest() | change)


def test_python_without_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # type: ignore[arg-type]
    with pytest.raises(install.Stop, match="python3-venv"):
        install.check_machine(manifest())


@pytest.mark.parametrize(("allowed", "refused"), [(True, False), (False, True)])
def test_a_path_too_long_for_windows(monkeypatch: pytest.MonkeyPatch, allowed: bool, refused: bool) -> None:
    registry = ModuleType("winreg")

    class Key:
        def __enter__(self) -> Key:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    registry.HKEY_LOCAL_MACHINE = 0  # type: ignore[attr-defined]
    registry.OpenKey = lambda *_: Key()  # type: ignore[attr-defined]
    registry.QueryValueEx = lambda *_: (int(allowed), 4)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "winreg", registry)
    monkeypatch.setattr(install.sys, "platform", "win32")
    here = manifest() | {"longest_path": 250}
    if refused:
        with pytest.raises(install.Stop, match="路径太长"):
            install.check_machine(here)
    else:
        install.check_machine(here)
    install.check_machine(here | {"longest_path": 10})


def test_a_copy_that_did_not_arrive_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "HERE", tmp_path)
    names = ["raw/桓台县.xlsx", "wheels/demo.whl", "README.md"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    sums = [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}\n" for name in names]
    (tmp_path / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    install.check_copy()
    (tmp_path / names[0]).write_text("cut", encoding="utf-8")
    shutil.rmtree(tmp_path / "wheels")
    with pytest.raises(install.Stop, match=r"有 2 个文件.*raw/桓台县.xlsx、wheels/demo.whl"):
        install.check_copy()
