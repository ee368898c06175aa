"""Wheels: fetching those a platform needs, choosing among those at hand, and proving that they close the lock."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.parser import HeaderParser
from functools import cache
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

from orchestration.delivery.licences import licence_of
from orchestration.delivery.lock import Pin
from orchestration.delivery.platforms import Platform


class WheelFault(RuntimeError):
    """The wheels at hand or on offer do not make up what the lock pins."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """One wheel file: its sha256, size and unpacked size in bytes, longest path inside, and what its metadata say."""

    path: Path
    sha256: str
    size: int
    unpacked: int
    longest_path: int
    licence: str
    requires: tuple[str, ...]


@cache
def read_wheel(path: Path) -> Wheel:
    """Look into a wheel. Raises OSError, zipfile.BadZipFile, WheelFault for one without metadata."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        metadata = [one for one in entries if re.fullmatch(r"[^/]+\.dist-info/METADATA", one.filename)]
        if len(metadata) != 1:
            raise WheelFault(f"{path.name} has no METADATA")
        headers = HeaderParser().parsestr(archive.read(metadata[0]).decode("utf-8"))
    return Wheel(
        path,
        digest,
        path.stat().st_size,
        sum(one.file_size for one in entries),
        max(len(one.filename) for one in entries),
        licence_of(parse_wheel_filename(path.name)[0], headers),
        tuple(str(one) for one in headers.get_all("Requires-Dist") or ()),
    )


def fetch(pins: Iterable[Pin], platform: Platform, python: str, folder: Path) -> str:
    """Download the wheels that one Python on a platform needs, as pip is configured here, hashes checked.

    Only what the platform's markers ask for, decided here: pip evaluates markers with the interpreter it runs in, and
    would leave out what only Windows needs. No source distribution is taken: what is built here has a hash that no
    lock knows. Returns pip's warnings (a withdrawn release is one). Raises WheelFault.
    """
    environments = platform.environments(python)
    wanted = [pin for pin in pins if pin.applies(environments)]
    lines = [" ".join([pin.requirement, *sorted(f"--hash=sha256:{one}" for one in pin.hashes)]) for pin in wanted]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        listed = Path(temporary) / "wanted.txt"
        listed.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - our own interpreter, arguments of our own making
            [
                sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                "--require-hashes", "--only-binary=:all:", "--python-version", python, "--implementation", "cp",
                *(part for tag in platform.wheel_platforms for part in ("--platform", tag)),
                "--dest", str(folder), "--requirement", str(listed),
            ],
            capture_output=True, text=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    if done.returncode:
        raise WheelFault(f"{platform.name}, Python {python}: {done.stderr.strip()[-2000:]}")
    return done.stderr


def choose(pins: Iterable[Pin], platform: Platform, python: str, folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The best wheel of ``folder`` for each pin that the platform wants, by name, and what is wrong or lacking.

    A wheel counts only if the interpreter accepts its tag and its sha256 is one of the pin's: what a machine without
    internet will be able to install, found out without pip.
    """
    environments, ranks = platform.environments(python), {tag: i for i, tag in enumerate(platform.tags(python))}
    at_hand: dict[tuple[str, Version], list[tuple[int, str, Path]]] = {}
    for path in sorted(folder.glob("*.whl")):
        name, version, _, wheel_tags = parse_wheel_filename(path.name)
        fitting = [ranks[tag] for tag in wheel_tags if tag in ranks]
        if fitting:
            at_hand.setdefault((name, version), []).append((min(fitting), path.name, path))
    chosen: dict[str, Path] = {}
    faults: list[str] = []
    for pin in (pin for pin in pins if pin.applies(environments)):
        fitting = sorted(at_hand.get((pin.name, pin.version), []))
        sound = [path for _, _, path in fitting if read_wheel(path).sha256 in pin.hashes]
        if sound:
            chosen[pin.name] = sound[0]
        else:
            why = "no wheel of the locked hash" if fitting else "no wheel"
            faults.append(f"{platform.name}, Python {python}: {why} of {pin.requirement}")
    return chosen, faults


def unmet(chosen: dict[str, Path], roots: Sequence[str], platform: Platform, python: str) -> list[str]:
    """Requirements of the roots and of the chosen wheels (their own metadata) that no chosen wheel meets.

    Follows requirements from ``roots`` (requirement strings, extras included) through the wheels, so that what only
    one system needs (colorama, pywin32) is looked for even if the lock itself forgot it.
    """
    environments = platform.environments(python)
    versions = {name: parse_wheel_filename(path.name)[1] for name, path in chosen.items()}
    todo = [("the project", Requirement(root), "") for root in roots]
    seen: set[tuple[str, str]] = set()
    faults: list[str] = []
    while todo:
        asker, requirement, extra = todo.pop()
        marker = requirement.marker
        if marker and not any(marker.evaluate({**environment, "extra": extra}) for environment in environments):
            continue
        name = canonicalize_name(requirement.name)
        if name not in versions or not requirement.specifier.contains(versions[name], prereleases=True):
            found = f"{versions[name]} is there" if name in versions else "it is not there"
            faults.append(f"{platform.name}, Python {python}: {asker} needs {requirement}, {found}")
            continue
        for wanted in ("", *sorted(requirement.extras)):
            if (name, wanted) not in seen:
                seen.add((name, wanted))
                todo.extend((name, Requirement(line), wanted) for line in read_wheel(chosen[name]).requires)
    return sorted(set(faults))
