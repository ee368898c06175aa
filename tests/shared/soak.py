"""Loaders and readers at once on a real PostgreSQL, some of them and the server killed in the middle; then the account.

``python -m tests.shared.soak --seconds 300`` (``make soak``) prints the log and ends with exit code 1 where a partition
was lost, doubled, half or mixed, where a reader had an error, or where the warehouse differs from the working folder's.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.publication import reader, snapshot
from orchestration.publication.lake.connection import attached
from orchestration.publication.lake.place import place
from orchestration.publication.lake.reading import versions
from tests.shared import tables
from tests.shared.server import Server, binaries
from tests.shared.workload import look
from tests.unit.publication import fake_warehouse as fake

ROOT = Path(__file__).parents[2]
# What belongs to when a partition was loaded, not to what was loaded.
HISTORY = ("evidence.changes",)


@dataclass
class Account:
    """What came of it: ``wrong`` must be empty."""

    published: int = 0
    seconds: list[float] = field(default_factory=lambda: [])
    killed: int = 0
    server_kills: int = 0
    conflicts: int = 0
    waits: int = 0
    reads: int = 0
    wrong: list[str] = field(default_factory=lambda: [])


def run(
    folder: Path, server: Server, seconds: float, publishers: int, readers: int, kills: bool, say: Callable[[str], None]
) -> Account:
    """The whole thing; the environment must name an empty shared warehouse on ``server``."""
    end = time.monotonic() + seconds
    dice = random.Random(20171221)
    account = Account()
    folder.mkdir(exist_ok=True)

    def start(kind: str, number: int, life: int = 0) -> subprocess.Popen[bytes]:
        name = f"{kind}{number}.{life}"
        with (folder / f"{name}.err").open("wb") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.shared.workload", kind, str(folder / f"{kind}{number}")),
                    *(str(folder / f"{name}.log"), str(max(1.0, end - time.monotonic())), name),
                ],
                cwd=ROOT,
                stderr=log,
                stdout=log,
            )

    loaders = [start("publisher", number) for number in range(publishers)]
    watchers = [start("reader", number) for number in range(readers)]
    lives = [0] * publishers
    next_loader, next_server = time.monotonic() + 6, time.monotonic() + seconds / 4
    while time.monotonic() < end - 8:
        time.sleep(0.2)
        if kills and time.monotonic() > next_loader:
            victim = dice.randrange(publishers)
            loaders[victim].send_signal(signal.SIGKILL)
            loaders[victim].wait()
            account.killed += 1
            lives[victim] += 1
            say(f"killed loader {victim}; started again as publisher{victim}.{lives[victim]}")
            loaders[victim] = start("publisher", victim, lives[victim])
            next_loader = time.monotonic() + dice.uniform(12, 25)
        if kills and time.monotonic() > next_server:
            server.kill()
            account.server_kills += 1
            down = dice.uniform(0.2, 3)
            say(f"killed PostgreSQL; down for {down:.1f} s")
            time.sleep(down)
            server.start()
            next_server = time.monotonic() + seconds / 4
    for process in [*loaders, *watchers]:
        try:
            code = process.wait(180)
        except subprocess.TimeoutExpired:
            process.kill()
            code = -9
        if code:
            account.wrong.append(f"process {process.args} ended with {code}")  # type: ignore[str-bytes-safe]
    for path in sorted(folder.glob("*.err")):
        if path.stat().st_size:
            account.wrong.append(f"{path.name}: {path.read_text(errors='replace')[-2000:]}")
    _settle(folder, account)
    return account


def _settle(folder: Path, account: Account) -> None:
    """Hold the notes of publishers and readers against what stands in the warehouse."""
    begun: dict[str, tuple[list[str], int]] = {}
    told: set[str] = set()
    for path in sorted(folder.glob("*.log")):
        for line in path.read_text(encoding="utf-8").splitlines():
            said = json.loads(line)
            if said.get("at") == "begun":
                begun[said["run"]] = (said["counties"], said["pupils"])
            elif said.get("at") == "published":
                told.add(said["run"])
                account.seconds.append(said["seconds"])
                account.conflicts += sum("别人" in one for one in said["again"])
                account.waits += sum("连不上" in one for one in said["again"])
            elif "wrong" in said:
                account.wrong.append(f"{path.name}: {said['wrong']}")
            else:
                account.reads += said["reads"]
    where = place()
    assert where is not None
    with attached(where) as connection:
        order = [version.run_id for version in reversed(versions(connection))]
    account.published = len(order)
    if len(set(order)) != len(order):
        account.wrong.append("a run was published twice")
    account.wrong += [f"told published, and lost: {run_id}" for run_id in sorted(told - set(order))]
    account.wrong += [f"published by nobody: {run_id}" for run_id in sorted(set(order) - set(begun))]
    last = {county: run_id for run_id in order for county in begun.get(run_id, ([], 0))[0]}
    state = reader.current(folder)
    assert state is not None
    held = {record.county: record.run_id for record in state.partitions}
    if held != last or state.sequence != len(order):
        account.wrong.append(f"held {held}, last published {last}; sequence {state.sequence} of {len(order)}")
    account.wrong += look(state, {run_id: pupils for run_id, (_, pupils) in begun.items()})
    account.wrong += _differences(folder, state, begun)


def _differences(folder: Path, state: snapshot.Snapshot, begun: dict[str, tuple[list[str], int]]) -> list[str]:
    """Tables that are not, row for row, those of a working folder into which the same was loaded."""
    shared = tables.contents(state)
    kept = os.environ.pop("JUNHENG_WAREHOUSE")
    try:
        for record in state.partitions:
            fake.build(folder / "alone", [record.county], pupils=begun[record.run_id][1])
            alone = snapshot.publish(
                folder / "alone", f"{record.run_id}-{record.county}", [fake.partition(record.county)]
            )
        embedded = tables.contents(alone)
    finally:
        os.environ["JUNHENG_WAREHOUSE"] = kept
    names = sorted({*shared, *embedded} - set(HISTORY))
    return [f"{name} differs from the working folder's" for name in names if shared.get(name) != embedded.get(name)]


def main() -> int:
    """Start a server, run, print the account."""
    options = argparse.ArgumentParser()
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--loaders", type=int, default=4)
    options.add_argument("--readers", type=int, default=4)
    given = options.parse_args()
    found = binaries()
    if found is None:
        print("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
        return 1
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    server = Server(found)
    try:
        with tempfile.TemporaryDirectory(prefix="junheng-soak-") as name:
            server.database("junheng")
            os.environ |= {
                "JUNHENG_WAREHOUSE": f"ducklake:postgres:{server.dsn('junheng', 'junheng_writer')}",
                "JUNHENG_WAREHOUSE_DATA": str(Path(name) / "data"),
                "PGPASSWORD": server.password,
            }
            say(f"{given.loaders} loaders, {given.readers} readers, {given.seconds:.0f} s")
            account = run(Path(name), server, given.seconds, given.loaders, given.readers, True, say)
    finally:
        server.stop()
    say(
        f"loads published {account.published} (median {statistics.median(account.seconds or [0]):.1f} s, longest "
        f"{max(account.seconds, default=0):.1f} s), reads of the whole {account.reads}, loaders killed "
        f"{account.killed}, PostgreSQL killed {account.server_kills}, conflicts retried {account.conflicts}, "
        f"waits for the server retried {account.waits}"
    )
    say(f"lost, doubled, half, mixed, or unlike the working folder's: {len(account.wrong) or 'none'}")
    for one in account.wrong:
        say(f"WRONG: {one}")
    say("PASSED" if not account.wrong else "FAILED")
    return 1 if account.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
