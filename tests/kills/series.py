"""The series: run a command, kill it, look, have the next command tidy up, look again, write a line."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

from tests.kills import forking, wholeness
from tests.kills.forking import Command, Ended, Strike
from tests.kills.wholeness import Found
from tests.kills.workload import (
    COUNTIES,
    KEPT,
    LOADS,
    ONE,
    QUERY,
    WHOLE,
    YEAR,
    Load,
    State,
    choose,
    keep_workspace,
    publish_again,
    write_returns,
)

_READERS = ("gaps", "query")
SECRET = "sentinel-of-no-value-7c1f9e"


class Series:
    """One working folder and what it has been through. ``wrong`` fills with whatever was not whole."""

    def __init__(self, base: Path, seed: int) -> None:
        self.base, self._chance = base.resolve(), Random(seed)
        self.var, self._raw = self.base / "var", self.base / "raw"
        self.archive = self.base / "backups" / "state.zip"
        self._letters: dict[tuple[str, str], str] = {}  # county and digest → A, B, E
        self._lists: dict[str, str] = {}  # digest of a gap list → county and letter
        self._counts: dict[tuple[str, str], int] = {}  # county and letter → rows of the gap list
        self._states: dict[str, State] = {}  # run → what its snapshot holds
        self._files: dict[str, str] = {}  # run → digest of its snapshot's files
        self._usual: dict[str, tuple[float, int]] = {}  # name → seconds, steps
        self.state: State = dict.fromkeys(COUNTIES, "-")
        self._snapshots = 0
        self._attempts = self.kills = 0
        self.wrong: list[str] = []

    def secrets(self) -> None:
        """None of the environment's secrets may have got into the working folder or what the commands printed."""
        self.is_wrong("secrets", wholeness.holding(self.base, SECRET))
        self.is_wrong("secrets", wholeness.holding(self.var, SECRET))

    # -- before the first kill ---------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Every command once from beginning to end: what it leaves, how long it takes, how many steps it has."""
        os.environ.update(
            dict.fromkeys(("PGPASSWORD", "PGSSLPASSWORD", "AWS_SECRET_ACCESS_KEY"), SECRET),
            DATABASE_URL=f"postgresql://junheng:{SECRET}@127.0.0.1/junheng",
        )
        self.archive.parent.mkdir(parents=True)
        forking.preload(self.var)
        forking.call(write_returns, self._raw)
        for load in WHOLE:
            self._whole(load.name, ["load", YEAR, *load.counties], load)
            forking.call(keep_workspace, self.var, self.kept(load))
            found = forking.call(wholeness.look, self.var)
            for county, letter in load.makes.items():
                self._letters[county, found.partitions[county]] = letter
                self._counts[county, letter] = found.gaps[county]
                gaps = self.command(["gaps", YEAR, county, "--format", "json"])
                self._lists[_digest_of_rows(gaps.output)] = f"{county} {letter}"
            self._note("preparing", found)
            self.tidy("preparing", self.var)
        for arguments in (
            ["withdraw", YEAR, ONE],
            ["rollback"],
            ["backup"],
            ["restore"],
            ["gaps", YEAR, ONE],
            ["query", QUERY],
        ):
            self._whole(arguments[0], arguments)
            self.now("preparing")
        self._whole("prune", ["prune", "--keep", "2"])
        shutil.rmtree(self.base / "restored")
        self.now("preparing")
        for load in LOADS:
            like = self._usual[LOADS[1].name if len(load.counties) == 2 else LOADS[6].name]
            self._usual.setdefault(load.name, like if load.makes else (like[0] / 3, 4))
        for load in (WHOLE[0], WHOLE[2]):
            self._whole(_publishing(load), [], load)
            self.now("preparing")
        self._usual[_publishing(WHOLE[1])] = self._usual[_publishing(WHOLE[0])]

    def _whole(self, name: str, arguments: Sequence[str], load: Load | None = None) -> None:
        ended = self.command(arguments, load, Strike(folders=self._folders(arguments[0] if arguments else "publish")))
        if ended.code != 0 or ended.steps is None:
            raise RuntimeError(f"{name} ended with {ended.code}: {ended.said}")
        self._usual[name] = ended.seconds, max(1, ended.steps)

    # -- the kills ---------------------------------------------------------------------------------------------------

    def strike(self, kills: int) -> None:
        """Go on until so many commands were killed.

        Some end before they are struck: how long each takes was measured in `prepare`, when the machine may have had
        more to do. Hence more attempts than kills, but not without end.
        """
        while self.kills < kills and self._attempts < 6 * kills and not self.wrong:
            self._attempts += 1
            kind, load, arguments = choose(self._chance, self.state, self._snapshots)
            name = kind if load is None else load.name if kind == "load" else _publishing(load)
            if kind == "restore":
                self._restore(name, arguments)
            else:
                self._strike(kind, name, load, arguments)

    def finish(self) -> None:
        """A load that nobody kills brings everything to one state, and leaves nothing lying about."""
        ended = self.command(["load", YEAR, *COUNTIES], LOADS[0])
        if ended.code != 0:
            self.is_wrong("the last load", [ended.said])
        self.now("the last load")
        self.tidy("the last load", self.var, command=None)
        if self.state != LOADS[0].makes:
            self.is_wrong("the last load", [f"left {shown(self.state)}"])

    def summary(self) -> str:
        """The last line of the log."""
        outcome = "；".join(self.wrong) if self.wrong else "published data always whole"
        return f"{self.kills} kills in {self._attempts} commands: {outcome};"

    def _strike(self, kind: str, name: str, load: Load | None, arguments: Sequence[str]) -> None:
        before = self.state
        strike, moment = self._moment(kind, name)
        running = Command(self._action(arguments, load), self.base / "writer.txt", strike)
        reader = self._chance.choice(_READERS) if kind not in _READERS and self._attempts % 2 else None
        reading = Command(self._placed(self._reading(reader)), self.base / "reader.txt") if reader else None
        ended = running.wait()
        read = reading.wait() if reading else None
        title = f"{name}, {moment}"
        self.now(title, self._allowed(kind, load, arguments, before))
        if kind == "backup":
            self.is_wrong(title, forking.call(wholeness.archive_is_whole, self.archive))
        if read:
            self._read(title, read, before)
        self.tidy(title, self.var)
        self._log(name, moment, ended, f"{shown(before)} → {shown(self.state)}", reader)
        if kind != "load" and not ended.killed and ended.code not in {0, 3}:
            self.is_wrong(title, [ended.said])

    def _restore(self, name: str, arguments: Sequence[str]) -> None:
        """Onto another machine, which has nothing; after the kill it has nothing or all, and can be asked again."""
        strike, moment = self._moment(name, name)
        title = f"{name}, {moment}"
        target = self.base / "restored"
        ended = self.command(arguments, None, strike)
        found = forking.call(wholeness.look, target)
        first = "whole" if found.run_id else "nothing"
        if found.run_id is None:
            again = self.command(arguments)
            self.is_wrong(title, [again.said] if again.code else [])
            found = forking.call(wholeness.look, target)
        self.is_wrong(title, found.wrong)
        if {self._letters.get(item) for item in found.partitions.items()} - {"A", "B", "E"} or found.run_id is None:
            self.is_wrong(title, [f"restored {found}"])
        self.tidy(title, target)
        shutil.rmtree(target)
        self._log(name, moment, ended, first, None)

    # -- looking -----------------------------------------------------------------------------------------------------

    def _note(self, title: str, found: Found, allowed: Sequence[State] | None = None) -> None:
        """Take note of the state; it must be one of the known, and of those allowed."""
        self.is_wrong(title, found.wrong)
        state = dict.fromkeys(COUNTIES, "-")
        state |= {county: self._letters.get((county, digest), "?") for county, digest in found.partitions.items()}
        run_id = found.run_id or ""
        if "?" in state.values() or (allowed is not None and state not in allowed):
            self.is_wrong(title, [f"left {shown(state)}, which is not one of {[shown(one) for one in allowed or ()]}"])
        if self._states.setdefault(run_id, state) != state:
            self.is_wrong(title, [f"{run_id} was {shown(self._states[run_id])} and is {shown(state)}"])
        for run, digest in found.files.items():
            if self._files.setdefault(run, digest) != digest:
                self.is_wrong(title, [f"files of {run} have changed"])
        self.state, self._snapshots = state, len(found.files)

    def now(self, title: str, allowed: Sequence[State] | None = None) -> State:
        """Look, and return the state; it must be one of the known, and of those allowed."""
        self._note(title, forking.call(wholeness.look, self.var), allowed)
        return self.state

    def _allowed(self, kind: str, load: Load | None, arguments: Sequence[str], before: State) -> list[State]:
        if load is not None:
            return [before, {**before, **load.makes}]
        if kind == "withdraw":
            return [before, {**before, arguments[2]: "-"}]
        return [before, *(self._states.values() if kind == "rollback" else ())]

    def tidy(self, title: str, var: Path, command: Sequence[str] | None = ("prune", "--keep", KEPT)) -> None:
        """The next command ends well, and then papers and pages are the pointer's, and nothing lies about."""
        if command:
            arguments = [*command, "--var", str(var)]
            ended = forking.run(arguments, self.base / "next.txt")
            self.is_wrong(title, [f"the next command: {ended.said}"] if ended.code else [])
        self.is_wrong(title, forking.call(wholeness.tidy, var))

    def _read(self, title: str, read: Ended, before: State) -> None:
        """A reader at the time sees the state before or after, whole."""
        possible = [before, self.state]
        if read.code == 3:
            sound = any("-" in state.values() for state in possible)
        elif read.code != 0:
            sound = False
        elif '"columns"' in read.output:
            seen = {row["county"]: row["gaps"] for row in json.loads(read.output)["rows"]}
            sound = seen in [
                {county: self._counts[county, letter] for county, letter in state.items() if letter != "-"}
                for state in possible
            ]
        else:
            county, letter = self._lists.get(_digest_of_rows(read.output), "? ?").split()
            sound = county in COUNTIES and letter in {state[county] for state in possible}
        if not sound:
            self.is_wrong(title, [f"a reader ended with {read.code}: {read.said[-500:]}{read.output[-500:]}"])

    # -- commands ----------------------------------------------------------------------------------------------------

    def _moment(self, kind: str, name: str) -> tuple[Strike, str]:
        """Half by the clock, half just before one of the steps; of a load, the steps that touch what lasts."""
        seconds, steps = self._usual[name]
        if kind in _READERS or self._chance.random() < (0.75 if kind == "load" else 0.4):
            share = self._chance.uniform(0.02, 1.0)
            return Strike(seconds=share * seconds), f"at {share:.2f} of its time"
        step = self._chance.randint(1, steps)
        return Strike(step=step, folders=self._folders(kind)), f"before step {step} of {steps}"

    def _folders(self, kind: str) -> tuple[Path, ...]:
        if kind in {"load", "publish"}:
            return tuple(self.var / name for name in ("published", "reports", "site", "register", "refused"))
        return self.var, self.archive.parent, self.base / "restored"

    def _reading(self, reader: str | None) -> list[str]:
        if reader == "query":
            return ["query", QUERY, "--format", "json"]
        return ["gaps", YEAR, self._chance.choice(COUNTIES), "--format", "json"]

    def _placed(self, arguments: Sequence[str], load: Load | None = None) -> list[str]:
        kind = arguments[0]
        placed = [*arguments, "--var", str(self.base / "restored" if kind == "restore" else self.var)]
        if load is not None:
            placed += ["--raw", str(self._raw / load.raw)]
        return [kind, str(self.archive), *placed[1:]] if kind in {"backup", "restore"} else placed

    def _action(
        self, arguments: Sequence[str] | Callable[[], int], load: Load | None
    ) -> Sequence[str] | Callable[[], int]:
        if callable(arguments):
            return arguments
        if load is not None and not arguments:
            return partial(publish_again, self.var, self.kept(load))
        return self._placed(arguments, load)

    def kept(self, load: Load) -> Path:
        """Where its workspace was put aside."""
        return self.base / "kept" / load.name

    def command(
        self, arguments: Sequence[str] | Callable[[], int], load: Load | None = None, strike: Strike | None = None
    ) -> Ended:
        """A command, or a function in place of one, to its end or to where it is struck; ``load`` says of what."""
        return forking.run(self._action(arguments, load), self.base / "writer.txt", strike)

    def _log(self, name: str, moment: str, ended: Ended, state: str, reader: str | None) -> None:
        self.kills += ended.killed
        which = f"{self.kills:3}" if ended.killed else "   "
        how = "killed" if ended.killed else f"ended {ended.code}"
        also = f", {reader} at once" if reader else ""
        end = "NOT WHOLE: " + "; ".join(self.wrong) if self.wrong else "whole"
        print(f"{which}  {name:37} {moment:24} {how:8} {ended.seconds:5.1f} s  {state:14} {end}{also}", flush=True)

    def is_wrong(self, title: str, wrong: Sequence[str]) -> None:
        """Add to what was not whole."""
        self.wrong += [f"{title}: {one}" for one in wrong]


def _publishing(load: Load) -> str:
    """Of a load, its last stages alone."""
    return f"{load.name}: publishing"


def shown(state: State) -> str:
    """For the log: a letter a county."""
    return "".join(state[county] for county in COUNTIES)


def _digest_of_rows(output: str) -> str:
    try:
        return hashlib.sha256(json.dumps(json.loads(output)["rows"]).encode()).hexdigest()
    except (KeyError, ValueError):
        return ""
