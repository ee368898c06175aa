"""An office without internet: unpack the bundle, install, load the shipped county, and compare what comes out.

Not part of ``make test`` (the bundle is some 700 MB, and made from a registry): ``make test-bundle`` makes it and runs
this. The network is cut by a namespace of its own, where not even loopback is up; HOME is an empty folder.
"""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration import __version__
from orchestration.delivery.bundle import ROOT
from tests.oracle import compute
from tests.oracle.comparison import differences

CUT = ("unshare", "--map-root-user", "--net")


def archive() -> Path:
    found = ROOT / "dist" / f"junheng-{__version__}-linux-{platform.machine()}.zip"
    if not found.exists():
        pytest.skip(f"no {found.name} in dist; make test-bundle makes it")
    return found


class Office:
    """A machine with nothing but Python: an empty HOME, no network, no settings."""

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder / "home", folder / "办公室 一"
        self.home.mkdir()
        self.folder.mkdir()

    def run(self, *arguments: str, cwd: Path | None = None) -> str:
        environment = {"HOME": str(self.home), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
        done = subprocess.run(
            [*CUT, *arguments], cwd=cwd or self.folder, env=environment, capture_output=True, text=True,
            encoding="utf-8", check=False, timeout=900,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The bundle unpacked and installed."""
    if shutil.which(CUT[0]) is None or subprocess.run([*CUT, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let us make a network namespace (unshare --map-root-user --net)")
    bundle = archive()
    office = Office(tmp_path_factory.mktemp("office"))
    # The kernel's own word that nothing can leave: no interface up, no route.
    assert office.run("cat", "/proc/net/route").count("\n") <= 1 and "UP" not in office.run("ip", "-brief", "link")
    started = time.monotonic()
    office.run(sys.executable, "-m", "zipfile", "-e", str(bundle), ".")
    (office.folder,) = office.folder.iterdir()
    said = office.run("sh", "install.sh")
    assert "已装好" in said
    sys.stderr.write(f"\n{bundle.name}: unpacked and installed in {time.monotonic() - started:.0f} s\n")
    yield office
    shutil.rmtree(office.folder)


@pytest.fixture(scope="module")
def loaded(office: Office) -> Office:
    started = time.monotonic()
    # From elsewhere: the scripts find their own folder.
    office.run("sh", str(office.folder / "junheng.sh"), "load", "2017", "370321", cwd=office.home)
    sys.stderr.write(f"loaded in {time.monotonic() - started:.0f} s\n")
    return office


def read(office: Office, command: str) -> dict[str, Any]:
    return json.loads(office.run("sh", "junheng.sh", command, "2017", "370321", "--format", "json"))


def test_the_gap_list_is_the_expected_one(loaded: Office) -> None:
    gaps, verdicts, metrics = (read(loaded, command)["rows"] for command in ("gaps", "verdicts", "metrics"))
    huantai = ROOT / "raw" / "2017" / "370321"
    assert gaps and differences(compute(huantai, 2017, "370321"), gaps, verdicts, metrics) == []
    expected = json.loads((huantai / "expected.json").read_text(encoding="utf-8"))["verdicts"]
    found = {row["indicator"]: row["verdict"] for row in verdicts}
    assert {name: found[name] for name in expected} == {
        name: "met" if verdict == "达标" else "not_met" for name, verdict in expected.items()
    }


def test_papers_and_pages_are_there(loaded: Office) -> None:
    reports = loaded.folder / "var" / "reports" / "2017" / "370321"
    for name in ("gap_list.xlsx", "forms.xlsx", "self_assessment.docx", "data_docs/index.html"):
        assert (reports / name).stat().st_size > 1000, name
    assert (loaded.folder / "var" / "site" / "index.html").is_file()


def test_nothing_is_written_outside_the_folder(loaded: Office) -> None:
    assert list(loaded.home.rglob("*")) == []


def test_installing_again_leaves_the_results(loaded: Office) -> None:
    before = (loaded.folder / "var" / "published" / "current.json").read_bytes()
    loaded.run("sh", "install.sh")
    assert (loaded.folder / "var" / "published" / "current.json").read_bytes() == before
    assert read(loaded, "gaps")["rows"]
