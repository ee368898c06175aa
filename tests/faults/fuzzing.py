"""Read mutated files in a child of its own, bounded in time and memory; what breaks is printed with its seed.

    python -m tests.faults.fuzzing --seconds 600 [--seed N]      (make fuzz)

A finding: a traceback, over ten seconds, over one GiB, or a fault without a place and a remedy.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.mutations import mutate
from tests.returns_tools import COMPLETE, COUNTY, NINE_YEAR, POINT, PRIMARY, SPECIAL, YEAR, copy_small

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures"
MOST_SECONDS = 10.0
MOST_BYTES = 1 << 30
TARGETS = (PRIMARY, POINT, NINE_YEAR, COMPLETE, SPECIAL, "county_return.xlsx", "school_supplement.xlsx",
           "task_decomposition.csv", "task_decomposition.xlsx")  # fmt: skip


def attempt(sound: Path, seed: int) -> str | None:
    """Spoil one file of a sound partition and read all of it → what is wrong with how it was read, or None."""
    from orchestration.returns.partition import read_partition

    target = TARGETS[seed % len(TARGETS)]
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw"
        shutil.copytree(sound, raw)
        path = raw / str(YEAR) / COUNTY / target
        name, data = mutate(_original(path, seed), seed)
        path.write_bytes(data)
        began = time.monotonic()
        try:
            returns = read_partition(raw, YEAR, COUNTY)
        except Exception:
            return f"{target} {name}: {traceback.format_exc(limit=-3)}"
        seconds = time.monotonic() - began
        if seconds > MOST_SECONDS:
            return f"{target} {name}: {seconds:.1f} s"
        for found in returns.faults:
            if not found.file or not found.message.endswith("。") or found.file not in found.message:
                return f"{target} {name}: {found}"
    return None


def _original(path: Path, seed: int) -> bytes:
    """The file itself; every third time, for a school workbook, one in the old binary form where there is one."""
    old = sorted(FIXTURES.rglob("*.xls"))
    if old and path.parent.name == "schools" and seed % 3 == 0:
        return old[seed % len(old)].read_bytes()
    return path.read_bytes()


def child(sound: Path, seeds: Sequence[int]) -> None:
    """Attempt each seed under the limit of memory; one JSON line each."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    for seed in seeds:
        print(json.dumps({"seed": seed, "problem": attempt(sound, seed)}), flush=True)


def fuzz(sound: Path, seeds: Sequence[int]) -> Iterator[tuple[int, str | None]]:
    """Each seed and what was wrong; a child that dies is a finding at the seed it died of."""
    left = list(seeds)
    while left:
        command = [sys.executable, "-m", "tests.faults.fuzzing", "--child", str(sound), *map(str, left)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stdout or ():
                answer = json.loads(line)
                left.remove(answer["seed"])
                yield answer["seed"], answer["problem"]
            errors = process.stderr.read() if process.stderr else ""
        if left and process.returncode:
            yield left.pop(0), f"the child died ({process.returncode}): {errors[-800:]}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, help="only this one")
    parser.add_argument("--child", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(Path(arguments.child[0]), [int(seed) for seed in arguments.child[1:]])
        return 0
    findings: Counter[str] = Counter()
    until, done = time.monotonic() + arguments.seconds, 0
    with tempfile.TemporaryDirectory() as folder:
        copy_small(Path(folder))
        start = arguments.seed if arguments.seed is not None else int(time.time()) * 1000
        while True:
            batch = [start] if arguments.seed is not None else range(start + done, start + done + 200)
            for seed, problem in fuzz(Path(folder), batch):
                done += 1
                if problem:
                    findings[problem.splitlines()[0]] += 1
                    print(f"seed {seed}: {problem}")
            if arguments.seed is not None or time.monotonic() > until:
                break
    print(f"{done} mutated files read, {findings.total()} findings")
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main())
