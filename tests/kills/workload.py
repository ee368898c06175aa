"""What is run, and what each may leave: two counties, each with two returns A and B, returns emptied, returns refused.

A state is written county by county: ``A``, ``B``, ``E`` (emptied: only the lists were left), ``-`` (not published).
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from openpyxl import load_workbook

from orchestration import workspace
from orchestration.following import follow
from orchestration.lock import load_lock
from orchestration.papers import PAPERS
from orchestration.publication.pointer import read_current
from orchestration.publication.snapshot import sweep
from orchestration.publishing import build_snapshot, publish_load
from orchestration.workspace import STATE
from tests.oracle.county import write_county
from tests.oracle.county_spec import CountySpec, random_spec

YEAR = "2018"
ONE, OTHER = COUNTIES = ("370322", "370323")
KEPT = "4"  # snapshots that the command after each kill keeps
State = Mapping[str, str]


@dataclass(frozen=True)
class Load:
    """One way to load: the folder of returns, the counties, and what each is once it is published."""

    raw: str
    counties: tuple[str, ...]
    makes: State

    @property
    def name(self) -> str:
        """For the log."""
        return f"load {'+'.join(self.counties)} {self.raw}"


LOADS = (
    Load("A", COUNTIES, {ONE: "A", OTHER: "A"}),
    Load("B", COUNTIES, {ONE: "B", OTHER: "B"}),
    Load("A", (ONE,), {ONE: "A"}),
    Load("B", (ONE,), {ONE: "B"}),
    Load("A", (OTHER,), {OTHER: "A"}),
    Load("B", (OTHER,), {OTHER: "B"}),
    Load("emptied", (ONE,), {ONE: "E"}),
    Load("refused", COUNTIES, {OTHER: "B"}),  # of the first county an error, the second as in B
    Load("refused", (ONE,), {}),
)
# Those that are let come to their end before the first kill; the others make the same states.
WHOLE = (LOADS[0], LOADS[1], LOADS[6])


def write_returns(base: Path) -> None:
    """The folders of returns that `LOADS` names."""
    for number, raw in enumerate(("A", "B")):
        for place, county in enumerate(COUNTIES):
            seed = 3 + number + 2 * place
            folder = base / raw / YEAR / county
            folder.mkdir(parents=True)
            spec = random_spec(seed, schools=2)
            write_county(folder, CountySpec(spec.schools, code=county, name=f"试验{county[-1]}县"), seed)
    shutil.copytree(base / "B", base / "refused")
    book = load_workbook(base / "refused" / YEAR / ONE / "county_return.xlsx")
    book["政府保障程度"]["C9"] = "很多"
    book.save(base / "refused" / YEAR / ONE / "county_return.xlsx")
    shutil.copytree(base / "A" / YEAR / ONE, base / "emptied" / YEAR / ONE)
    for workbook in (base / "emptied" / YEAR / ONE / "schools").iterdir():
        workbook.unlink()


def keep_workspace(var: Path, kept: Path) -> None:
    """Put aside what a load had in hand just before it published: its workspace, and the papers, which it moved."""
    kept.mkdir(parents=True)
    for name in ("landing", "verdicts"):
        shutil.copytree(var / name, kept / name)
    for name in ("warehouse.duckdb", STATE):
        shutil.copyfile(var / name, kept / name)
    current = read_current(var)
    if current is None:
        raise RuntimeError("nothing was published")
    shutil.copytree(current.duckdb.parent / "reports", kept / PAPERS)


def publish_again(var: Path, kept: Path) -> int:
    """The last stages of a load alone, from what `keep_workspace` put aside; returns the exit code."""
    with load_lock(var):
        sweep(var)
        follow(var)
        workspace.empty(var)
        shutil.copytree(kept, var, dirs_exist_ok=True)
        state = workspace.read_state(var)
        state.run_id = workspace.new_run_id(uuid.uuid4().hex)
        build_snapshot(var, state)
        publish_load(var, state)
    return 0


def _changing(loads: Sequence[Load], state: State, chance: Random) -> Sequence[Load]:
    """Mostly those that change something; now and then the same returns once more."""
    changing = [load for load in loads if any(state[county] != letter for county, letter in load.makes.items())]
    return changing if changing and chance.random() < 0.8 else loads


def choose(chance: Random, state: State, snapshots: int) -> tuple[str, Load | None, Sequence[str]]:
    """The next command: its kind, the load if it is one, and its arguments (without folders)."""
    published = [county for county, letter in state.items() if letter != "-"]
    kinds = ["load"] * 6 + ["publish"] * 6 + ["backup"] * 3 + ["restore"] * 3 + ["gaps", "query"]
    kinds += ["withdraw"] * 5 * (len(published) == len(COUNTIES))
    kinds += ["rollback"] * 5 * (snapshots >= 2) + ["prune"] * 6 * (snapshots >= 3)
    kind = chance.choice(kinds)
    if kind == "load":
        # Loads of one county cost less, and are what a county does; both at once must come or stay together.
        load = chance.choice(_changing((*LOADS, *LOADS[2:6]), state, chance))
        return kind, load, ["load", YEAR, *load.counties]
    if kind == "publish":
        return kind, chance.choice(_changing(WHOLE, state, chance)), []
    if kind == "withdraw":
        return kind, None, ["withdraw", YEAR, chance.choice(published)]
    if kind == "prune":
        return kind, None, ["prune", "--keep", "1"]
    if kind == "gaps":
        return kind, None, ["gaps", YEAR, chance.choice(published or [ONE]), "--format", "json"]
    if kind == "query":
        return kind, None, ["query", QUERY, "--format", "json"]
    return kind, None, [kind]


QUERY = "select county, count(*) as gaps from gap_list group by county order by county"
