"""Every example of the README and of docs/ is run, on the sample county.

A block of a language that is not known here fails: run it, or say in SKIPPED why it cannot be run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.e2e.tools import ROOT, command, current, environment

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Beginning of a block → why it cannot be run here.
SKIPPED = {
    ("README.md", "sh", "make load"): "builds an environment and runs this very test suite; .ci/run does both",
    ("shared_mode.md", "sh", "createdb"): "tests/shared/test_notes.py runs it on a PostgreSQL",
    ("shared_mode.md", "sh", "junheng status"): "tests/shared/test_notes.py runs it on a PostgreSQL",
    ("shared_mode.md", "sql", "ATTACH"): "tests/shared/test_notes.py runs it on a PostgreSQL",
    ("README.md", "mermaid", "flowchart"): "a drawing",
    ("README.md", "powershell", "py -3.11"): "Windows; the same commands as make's",
}


@dataclass(frozen=True)
class Block:
    page: str
    language: str
    text: str
    line: int

    @property
    def skipped(self) -> str | None:
        found = (why for (page, language, start), why in SKIPPED.items()
                 if (page, language) == (self.page, self.language) and self.text.startswith(start))  # fmt: skip
        return next(found, None)


def blocks() -> list[Block]:
    return [
        Block(page.name, match[1], match[2], text.count("\n", 0, match.start()) + 1)
        for page in PAGES
        for text in [page.read_text(encoding="utf-8")]
        for match in FENCE.finditer(text)
    ]


BLOCKS = blocks()
RUN = [block for block in BLOCKS if block.skipped is None]


@pytest.fixture(scope="module")
def folder(huantai: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ``var`` of its own: what the README's reader has after the first load."""
    folder = tmp_path_factory.mktemp("reader")
    shutil.copytree(huantai, folder / "var", ignore=shutil.ignore_patterns("dagster", "landing", "dbt", "verdicts"))
    pointer = folder / "var" / "published" / "current.json"
    run = folder / "var" / "published" / current(huantai)["run_id"]
    content = current(huantai) | {"duckdb": str(run / "junheng.duckdb"), "parquet": str(run / "parquet")}
    pointer.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_examples_are_found_and_every_reason_to_skip_is_used() -> None:
    assert len(RUN) >= 10 and {block.language for block in RUN} >= {"sh", "sql", "python", "text"}
    assert len([block for block in BLOCKS if block.skipped]) == len(SKIPPED)
    for page in PAGES:
        assert page.read_text(encoding="utf-8").count("```") % 2 == 0, page


@pytest.mark.parametrize("block", RUN, ids=lambda block: f"{block.page}:{block.line}")
def test_example(block: Block, folder: Path) -> None:
    if block.language == "sql":
        with duckdb.connect(current(folder / "var")["duckdb"], read_only=True) as book:
            assert book.execute(block.text).fetchall()
    elif block.language == "python":
        done = run_in(folder, [sys.executable, "-c", block.text])
        assert done.returncode == 0 and done.stdout.strip(), done.stderr
    elif block.language == "sh":
        for line in block.text.splitlines():
            assert line.startswith("junheng "), line
            done = run_in(folder, command(*shlex.split(line)[1:]))
            assert done.returncode == 0, f"{line}\n{done.stderr}"
    elif block.language == "text":
        connection_strings(block.text, folder)
    else:
        pytest.fail(f"no way to run {block.language!r}; add one, or a reason to SKIPPED")


def connection_strings(text: str, folder: Path) -> None:
    """No BI tool is here; what the strings tell the driver is told to DuckDB itself."""
    for line in text.splitlines():
        options = dict(re.findall(r"(?:^|;)(?:duckdb\.)?([\w ]+)=([^;]+)", line))
        mode = options.get("access_mode") or {"true": "READ_ONLY"}[options["read_only"]]
        assert "数据库文件" in line
        with duckdb.connect(current(folder / "var")["duckdb"], config={"access_mode": mode}) as book:
            assert book.execute("select count(*) from marts.counties").fetchone() is not None


def table_commands() -> list[list[str]]:
    """The reading commands of the README's table, as typed after ``junheng``."""
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("| 命令（")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    typed = [shlex.split(one) for cell in cells for one in re.findall(r"`([^`]+)`", cell)]
    # Loading is proved end to end, and these need returns of other counties; `make ui` does not end.
    return [args for args in typed if args[0] not in {"load", "make"}]


def test_the_commands_of_the_readme(folder: Path) -> None:
    """Except `check`, which reads raw returns: it is given those of this repository."""
    listed = table_commands()
    assert {args[0] for args in listed} >= {"verdicts", "gaps", "trace", "faults", "query", "template"}
    (folder / "raw").symlink_to(ROOT / "raw", target_is_directory=True)
    order = ["restore", "withdraw", "rollback", "prune"]  # these change what the others show
    for args in sorted(listed, key=lambda one: order.index(one[0]) if one[0] in order else -1):
        done = run_in(folder, command(*args))
        assert done.returncode == 0, f"{args}\n{done.stderr}"


def run_in(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        env=environment() | {"PYTHONPATH": os.pathsep.join([str(ROOT)])},
    )  # fmt: skip
