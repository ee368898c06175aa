"""What a county load costs, by stage, and its ratio to a floor measured in the same run.

The floor is a process that imports dagster, dbt and Great Expectations and does nothing else. Every figure is the
median of interleaved runs of whole processes; ratios are what to quote, seconds depend on the machine.
Run: ``make bench``.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import openpyxl

ROOT = Path(__file__).resolve().parents[2]
HUANTAI = ROOT / "raw" / "2017" / "370321"
FLOOR = "import dagster, dagster_dbt, dbt.cli.main, great_expectations"
READING_FLOOR = "import duckdb, polars"
STAGES = """
import json, sys, time
start = time.perf_counter()
from pathlib import Path
from orchestration import progress
marks = []
def listen(event):
    name = event.stage.split()[0]
    if not marks or marks[-1][0] != name:
        marks.append((name, time.perf_counter() - start))
with progress.listening(listen):
    from orchestration.load import run_load
    run_load([(2017, c) for c in sys.argv[3:]], Path(sys.argv[1]), Path(sys.argv[2]))
marks.append(('结束', time.perf_counter() - start))
print(json.dumps(marks))
"""


def timed(arguments: list[str]) -> tuple[float, str]:
    """Wall seconds and stdout of one whole process."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    start = time.perf_counter()
    outcome = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8", check=True, env=environment)
    return time.perf_counter() - start, outcome.stdout


def copy_county(raw: Path, code: str) -> None:
    """Huantai's returns under another county code."""
    folder = raw / "2017" / code
    shutil.copytree(HUANTAI, folder)
    for path in sorted((folder / "schools").glob("*.xlsx")):
        book = openpyxl.load_workbook(path)
        book["基础基111"]["H11"] = f"{code}000000"
        book.save(path)
    book = openpyxl.load_workbook(folder / "county_return.xlsx")
    book["表Ⅰ"]["A2"] = str(book["表Ⅰ"]["A2"].value).replace("370321", code)
    book.save(folder / "county_return.xlsx")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--further", type=int, default=4, help="counties of the wider load")
    options = parser.parse_args()
    python = sys.executable
    with tempfile.TemporaryDirectory() as folder:
        raw, var = Path(folder) / "raw", Path(folder) / "var"
        shutil.copytree(HUANTAI, raw / "2017" / "370321")
        codes = [f"3799{number:02d}" for number in range(1, options.further)]
        for code in codes:
            copy_county(raw, code)
        one = [python, "-c", STAGES, str(raw), str(var), "370321"]
        many = [*one, *codes]
        reader = [python, "-m", "orchestration.cli", "gaps", "2017", "370321", "--var", str(var)]
        timed(one)  # parses the dbt project once, fills caches
        times: dict[str, list[float]] = {"floor": [], "load": [], "many": [], "reading floor": [], "gaps": []}
        stages: dict[str, list[float]] = {}
        for _ in range(options.runs):
            times["floor"].append(timed([python, "-c", FLOOR])[0])
            seconds, output = timed(one)
            times["load"].append(seconds)
            marks = json.loads(output.strip().splitlines()[-1])
            stages.setdefault("启动", []).append(marks[0][1])
            for (name, begin), (_, end) in itertools.pairwise(marks):
                stages.setdefault(name, []).append(end - begin)
            times["many"].append(timed(many)[0])
            times["reading floor"].append(timed([python, "-c", READING_FLOOR])[0])
            times["gaps"].append(timed(reader)[0])
    median = {name: statistics.median(values) for name, values in times.items()}
    print(f"各 {options.runs} 次整进程运行的中位数（秒），交错运行")
    for name, values in stages.items():
        print(f"  {name:<4} {statistics.median(values):7.2f}")
    print(f"一县载入 {median['load']:.2f}；仅导入 dagster、dbt、GX {median['floor']:.2f}；"
          f"比 {median['load'] / median['floor']:.2f}（目标 ≤ 2）")  # fmt: skip
    further = (median["many"] - median["load"]) / len(codes)
    print(f"{len(codes) + 1} 县同一次载入 {median['many']:.2f}；每多一县 {further:.2f} 秒（目标 ≤ 1）")
    print(f"gaps 命令 {median['gaps']:.2f}；仅导入 duckdb、polars {median['reading floor']:.2f}；"
          f"比 {median['gaps'] / median['reading floor']:.2f}（目标 ≤ 3）")  # fmt: skip


if __name__ == "__main__":
    main()
