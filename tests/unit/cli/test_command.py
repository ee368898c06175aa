"""The command itself: exit codes, Chinese, UTF-8, pipes, and that reading stays light."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from publication import fake_warehouse as fake

from cli.conftest import Ran
from orchestration.cli.app import COMMANDS
from orchestration.publication.wording import width

Junheng = Callable[..., Ran]
REPO = Path(__file__).parents[3]
# Words that may be Latin in a Chinese text: names, codes, options, formats.
LATIN = re.compile(
    r"--?[a-z]+|\b(?:junheng|[A-Z]+|JUNHENG_VAR|JUNHENG_DEBUG|load|check|gaps|verdicts|metrics|faults|trace|status|"
    r"changes|template|slips|forms|reports|report|plans|self-assessment|school-plan|Word|docx|zip|query|dictionary|withdraw|"
    r"rollback|prune|backup|restore|select|school_name|value|from|where|section_metrics|indicator|and|verdict|not_met|"
    r"county-return|school-supplement|explanations|corrections|table|json|csv|xlsx|html|"
    r"primary|junior|raw|var|ui|Dagster|Ctrl|national-2017|[BC]\d+|V|A4)\b"
)


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("gasp", "2017", "370321"),
        ("gaps",),
        ("gaps", "2017"),
        ("gaps", "17", "370321"),
        ("gaps", "2017", "37032"),
        ("gaps", "2017", "３７０３２１"),
        ("gaps", "2017", "370321", "extra"),
        ("gaps", "2017", "370321", "--nonsense"),
        ("gaps", "2017", "370321", "--format", "pdf"),
        ("gaps", "2017", "370321", "--format"),
        ("gaps", "2017", "370321", "--format", "xlsx"),
        ("gaps", "2017", "370321", "--format", "json", "--output", "x.json"),
        ("gaps", "2017", "370321", "--format", "csv", "--output", "absent/x.csv"),
        ("trace", "2017", "370321", "B4"),
        ("trace", "2017", "370321", "B4", "x", "--level", "senior"),
        ("query",),
        ("query", "delete from counties"),
        ("dictionary", "no_such"),
        ("prune",),
        ("prune", "--keep", "0"),
        ("prune", "--keep", "x"),
        ("rollback", "no-such-run"),
        ("withdraw", "2017"),
        ("backup",),
        ("backup", "absent/x.zip"),
        ("restore", "absent.zip"),
        ("load",),
        ("load", "2017"),
        ("load", "2017", "370321", "--all"),
        ("load", "2017", "999999"),
        ("load", "--all", "--raw", "absent"),
        ("load", "--all=yes"),
        ("ui", "--port", "0"),
        ("--nonsense",),
    ],
)
def test_wrong_usage_is_64_and_explained_in_chinese(junheng: Junheng, args: tuple[str, ...]) -> None:
    ran = junheng(*args)
    assert ran.code == 64 and ran.out == ""
    said = ran.err.rpartition("错误：")[2]
    assert said.strip() and re.search(r"[\u4e00-\u9fff]", said), ran.err
    for arg in args:
        said = re.sub(r"/[\w/.-]*", "", said.replace(arg, ""))
    assert not re.findall(r"[A-Za-z]{2,}", LATIN.sub("", said)), ran.err


@pytest.mark.parametrize("columns", ["60", "100"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_chinese_and_fits(
    junheng: Junheng, monkeypatch: pytest.MonkeyPatch, command: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    ran = junheng(*command.split(), "--help")
    assert ran.code == 0 and ran.err == ""
    assert ran.out.startswith("用法：junheng") and "选项：" in ran.out and "显示本说明" in ran.out
    assert not re.findall(r"[A-Za-z]{2,}", LATIN.sub("", ran.out)), ran.out
    assert "<=" not in ran.out
    if command:
        assert max(width(line) for line in ran.out.splitlines()) <= int(columns)


def test_no_command_shows_the_overview(junheng: Junheng) -> None:
    assert junheng().out == junheng("--help").out


def test_an_error_of_ours_is_1_and_keeps_stdout_clean(junheng: Junheng, tmp_path: Path) -> None:
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "current.json").write_text("{", encoding="utf-8")
    ran = junheng("gaps", "2017", "370321", "--var", str(tmp_path), "--format", "json")
    assert ran.code == 1 and ran.out == "" and "无法读取" in ran.err and "Traceback" not in ran.err


def test_a_file_that_cannot_be_written_leaves_the_old_one(
    junheng: Junheng, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("out.csv", "out.xlsx"):
        path = tmp_path / name
        path.write_text("old", encoding="utf-8")

        def refused(*_args: object) -> None:
            raise PermissionError(13, "in use")

        with monkeypatch.context() as patch:
            patch.setattr(Path, "replace", refused)
            ran = junheng("gaps", "2017", fake.COUNTY, "--output", str(path))
        assert ran.code == 64 and "写不进去" in ran.err
        assert path.read_text(encoding="utf-8") == "old"


def process(var: Path, *args: str, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration.cli", *args],
        cwd=REPO,
        env={**os.environ, "JUNHENG_VAR": str(var), **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_utf8_whatever_the_locale(var: Path) -> None:
    env = {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    out, err = process(var, "verdicts", "2017", fake.COUNTY, **env).communicate()
    assert "不达标" in out.decode("utf-8") and err == b""
    out, err = process(var, "gaps", "2016", fake.COUNTY, **env).communicate()
    assert "尚未载入" in err.decode("utf-8")


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("kind", ["table", "json", "csv"])
def test_a_broken_pipe_is_quiet(var: Path, kind: str) -> None:
    running = process(var, "gaps", "2017", fake.COUNTY, "--format", kind)
    assert running.stdout is not None and running.stderr is not None
    running.stdout.close()
    assert running.stderr.read() == b""
    running.stderr.close()
    assert running.wait() == 0


@pytest.mark.parametrize(
    "args",
    [
        ("--help",),
        ("status",),
        ("gaps", "2017", fake.COUNTY),
        ("verdicts", "2017", fake.COUNTY, "--format", "json"),
        ("metrics", "2017", fake.COUNTY),
        ("faults", "2017", fake.COUNTY, "--format", "csv"),
        ("trace", "2017", fake.COUNTY, "B4", fake.NINE_YEAR),
        ("query", "from counties"),
        ("dictionary",),
    ],
)
def test_reading_imports_nothing_heavy(var: Path, args: tuple[str, ...]) -> None:
    """Neither dagster, dbt nor GX; and not pandas, which the DuckDB client would load to bind a value."""
    code = (
        "import sys; from orchestration.cli.app import run; code = run(sys.argv[1:])\n"
        "heavy = {'dagster', 'dbt', 'great_expectations', 'pandas', 'polars', 'pyarrow', 'numpy'} & set(sys.modules)\n"
        "print(sorted(heavy), code, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        cwd=REPO,
        env={**os.environ, "JUNHENG_VAR": str(var)},
        capture_output=True,
        check=True,
    )
    assert done.stderr.decode().strip() == "[] 0"
