"""Bench of reading: a county of 2,000 school workbooks against calamine alone, and memory at 500 and at 2,000.

Run from the project's folder: python tests/bench/reading.py [--schools 2000]. Prints the measurements and ends with
1 where reading takes over 3 times calamine's own time a workbook, or where the files hold more memory than the values
read from them (a workbook's grids take some 500 KB, its values 15).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCHOOLS = ROOT / "raw" / "2017" / "370321" / "schools"
YEAR, COUNTY = 2017, "370321"
MOST_TIMES = 3.0
MOST_KILOBYTES = 20.0
FEW = 500


def make_county(raw: Path, schools: int) -> Path:
    """``schools`` copies of the Huantai workbooks, each with a code of its own."""
    folder = raw / str(YEAR) / COUNTY / "schools"
    folder.mkdir(parents=True)
    originals = sorted(SCHOOLS.glob("*.xlsx"))
    parts = [(path.name[:10], path.stem[11:], _parts(path)) for path in originals]
    for number in range(schools):
        code, name, content = parts[number % len(parts)]
        new = f"{code[0]}{number:09d}"
        with zipfile.ZipFile(folder / f"{new}_{name}.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
            for part, data in content.items():
                archive.writestr(part, data.replace(code.encode(), new.encode()))
    return raw


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def calamine_alone(folder: Path) -> float:
    """Seconds to open every workbook and iterate its sheets, and nothing else."""
    from python_calamine import CalamineWorkbook

    began = time.perf_counter()
    for path in sorted(folder.rglob("*.xlsx")):
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        for name in book.sheet_names:
            for row in book.get_sheet_by_name(name).iter_rows():
                for _ in row:
                    pass
    return time.perf_counter() - began


def read(raw: Path) -> dict[str, Any]:
    """Read the county; seconds, and the peak of memory of this process and its reading processes (MB)."""
    from orchestration.returns.partition import read_partition

    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], _resident(os.getpid()))

    watcher = threading.Thread(target=watch)
    watcher.start()
    began = time.perf_counter()
    returns = read_partition(raw, YEAR, COUNTY)
    seconds = time.perf_counter() - began
    done.set()
    watcher.join()
    faults = sorted({found.code for found in returns.faults})
    return {"seconds": seconds, "peak_mb": peak[0], "schools": len(returns.schools), "faults": faults}


def _resident(pid: int) -> float:
    """Megabytes a process and its children hold (Linux)."""
    total = 0.0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1]) / 1024
        children = Path(f"/proc/{pid}/task").glob("*/children")
        for child in {child for path in children for child in path.read_text().split()}:
            total += _resident(int(child))
    except (FileNotFoundError, ProcessLookupError):
        return total
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--schools", type=int, default=2000)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if arguments.read:
        print(json.dumps(read(arguments.read)))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        few = _measured(make_county(Path(folder) / "few", FEW))
        raw = make_county(Path(folder) / "many", arguments.schools)
        alone = calamine_alone(raw)
        many = _measured(raw)
        alone = min(alone, calamine_alone(raw))
    times = many["seconds"] / alone
    growth = (many["peak_mb"] - few["peak_mb"]) * 1024 / max(1, arguments.schools - FEW)
    per_book = 1000 / arguments.schools
    print(f"{arguments.schools} workbooks, {many['schools']} schools read, faults: {', '.join(many['faults'])}")
    print(f"calamine alone {alone * per_book:.2f} ms a workbook, reading {many['seconds'] * per_book:.2f} ms")
    print(f"reading takes {times:.2f} times calamine alone (at most {MOST_TIMES})")
    memory = f"{few['peak_mb']:.0f} MB at {FEW} files, {many['peak_mb']:.0f} MB at {arguments.schools}"
    print(f"peak memory {memory}: {growth:.1f} KB a workbook (at most {MOST_KILOBYTES:.0f})")
    return int(times > MOST_TIMES or growth > MOST_KILOBYTES)


def _measured(raw: Path) -> dict[str, Any]:
    """In a process of its own, so that one measurement's memory is not another's."""
    command = [sys.executable, str(Path(__file__).resolve()), "--read", str(raw)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main())
