"""The lock files: what is pinned, for which interpreter and system, by which hashes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class LockFault(ValueError):
    """A lock file says something that is not an exact, hashed requirement."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry of a lock: a distribution at one version, with the sha256 of every file it may come as."""

    name: str
    version: Version
    marker: Marker | None
    hashes: frozenset[str]

    @property
    def requirement(self) -> str:
        """``name==version``."""
        return f"{self.name}=={self.version}"

    def applies(self, environments: Iterable[Mapping[str, str]]) -> bool:
        """Whether any of the marker environments wants it."""
        return self.marker is None or any(self.marker.evaluate(dict(environment)) for environment in environments)


def read_lock(path: Path) -> tuple[Pin, ...]:
    """Every pin of a lock file, in its order. Raises LockFault as ``parse_lock`` does, OSError."""
    return parse_lock(path.read_text(encoding="utf-8"), path.name)


def parse_lock(text: str, name: str) -> tuple[Pin, ...]:
    """Every pin of the text of a lock file, in its order; ``name`` is for messages.

    Raises LockFault for a line that is an option (an index, a local folder), an address, a range instead of one
    version, or has no sha256.
    """
    logical = text.replace("\\\n", " ").splitlines()
    return tuple(_pin(line, name) for line in logical if line.strip() and not line.lstrip().startswith("#"))


def _pin(line: str, file: str) -> Pin:
    stated, _, rest = line.partition("--hash=")
    hashes = frozenset(_HASH.findall("--hash=" + rest))
    try:
        requirement = Requirement(stated.strip())
    except InvalidRequirement as error:
        raise LockFault(f"{file}: {line[:80]!r} is no requirement: {error}") from error
    exact = re.fullmatch(r"==([^*,]+)", str(requirement.specifier))
    if requirement.url or exact is None:
        raise LockFault(f"{file}: {stated.strip()!r} is not pinned to one version")
    if not hashes or len(hashes) != rest.count("sha256:"):
        raise LockFault(f"{file}: {stated.strip()!r} has no sha256, or a broken one")
    return Pin(canonicalize_name(requirement.name), Version(exact[1]), requirement.marker, hashes)
