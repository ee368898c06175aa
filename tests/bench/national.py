"""A nation in one load: metrics, judging and gap list from landed Parquet, on two cores, in one run.

Peers, measured in the same run on the same landed data: one plain SQL script that writes the same verdict rows, and
dbt tests with store_failures on the same thresholds. Every stage is a process of its own, so that its peak memory is
its own; the peak of the judge's process is added to the pipeline's. Judging and its peers run three times, the median
counts. Ratios are what to quote; seconds depend on the machine. Run: ``make bench-national``.

The other published tables and the values behind each figure (`evidence`) are formed last and have marks of their own:
no peer forms them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[2]
COUNTIES = 2900
GOALS = {"judging": 4.0, "seconds": 60.0, "gigabytes": 4.0, "double": 2.2, "again": 2.0}
_COMMON = """
import json, resource, statistics, sys, time
from pathlib import Path
var, start = Path(sys.argv[1]), time.perf_counter()
marks = {}
def mark(name):
    global start
    marks.setdefault(name, []).append(time.perf_counter() - start)
    start = time.perf_counter()
def report():
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    seconds = {name: statistics.median(values) for name, values in marks.items()}
    print(json.dumps({"seconds": seconds, "kilobytes": sum(peaks)}))
"""
_NATION = """
from expectations.standards import export_standards
from orchestration.settings import DEFAULT_STANDARD
from tests.bench.nation import write_nation
counts = write_nation(var, int(sys.argv[2]))
export_standards(DEFAULT_STANDARD, var / "landing")
print(json.dumps({"sections": counts["school_levels"]}))
"""
# As a load runs them, the imports included in `ready`.
_PIPELINE = """
from orchestration.settings import DEFAULT_STANDARD, go_quiet
go_quiet()
from orchestration import judge_process, judging, warehouse, workspace
warehouse.prepare_manifest(var)
import duckdb
rows = duckdb.sql(f"select year, county, standard from read_parquet('{var}/landing/partitions/*.parquet')").fetchall()
state = workspace.LoadState("bench", [workspace.PartitionState(*row) for row in rows])
with judge_process.ready():
    mark("ready")
    warehouse.build("metrics", var)
    mark("metrics")
    for _ in range(3):
        judging.judge_load(var, state)
        mark("judging")
    warehouse.build("gap_list", var)
    mark("gap list")
    warehouse.build("marts", var)
    mark("other marts")
    warehouse.build("evidence", var)
    mark("evidence")
report()
"""
_PLAIN = """
from tests.bench.plain_sql import judge_plainly
mark("ready")
for _ in range(3):
    judge_plainly(var, var / "plain.parquet")
    mark("plain")
report()
"""
# Thresholds as dbt tests, one a test of the standard, over the judged tables of the pipeline.
_DBT = """
from orchestration.settings import go_quiet
go_quiet()
from dbt.cli.main import dbtRunner
arguments = ["--project-dir", sys.argv[2], "--profiles-dir", sys.argv[2], "--log-level", "none", "--no-partial-parse",
             "--no-send-anonymous-usage-stats", "--quiet", "--log-level-file", "none"]
dbtRunner().invoke(["parse", *arguments])
mark("ready")
for _ in range(3):
    result = dbtRunner().invoke(["test", "--store-failures", *arguments])
    mark("dbt tests")
    assert result.result is not None, result.exception
    assert len(result.result.results) > 90, result
    assert all(str(one.status) in ("pass", "fail") for one in result.result.results), result.result.results
report()
"""


def stage(script: str, var: Path, *arguments: str) -> dict[str, Any]:
    """Run one stage in a process of its own; its seconds by step and its peak memory."""
    outcome = subprocess.run(
        [sys.executable, "-c", _COMMON + script, str(var), *arguments],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    if outcome.returncode:
        raise RuntimeError(outcome.stderr[-4000:] + outcome.stdout[-2000:])
    return json.loads(outcome.stdout.strip().splitlines()[-1])


def make_nation(var: Path, counties: int) -> int:
    """Land a nation and the standards; returns how many sections it has."""
    # In a process of its own: Linux counts the peak of a process to those it starts afterwards.
    return int(stage(_NATION, var, str(counties))["sections"])


def dbt_project(folder: Path, var: Path) -> None:
    """A dbt project of nothing but tests: each threshold of the standards on its judged table."""
    (folder / "tests").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(
        "name: thresholds\nversion: 1.0.0\nconfig-version: 2\nprofile: bench\ntest-paths: [tests]\n"
        "flags: {send_anonymous_usage_stats: false}\n",
        encoding="utf-8",
    )
    (folder / "profiles.yml").write_text(
        f"bench: {{target: dev, outputs: {{dev: {{type: duckdb, path: '{folder / 'copy.duckdb'}', threads: 1}}}}}}\n",
        encoding="utf-8",
    )
    shutil.copy(var / "warehouse.duckdb", folder / "copy.duckdb")
    tests = duckdb.sql(
        f"select test_id, judged_table, judged_column, required_column, direction, strict, limit_value, accepted "  # noqa: S608
        f"from read_parquet('{var}/landing/standards/*.parquet')"
    ).fetchall()
    for test_id, table, column, required, direction, strict, limit, accepted in tests:
        if direction == "in_set":
            failing = f"{column} not in ({', '.join(repr(text) for text in accepted)})"
        else:
            beyond = "<" if direction == "min" else ">"
            failing = f"{column} {beyond}{'=' if strict else ''} {required or limit}"
        (folder / "tests" / f"{test_id.replace('.', '_')}.sql").write_text(
            f"select year, county, subject_id from metrics.{table} where {failing} or {column} is null",  # noqa: S608
            encoding="utf-8",
        )


def differing_rows(var: Path) -> int:
    """Verdict rows that the plain script and the pipeline do not have in common."""
    [count] = duckdb.sql(
        f"""
        select count(*) from read_parquet('{var}/plain.parquet') a
        full join read_parquet('{var}/verdicts/**/*.parquet', hive_partitioning = false) b
            using (year, county, test_id, subject_id)
        where a.verdict is distinct from b.verdict
        """  # noqa: S608
    ).fetchone() or (0,)
    return count


def show(label: str, measured: dict[str, Any]) -> None:
    """One line a stage."""
    steps = "  ".join(f"{name} {seconds:.1f}s" for name, seconds in measured["seconds"].items())
    print(f"{label:<22}{steps}  peak {measured['kilobytes'] / 1e6:.2f} GB", flush=True)


def main() -> int:
    """Measure, print, and end with 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=COUNTIES)
    parser.add_argument("--no-double", action="store_true", help="leave out the nation of twice the size")
    parser.add_argument("--loads", type=int, default=3, help="pairs of loads of one county, 0 for none")
    parser.add_argument("--folder", help="where to work; kept")
    options = parser.parse_args()
    base = Path(options.folder or tempfile.mkdtemp(prefix="nation-"))
    try:
        return measure(base, options.counties, double=not options.no_double, loads=options.loads)
    finally:
        if not options.folder:
            shutil.rmtree(base, ignore_errors=True)


def measure(base: Path, counties: int, *, double: bool, loads: int) -> int:
    """The whole bench in ``base``."""
    var = base / "one"
    sections = make_nation(var, counties)
    print(f"{counties} counties, {sections} sections", flush=True)
    ours = stage(_PIPELINE, var)
    show("pipeline", ours)
    plain = stage(_PLAIN, var)
    show("plain SQL", plain)
    project = base / "dbt"
    dbt_project(project, var)
    peers = stage(_DBT, var, str(project))
    show("dbt, store_failures", peers)
    differing = differing_rows(var)
    seconds = ours["seconds"]
    judging = seconds["judging"] + seconds["gap list"]
    whole = judging + seconds["metrics"]
    results = {
        "verdict rows that differ from plain SQL's": (differing, 0),
        "judging and gap list ÷ plain SQL": (judging / plain["seconds"]["plain"], GOALS["judging"]),
        "judging ÷ dbt tests with store_failures": (seconds["judging"] / peers["seconds"]["dbt tests"], 1.0),
        "whole pipeline, seconds": (whole, GOALS["seconds"]),
        "peak memory, GB": (ours["kilobytes"] / 1e6, GOALS["gigabytes"]),
    }
    shutil.rmtree(project)
    if loads:
        from tests.bench.reloading import load_again

        empty, full, files = load_again(var, base, loads)
        print(
            f"one county            into an empty folder {empty:.1f}s  into the nation's, {files} files {full:.1f}s",
            flush=True,
        )
        results["a county loaded again ÷ into an empty folder"] = (full / empty, GOALS["again"])
        shutil.rmtree(base / "nation")
    if double:
        twice = base / "two"
        make_nation(twice, 2 * counties)
        larger = stage(_PIPELINE, twice)
        show("pipeline, doubled", larger)
        grown = sum(larger["seconds"][name] for name in ("metrics", "judging", "gap list"))
        results["twice the counties ÷ once"] = (grown / whole, GOALS["double"])
    missed = 0
    for name, (value, goal) in results.items():
        missed += value > goal
        print(f"{name}: {value:.2f} (goal ≤ {goal:g}){'' if value <= goal else '  MISSED'}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
