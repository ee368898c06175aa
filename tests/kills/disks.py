"""A disk that fills up at different moments, and one that cannot be written: a clear word, exit 1, and nothing lost.

Needs the right to mount; where that is not given, it says so and does nothing.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from orchestration import machine, workspace
from tests.kills.series import Series, shown
from tests.kills.workload import LOADS, ONE, QUERY, YEAR, publish_again

_ROOMY = 1 << 30
_MEGABYTE = 1 << 20
FULL, READ_ONLY = ("磁盘已满", "磁盘是否已满"), "只读"  # SQLite does not always tell which it is


def run(series: Series) -> bool:
    """Move the series' folder to a disk of its own and go through all of it; False where nothing may be mounted."""
    disk = series.base / "disk"
    disk.mkdir()
    if not _mount("-t", "tmpfs", "-o", f"size={_ROOMY}", "none", str(disk)):
        print("full and read-only disks: skipped, mounting is not permitted here")
        return False
    try:
        shutil.move(series.var, disk / "var")
        series.var = disk / "var"
        series.tidy("moved to another disk", series.var)
        _fill(series, disk)
        _protect(series, disk)
        series.secrets()  # loads that failed leave more words behind than others
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)
    return True


def _fill(series: Series, disk: Path) -> None:
    """Room for less and less of what a load writes: its workspace, the snapshot, the papers, their copies."""
    load = LOADS[1]
    kept = series.kept(load)
    work, papers = _size_of(kept) - _size_of(kept / "papers"), _size_of(kept / "papers")
    data = max(_size_of(folder) for folder in (series.var / "published").glob("*/parquet")) * 2  # and the database
    publishing = partial(_said, series.var, kept)
    loading = ["load", YEAR, *load.counties]
    refused = 0
    for name, action, room in (
        ("load, no room", loading, 4096),
        ("load, room for landing", loading, work // 3),
        ("load, room for the warehouse", loading, work),
        ("publishing, room for its beginning", publishing, work + papers + data // 4),
        ("publishing, room for half of it", publishing, work + papers + data // 2),
        ("publishing, room for some papers' copies", publishing, work + papers + data * 2),
        ("backup, no room", ["backup"], 4096),
    ):
        workspace.empty(series.var)
        before = series.state
        series.archive = disk / "state.zip"
        _remount(disk, f"size={shutil.disk_usage(disk).used + room}")
        ended = series.command(action, load if action is loading else None)
        after = series.now(name, [before, {**before, **load.makes}])
        refused += ended.code != 0
        wrong = [] if ended.code == 0 or any(word in ended.said for word in FULL) else [ended.said]
        wrong += [] if ended.code in {0, 64 if name.startswith("backup") else 1} else [f"exit code {ended.code}"]
        _remount(disk, f"size={_ROOMY}")
        series.is_wrong(name, wrong)
        series.tidy(name, series.var)
        print(f"     {name:42} exit {ended.code}  {shown(before)} → {shown(after)}", flush=True)
        series.command(["rollback"] if after != before else ["gaps", YEAR, ONE])
        series.now(name)
    series.is_wrong("full disk", [] if refused >= 5 else [f"only {refused} commands met a full disk"])


def _protect(series: Series, disk: Path) -> None:
    """Read-only: what reads goes on, what writes says why it cannot."""
    _remount(disk, "ro")
    before = series.state
    for arguments, code in (
        (["gaps", YEAR, ONE], 0),
        (["query", QUERY], 0),
        (["status"], 0),
        (["prune", "--keep", "1"], 1),
        (["withdraw", YEAR, ONE], 1),
        (["load", YEAR, ONE], 1),
    ):
        ended = series.command(arguments, LOADS[2] if arguments[0] == "load" else None)
        sound = ended.code == code and (code == 0 or READ_ONLY in ended.said)
        series.is_wrong(f"{arguments[0]} on a read-only disk", [] if sound else [f"{ended.code}: {ended.said}"])
        print(f"     {arguments[0] + ', read-only':42} exit {ended.code}", flush=True)
    series.now("read-only", [before])
    _remount(disk, "rw")


def _said(var: Path, kept: Path) -> int:
    """The last stages of a load; what the machine refuses is said as the command says it."""
    try:
        return publish_again(var, kept)
    except Exception as error:
        sentence = machine.sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return 1


def _size_of(folder: Path) -> int:
    """In blocks, as a disk counts."""
    return sum(-(-path.stat().st_size // 4096) * 4096 for path in folder.rglob("*") if path.is_file())


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


def _remount(disk: Path, option: str) -> None:
    if not _mount("-o", f"remount,{option}", str(disk)):
        raise RuntimeError(f"{disk} cannot be mounted anew with {option}")
