"""``make audit``, part of ``make check``: are the dependencies pinned, whole, free to use, and known to be harmful?

Everything but the last is found out here, without a network. Where no source of advisories answers, that is said, with
the date of the last answer: it is not an all-clear, and with ``--required`` it is a failure.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import importlib.metadata
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from orchestration.delivery import advisories
from orchestration.delivery.licences import allowed, licence_of
from orchestration.delivery.lock import LockFault, Pin, read_lock

ROOT = Path(__file__).resolve().parents[2]
CORE, DEV = "requirements.lock", "requirements-dev.lock"
# Not pinned: the project itself, and what comes with Python's venv.
_OURS = {"junheng", "pip"}


def lock_faults(root: Path) -> list[str]:
    """Locks that are not exact, contradict each other, or lack a direct dependency of ``pyproject.toml``."""
    faults: list[str] = []
    locks: dict[str, tuple[Pin, ...]] = {}
    for path in sorted(root.glob("requirements*.lock")):
        try:
            locks[path.name] = read_lock(path)
        except LockFault as error:
            faults.append(str(error))
    if faults:
        return faults
    known = {(pin.name, pin.version, str(pin.marker)): pin.hashes for pin in locks[DEV]}
    for name, pins in locks.items():
        for pin in pins:
            if known.get((pin.name, pin.version, str(pin.marker))) != pin.hashes:
                faults.append(f"{name}：{pin.requirement} 与 {DEV} 不一致，请运行 make lock")
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    groups = declared["dependency-groups"]
    for lock, lines in ((CORE, [*declared["project"]["dependencies"], *groups["build"]]), (DEV, groups["dev"])):
        for requirement in (Requirement(line) for line in lines if isinstance(line, str)):
            pinned = [pin.version for pin in locks[lock] if pin.name == canonicalize_name(requirement.name)]
            if not pinned or not all(requirement.specifier.contains(version) for version in pinned):
                faults.append(f"{lock}：缺少 {requirement}，请运行 make lock")
    return faults


def installed() -> dict[str, importlib.metadata.Distribution]:
    """What is installed in this environment, by normalised name."""
    return {canonicalize_name(one.metadata["Name"]): one for one in importlib.metadata.distributions()}


def environment_faults(pins: Iterable[Pin], found: Mapping[str, importlib.metadata.Distribution]) -> list[str]:
    """Where the environment that is checked is not the one the lock describes."""
    here = {name: str(value) for name, value in default_environment().items()}
    wanted = {pin.name: pin.version for pin in pins if pin.applies([here])}
    faults = [
        f"{name}：锁定 {version}，装的是 {found[name].version if name in found else '（没有）'}，请运行 make setup"
        for name, version in wanted.items()
        if name not in found or Version(found[name].version) != version
    ]
    return faults + [f"{name}：装了，但不在锁定文件里" for name in sorted(found.keys() - wanted.keys() - _OURS)]


def headers_of(distribution: importlib.metadata.Distribution) -> Message:
    """Its metadata as the headers they are."""
    return HeaderParser().parsestr(distribution.read_text("METADATA") or "")


def licence_faults(found: Mapping[str, importlib.metadata.Distribution]) -> list[str]:
    """Packages that may not be handed on, or do not say so."""
    stated = {name: licence_of(name, headers_of(one)) for name, one in found.items() if name not in _OURS}
    return [f"{name}：许可 “{text}” 不在允许之列" for name, text in sorted(stated.items()) if not allowed(text)]


def advisory_faults(pins: Sequence[Pin], asked: argparse.Namespace, today: dt.date) -> list[str]:
    """Known vulnerabilities, or a note where nobody could be asked."""
    lock = hashlib.sha256((ROOT / DEV).read_bytes()).hexdigest()
    try:
        if asked.database:
            answer = advisories.ask_database(pins, asked.database, asked.described or asked.database.name)
        else:
            answer = advisories.ask_service(pins)
    except advisories.NoAnswer as error:
        last = advisories.last_audit()
        changed = "其后锁定文件没有变" if last["lock_sha256"] == lock else "其后锁定文件有变"
        say(f"漏洞：没有查到（{error}）。上次查 {last['date']}（{last['source']}），{changed}。")
        return ["没有可用的漏洞库，而要求必须查到"] if asked.required else []
    say(f"漏洞：{answer.source} 查了 {answer.known} 个，不认识 {len(answer.unknown)} 个，发现 {len(answer.found)} 条")
    if answer.unknown:
        say("  不认识：" + "、".join(answer.unknown))
    if asked.record:
        advisories.remember(answer, lock, today)
    waived = advisories.accepted(today)
    faults: list[str] = []
    for one in answer.found:
        names, fixed = "、".join((one.id, *one.aliases)), "、".join(one.fixed_in)
        text = f"{one.package} {one.version}：{names}，" + (f"已修复于 {fixed}" if fixed else "尚未修复")
        waiver = next((waived[name] for name in (one.id, *one.aliases) if name in waived), None)
        if waiver:
            say(f"  接受到 {waiver.until}：{text}；{waiver.reason}")
        else:
            faults.append(text)
    return faults


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is amiss; 1 where something is."""
    parser = argparse.ArgumentParser(prog="audit", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--database", type=Path, metavar="DIR", help="在漏洞库的副本里查（OSV 格式的文件夹），不联网")
    parser.add_argument("--described", metavar="TEXT", help="这份副本是谁的、截至哪一天")
    parser.add_argument("--record", action="store_true", help="把这次查到的结果记入 advisories.json")
    parser.add_argument("--required", action="store_true", help="查不到漏洞库也算不通过（发布之前）")
    asked = parser.parse_args(arguments)
    faults = {"锁定文件": lock_faults(ROOT)}
    if not faults["锁定文件"]:
        pins, found = read_lock(ROOT / DEV), installed()
        faults["环境"] = environment_faults(pins, found)
        faults["许可"] = licence_faults(found)
        faults["漏洞"] = advisory_faults(pins, asked, dt.datetime.now().astimezone().date())
    for title, lines in faults.items():
        if lines or title != "漏洞":  # whose outcome has been told already
            say(f"{title}：{f'{len(lines)} 处不符' if lines else '通过'}")
        for line in lines:
            say(f"  {line}")
    return 1 if any(faults.values()) else 0


def say(text: str) -> None:
    """On the screen."""
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
