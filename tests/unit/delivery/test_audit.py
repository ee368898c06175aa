"""The audit: what it lets through, and that nobody's silence is taken for an all-clear."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from orchestration.delivery import advisories, audit
from orchestration.delivery.licences import allowed, licence_of
from orchestration.delivery.lock import parse_lock

HASH = "--hash=sha256:" + "0" * 64
PINS = parse_lock(f"demo==1.5 {HASH}\nother==2.0 ; sys_platform == 'win32' {HASH}\n", "test.lock")
TWICE = parse_lock(f"demo==1.5 {HASH}\ndemo==2.5 ; python_version >= '3.12' {HASH}\n", "test.lock")


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-3.0-only", True),
        ("Apache-2.0 AND GPL-3.0-only", False),
        ("MPL-2.0 AND (GPL-2.0-only OR MIT)", True),
        ("(MIT OR GPL-2.0-only) AND AGPL-3.0-only", False),
        ("GPL-3.0-only OR MIT AND BSD-3-Clause", True),
        ("AGPL-3.0-or-later", False),
        ("Proprietary", False),
        ("MIT License", False),
        ("(MIT", False),
        ("MIT)", False),
        ("MIT OR", False),
        ("", False),
    ],
)
def test_licence_expressions(expression: str, fits: bool) -> None:
    assert allowed(expression) is fits


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "whatever")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License"), ("Classifier", "Topic :: X")], "BSD-3-Clause"),
        ([("Classifier", "License :: OSI Approved"), ("License", "MIT")], "MIT"),
        (
            [
                ("Classifier", f"License :: OSI Approved :: {one}")
                for one in ("MIT License", "GNU General Public License")
            ],
            "GNU General Public License AND MIT",
        ),
        ([("License", "BSD")], "BSD-3-Clause"),
        ([("License", "Copyright somebody\nAll rights reserved")], "Copyright somebody"),
        ([], ""),
    ],
)
def test_where_a_licence_is_stated(fields: list[tuple[str, str]], licence: str) -> None:
    headers = Message()
    for name, value in fields:
        headers[name] = value
    assert licence_of("demo", headers) == licence


def affected(*events: dict[str, str], versions: tuple[str, ...] = ()) -> dict[str, Any]:
    ranges = [{"type": "GIT", "events": [{"introduced": "0"}]}]
    ranges += [{"type": "ECOSYSTEM", "events": list(events)}] if events else []
    return {"package": {"ecosystem": "PyPI", "name": "Demo"}, "ranges": ranges, "versions": list(versions)}


@pytest.mark.parametrize(
    ("about", "hit", "spared"),
    [
        (affected({"introduced": "0"}, {"fixed": "1.6"}), "1.5 0.1 1.6rc1", "1.6 2"),
        (affected({"introduced": "1.5"}, {"last_affected": "1.7"}), "1.5 1.7", "1.4 1.7.1"),
        (
            affected({"fixed": "2.2"}, {"introduced": "2.0"}, {"introduced": "0"}, {"fixed": "1.1"}),
            "1.0 2.0 2.1",
            "1.1 2.2",
        ),
        (affected({"introduced": "1.0"}), "1.0 99", "0.9"),
        (affected(versions=("1.5", "not a version")), "1.5 1.5.0", "1.4"),
        (affected(), "", "1.0"),
    ],
)
def test_which_releases_an_advisory_is_about(about: dict[str, Any], hit: str, spared: str) -> None:
    found = {text: advisories.is_affected(Version(text), about) for text in (hit + " " + spared).split()}
    assert found == dict.fromkeys(hit.split(), True) | dict.fromkeys(spared.split(), False)


def test_a_copy_of_a_database(tmp_path: Path) -> None:
    about = affected({"introduced": "0"}, {"fixed": "1.6"})
    (tmp_path / "demo").mkdir()
    yaml = """
id: PYSEC-1
modified: 2024-01-01
aliases: [CVE-1]
affected:
- package: {ecosystem: PyPI, name: demo}
  versions: ["1.5"]
"""
    (tmp_path / "demo" / "PYSEC-1.yaml").write_text(yaml, encoding="utf-8")
    for number, more in ((2, {}), (3, {"withdrawn": "2024-01-01"})):
        (tmp_path / f"{number}.json").write_text(json.dumps({"id": f"GHSA-{number}", "affected": [about], **more}))
    foreign = about | {"package": {"ecosystem": "npm", "name": "demo"}}
    (tmp_path / "4.json").write_text(json.dumps({"id": "GHSA-4", "affected": [foreign]}))
    answer = advisories.ask_database(PINS, tmp_path, "copy")
    assert [(one.id, one.fixed_in) for one in answer.found] == [("GHSA-2", ("1.6",)), ("PYSEC-1", ())]
    assert (answer.source, answer.known) == ("copy，4 条", 2)
    with pytest.raises(advisories.NoAnswer):
        advisories.ask_database(PINS, tmp_path / "nothing", "copy")


Says = Callable[[str, str], None]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Says:
    """Let pip-audit say something instead of being run."""

    def says(out: str, err: str = "") -> None:
        def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(command, 1, out, err)

        monkeypatch.setattr(advisories.subprocess, "run", run)

    return says


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.5", "vulns": [], **more}


def skipped(name: str) -> dict[str, Any]:
    return {"name": name, "skip_reason": "Dependency not found"}


def test_a_service_that_knows_none_of_them_has_not_answered(service: Says) -> None:
    service(json.dumps({"dependencies": [skipped("demo"), skipped("other")]}), "No known vulnerabilities found")
    with pytest.raises(advisories.NoAnswer, match="不认识 2 个"):
        advisories.ask_service(PINS)


@pytest.mark.parametrize(("out", "err"), [("", "Traceback\nrequests.ConnectionError: host x"), ("{}", ""), ("", "")])
def test_a_service_out_of_reach_has_not_answered(service: Says, out: str, err: str) -> None:
    service(out, err)
    with pytest.raises(advisories.NoAnswer) as caught:
        advisories.ask_service(PINS)
    assert "host" not in str(caught.value)


def test_what_a_service_found(service: Says) -> None:
    vulnerable = entry("demo", vulns=[{"id": "PYSEC-1", "fix_versions": ["1.6"], "aliases": ["CVE-1"]}])
    service(json.dumps({"dependencies": [vulnerable, skipped("other")]}))
    answer = advisories.ask_service(PINS)
    assert answer.found == (advisories.Advisory("demo", "1.5", "PYSEC-1", ("1.6",), ("CVE-1",)),)
    assert (answer.known, answer.unknown) == (1, ("other",))


def test_two_versions_of_one_package_are_both_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(Path(command[command.index("--requirement") + 1]).read_text(encoding="utf-8"))
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": [entry("demo")]}), "")

    monkeypatch.setattr(advisories.subprocess, "run", run)
    advisories.ask_service(TWICE)
    assert asked == ["demo==1.5\n", "demo==2.5\n"]


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "advisories.json"
    shutil.copy(advisories.RECORD, path)
    monkeypatch.setattr(advisories, "RECORD", path)
    # Whoever runs this may have more installed than the lock says.
    monkeypatch.setattr(audit, "environment_faults", lambda *_: [])
    monkeypatch.setattr(audit, "licence_faults", lambda *_: [])
    return path


def test_no_answer_is_told_and_fails_where_an_answer_is_required(
    service: Says, record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    service("", "ConnectionError: x")
    assert audit.main([]) == 0
    said = capsys.readouterr().out
    assert "漏洞：没有查到" in said and json.loads(record.read_text(encoding="utf-8"))["last"]["date"] in said
    assert audit.main(["--required"]) == 1


def test_a_vulnerability_fails_until_it_is_accepted_for_a_while(
    service: Says, record: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vulnerable = entry("demo", vulns=[{"id": "PYSEC-1", "fix_versions": ["1.6"], "aliases": ["CVE-1"]}])
    service(json.dumps({"dependencies": [vulnerable]}))
    assert audit.main(["--record"]) == 1
    assert "demo 1.5：PYSEC-1、CVE-1，已修复于 1.6" in capsys.readouterr().out
    written = json.loads(record.read_text(encoding="utf-8"))
    assert written["last"]["found"] == ["demo 1.5: PYSEC-1"]
    today = dt.datetime.now().astimezone().date()
    for day, code in ((today, 0), (today - dt.timedelta(days=1), 1)):
        written["accepted"] = [{"id": "CVE-1", "reason": "我们不用这一部分", "until": day.isoformat()}]
        record.write_text(json.dumps(written), encoding="utf-8")
        assert audit.main([]) == code


def test_the_locks_of_this_repository() -> None:
    assert audit.lock_faults(audit.ROOT) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("requirements.lock", "jinja2==", "jinja2==99", "与 requirements-dev.lock 不一致"),
        ("requirements.lock", "click==", "--index-url https://packages.example/simple\nclick==", "is no requirement"),
        ("pyproject.toml", '"click>=', '"not-locked>=1", "click>=', "缺少 not-locked>=1"),
        ("pyproject.toml", '"click>=', '"click>=99', "缺少 click>=99"),
    ],
)
def test_locks_that_do_not_agree(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    for path in (*audit.ROOT.glob("requirements*.lock"), audit.ROOT / "pyproject.toml"):
        shutil.copy(path, tmp_path)
    text = (tmp_path / file).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    assert any(said in fault for fault in audit.lock_faults(tmp_path))


def test_an_environment_that_is_not_the_locked_one() -> None:
    found = audit.installed()
    jinja = Version(found["jinja2"].version)
    pins = parse_lock(f"jinja2=={jinja} {HASH}\nclick==0.1 {HASH}\nnowhere==1 ; sys_platform == 'plan9' {HASH}\n", "t")
    some = {name: found[name] for name in ("jinja2", "click", "rich", "pip")}
    faults = audit.environment_faults(pins, some)
    assert [fault.partition("：")[0] for fault in faults] == ["click", "rich"]
    assert len(audit.environment_faults(pins, {})) == 2


def test_every_licence_here_is_allowed() -> None:
    assert audit.licence_faults(audit.installed()) == []
