"""What must hold of loads whatever they load: idempotent, whole, refusing without harm, one at a time, offline."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import duckdb
import pytest

from tests.e2e.tools import command, content_hash, current, environment, load, mart_rows, read, run
from tests.oracle import compute
from tests.oracle.comparison import differences
from tests.oracle.county import write_county
from tests.oracle.county_spec import CountySpec, LevelSpec, SchoolSpec, random_spec
from tests.returns_tools import PRIMARY, copy_small, edit


def with_module(folder: Path) -> dict[str, str]:
    """The environment with a ``sitecustomize`` of the test's own."""
    return {**environment(), "PYTHONPATH": f"{folder}{os.pathsep}{environment()['PYTHONPATH']}"}


def small_county(raw: Path, code: str, seed: int) -> Path:
    """A made-up county of a few schools in ``raw``; returns its folder."""
    spec = random_spec(seed)
    folder = raw / str(spec.year) / code
    folder.mkdir(parents=True)
    write_county(folder, CountySpec(spec.schools, code=code, name=f"试验{code[-1]}县", year=spec.year), seed)
    return folder


@pytest.fixture(scope="module")
def two_counties(tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("two") / "raw"
    small_county(raw, "370322", 3)
    small_county(raw, "370323", 4)
    return raw


def test_loading_again_changes_nothing_and_a_revision_only_its_county(two_counties: Path, tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    shutil.copytree(two_counties, raw)
    assert load(var, raw, "2018", "370322", "370323").returncode == 0
    before, first = mart_rows(var), current(var)
    assert load(var, raw, "2018", "370322", "370323").returncode == 0
    assert mart_rows(var) == before
    assert current(var)["run_id"] != first["run_id"]
    assert [p["fingerprint"] for p in current(var)["partitions"]] == [p["fingerprint"] for p in first["partitions"]]

    folder = raw / "2018" / "370322"
    school = next(path for path in sorted((folder / "schools").glob("*.xlsx")) if "小学" in path.name)
    edit(folder, f"schools/{school.name}", "基础基522", {"F9": 1})
    other = mart_rows(var, "370323")
    assert load(var, raw, "2018", "370322").returncode == 0
    assert mart_rows(var, "370323") == other
    assert mart_rows(var, "370322") != {mart: [row for row in rows if "370322" in row] for mart, rows in before.items()}
    changed = {p["county"]: p["fingerprint"] for p in current(var)["partitions"]}
    old = {p["county"]: p["fingerprint"] for p in first["partitions"]}
    assert changed["370323"] == old["370323"]
    assert changed["370322"] != old["370322"]


def test_one_refused_county_keeps_the_published_and_lets_the_other_through(two_counties: Path, tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    shutil.copytree(two_counties, raw)
    assert load(var, raw, "2018", "370322", "370323").returncode == 0
    before = mart_rows(var, "370322")
    edit(raw / "2018" / "370322", "county_return.xlsx", "政府保障程度", {"C9": "很多"})
    outcome = load(var, raw, "2018", "370322", "370323")
    assert outcome.returncode == 2
    assert "政府保障程度 › C9" in outcome.stderr
    assert mart_rows(var, "370322") == before
    faults = read("faults", var, 2018, "370322")["rows"]
    assert [(row["code"], row["cell"]) for row in faults if row["severity"] == "error"] == [("not_a_number", "C9")]
    rows = json.loads(run("status", "--format", "json", "--var", str(var)).stdout)["rows"]
    assert {row["county"]: row["refused"] for row in rows} == {"370322": True, "370323": False}

    assert load(var, raw, "2018", "370322", "--provisional").returncode == 0
    gaps = read("gaps", var, 2018, "370322")
    assert gaps["provisional"] is True
    assert [row["verdict"] for row in gaps["rows"] if row["indicator"] == "B14"] == ["missing"]


def test_all_refused_publishes_nothing(tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    folder = copy_small(raw)
    edit(folder, PRIMARY, "基础基512", {"E10": -5})
    outcome = load(var, raw, "2017", "370321")
    assert outcome.returncode == 2
    assert not (var / "published" / "current.json").exists()
    assert run("gaps", "2017", "370321", "--var", str(var)).returncode == 3
    assert read("faults", var, 2017, "370321")["rows"][0]["code"] == "negative"


def test_exactly_on_the_line_passes_and_what_is_not_reported_is_missing(tmp_path: Path) -> None:
    raw, var = tmp_path / "raw", tmp_path / "var"
    schools = (
        SchoolSpec("211", {"primary": LevelSpec(1000, pe_and_arts=9)}),
        SchoolSpec("211", {"primary": LevelSpec(1000)}, blanks=frozenset({"teaching_area"})),
        SchoolSpec("311", {"junior": LevelSpec(900)}),
        SchoolSpec("311", {"junior": LevelSpec(700)}, workbook=False),
    )
    folder = raw / "2018" / "370322"
    folder.mkdir(parents=True)
    codes = write_county(folder, CountySpec(schools), 11)
    outcome = load(var, raw, "2018", "370322")
    assert outcome.returncode == 0, outcome.stderr
    gaps = read("gaps", var, 2018, "370322")["rows"]
    verdicts = read("verdicts", var, 2018, "370322")
    metrics = read("metrics", var, 2018, "370322")["rows"]
    b3 = next(row for row in metrics if row["kind"] == "section" and row["school_code"] == codes[0]
              and row["indicator"] == "B3")  # fmt: skip
    assert b3["value"] == 0.9
    assert not [row for row in gaps if row["indicator"] == "B3" and row["subject_id"] == codes[0]]
    blank = [row for row in gaps if row["indicator"] in ("B4", "B5") and row["subject_id"] == codes[1]]
    assert {(row["indicator"], row["test"], row["verdict"], row["observed"]) for row in blank} >= {
        ("B4", "standard", "missing", None)
    }
    own = {f"B{n}" for n in (*range(1, 8), 10, 11, 12)}  # the list itself still answers for B26 and the like
    absent = [row for row in gaps if row["subject_id"] == codes[3] and row["indicator"] in own]
    assert {row["verdict"] for row in absent} == {"missing"}
    assert {f"B{n}" for n in range(1, 8)} <= {row["indicator"] for row in absent}
    assert verdicts["county_verdict"] != "met"
    assert differences(compute(folder, 2018, "370322"), gaps, verdicts["rows"], metrics) == []


def test_two_loads_at_once_queue(two_counties: Path, tmp_path: Path) -> None:
    var = tmp_path / "var"
    running = [
        subprocess.Popen(
            command("load", "2018", county, "--raw", str(two_counties), "--var", str(var)), env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        )
        for county in ("370322", "370323")
    ]  # fmt: skip
    outcomes = [process.communicate(timeout=300) for process in running]
    assert [process.returncode for process in running] == [0, 0], outcomes
    assert [(p["year"], p["county"]) for p in current(var)["partitions"]] == [(2018, "370322"), (2018, "370323")]
    for county in ("370322", "370323"):
        assert len(read("verdicts", var, 2018, county)["rows"]) == 33


def _can_cut_the_network() -> bool:
    return (
        os.name == "posix"
        and shutil.which("unshare") is not None
        and (subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0)
    )


def test_a_load_needs_no_network(two_counties: Path, tmp_path: Path) -> None:
    """With no network at all where the system lets us cut it; everywhere, with no name ever asked for."""
    cut = ["unshare", "-rn"] if _can_cut_the_network() else []
    guard = tmp_path / "guard"
    guard.mkdir()
    (guard / "sitecustomize.py").write_text(
        "import socket, sys\n"
        "def asked(event, args):\n"
        "    if event == 'socket.getaddrinfo' or (event == 'socket.connect' and args[0].family != socket.AF_UNIX):\n"
        f"        open({str(tmp_path / 'asked')!r}, 'a').write(f'{{event}} {{args}}\\n')\n"
        "sys.addaudithook(asked)\n"
    )
    var = tmp_path / "var"
    outcome = subprocess.run(
        [*cut, *command("load", "2018", "370322", "--raw", str(two_counties), "--var", str(var))], capture_output=True,
        text=True, encoding="utf-8", env=with_module(guard), check=False, timeout=300,
    )  # fmt: skip
    assert outcome.returncode == 0, outcome.stderr
    assert not (tmp_path / "asked").exists(), (tmp_path / "asked").read_text()


def test_a_crashed_expectation_fails_the_load_and_publishes_nothing(two_counties: Path, tmp_path: Path) -> None:
    """Great Expectations calls a crash `success: false`; taken at its word it would be a phantom gap."""
    var = tmp_path / "var"
    breaker = tmp_path / "breaker"
    breaker.mkdir()
    (breaker / "sitecustomize.py").write_text(
        "import sys\n"
        "import importlib.abc, importlib.util\n"
        "class Breaker(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name != 'great_expectations.expectations.core.expect_column_values_to_be_between':\n"
        "            return None\n"
        "        sys.meta_path.remove(self)\n"
        "        spec = importlib.util.find_spec(name)\n"
        "        run = spec.loader.exec_module\n"
        "        def exec_module(module):\n"
        "            run(module)\n"
        "            def crash(self, *a, **k): raise RuntimeError('boom')\n"
        "            module.ExpectColumnValuesToBeBetween._validate = crash\n"
        "        spec.loader.exec_module = exec_module\n"
        "        return spec\n"
        "sys.meta_path.insert(0, Breaker())\n"
    )
    outcome = subprocess.run(
        command("load", "2018", "370322", "--raw", str(two_counties), "--var", str(var)), capture_output=True,
        text=True, encoding="utf-8", env=with_module(breaker), check=False, timeout=300,
    )  # fmt: skip
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "boom" in outcome.stderr
    assert not (var / "published" / "current.json").exists()


def test_content_hash_tells_states_apart(huantai: Path, tmp_path: Path) -> None:
    """By what is in them, not by where they are; one figure suffices."""
    database = tmp_path / "copy.duckdb"
    shutil.copyfile(current(huantai)["duckdb"], database)
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "current.json").write_text(json.dumps({**current(huantai), "duckdb": str(database)}))
    assert content_hash(tmp_path) == content_hash(huantai)
    with duckdb.connect(str(database)) as book:
        book.execute(
            "update marts.section_metrics set value = value + 0.0001 where indicator = 'B4' and value = "
            "(select max(value) from marts.section_metrics where indicator = 'B4')"
        )
    assert content_hash(tmp_path) != content_hash(huantai)
