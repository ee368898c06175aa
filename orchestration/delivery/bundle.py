"""``make bundle``: one archive a platform, from which a machine with only Python installs and runs.

An archive a platform, for all supported Pythons: an office has one kind of machine, seldom knows which Python it will
find there, and wheels are the bulk (a third of them serve every Python, few serve two platforms). Inside is the project
as committed, unpacked as it is worked with, beside it the wheels, the scripts to install and to start, ``说明.txt``,
``manifest.json`` and ``SHA256SUMS``. The same commit and lock give the same bytes: members sorted, dated by the commit,
stored uncompressed (wheels are compressed already, and zlib's output differs from version to version).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestration.delivery.licences import allowed
from orchestration.delivery.lock import Pin, parse_lock
from orchestration.delivery.on_target import files_for
from orchestration.delivery.platforms import GLIBC, PLATFORMS, PYTHONS, Platform
from orchestration.delivery.wheels import WheelFault, choose, fetch, read_wheel, unmet

ROOT = Path(__file__).resolve().parents[2]
# What it runs on, and what shared mode (docs/shared_mode.md) needs besides: an office could not fetch that later.
LOCKS = ("requirements.lock", "requirements-shared.lock")
ON_TARGET = "orchestration/delivery/on_target/"
# What an office runs and reads. Tests, tools and their lock stay behind: there is no way to install those offline.
SHIPPED = (
    "CHANGELOG.md", "LICENSE", "README.md", "dbt_project", "docs", "expectations", "orchestration", "pyproject.toml",
    "raw", *LOCKS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Project:
    """The project as of one commit: its version, and its files by path."""

    version: str
    commit: str
    committed_at: int
    files: dict[str, bytes]

    @property
    def roots(self) -> list[str]:
        """What it requires to run, and to be installed (the group ``build``), as requirement strings."""
        declared = tomllib.loads(self.files["pyproject.toml"].decode("utf-8"))
        return [*declared["project"]["dependencies"], *declared["dependency-groups"]["build"]]

    @property
    def on_target(self) -> dict[str, bytes]:
        """What is run and read at the office before anything is installed, by file name."""
        return {Path(name).name: content for name, content in self.files.items() if name.startswith(ON_TARGET)}


def committed(root: Path) -> Project:
    """The last commit of the repository at ``root``. Raises subprocess.CalledProcessError where there is none."""

    def git(*arguments: str) -> bytes:
        return subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True).stdout  # noqa: S603, S607

    commit, moment = git("log", "-1", "--format=%H %ct").decode().split()
    # Byte for byte as committed, whatever this machine's line-ending settings are.
    archive = git("-c", "core.autocrlf=false", "-c", "core.eol=lf", "archive", "--format=tar", commit, "--", *SHIPPED)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = {one.name: content.read() for one in tar if (content := tar.extractfile(one)) is not None}
    version = str(tomllib.loads(files["pyproject.toml"].decode("utf-8"))["project"]["version"])
    return Project(version, commit, int(moment), files)


def gather(pins: Sequence[Pin], roots: Sequence[str], platform: Platform, pythons: Sequence[str], folder: Path) -> dict[
    str, list[str]
]:  # fmt: skip
    """The wheels of ``folder`` that the bundle takes, by file name, with the Pythons each serves.

    Raises WheelFault naming everything that is lacking on any of the Pythons, or may not be handed on.
    """
    served: dict[str, list[str]] = {}
    faults: list[str] = []
    for python in pythons:
        chosen, lacking = choose(pins, platform, python, folder)
        faults += lacking + unmet(chosen, roots, platform, python)
        for path in chosen.values():
            served.setdefault(path.name, []).append(python)
    licences = {name: read_wheel(folder / name).licence for name in sorted(served)}
    faults += [f"{name}: licence {text!r} is not allowed" for name, text in licences.items() if not allowed(text)]
    if faults:
        raise WheelFault("\n".join(faults))
    return dict(sorted(served.items()))


def write(project: Project, platform: Platform, served: dict[str, list[str]], wheels: Path, target: Path) -> None:
    """Write the archive of one platform to ``target``, whole or not at all. Raises OSError."""
    looked_at = {name: read_wheel(wheels / name) for name in served}
    manifest = {
        "name": "junheng",
        "version": project.version,
        "commit": project.commit,
        "platform": platform.name,
        "sys_platform": platform.sys_platform,
        "machine": platform.machine,
        "glibc": list(GLIBC) if platform.sys_platform == "linux" else None,
        "pythons": sorted({python for pythons in served.values() for python in pythons}, key=PYTHONS.index),
        "longest_path": max(one.longest_path for one in looked_at.values()),
        "wheels": [
            {
                "file": name,
                "sha256": one.sha256,
                "size": one.size,
                "unpacked": one.unpacked,
                "licence": one.licence,
                "pythons": served[name],
            }
            for name, one in looked_at.items()
        ],
    }
    members: dict[str, bytes | Path] = {
        **project.files,
        **files_for(platform.sys_platform, project.on_target),
        "manifest.json": (json.dumps(manifest, ensure_ascii=False, indent=1) + "\n").encode(),
        **{f"wheels/{name}": wheels / name for name in served},
    }
    sums = {name: sha256(content) for name, content in members.items()}
    members["SHA256SUMS"] = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums)).encode()
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            content = members[name]
            entry = zipfile.ZipInfo(f"{target.stem}/{name}", time.gmtime(project.committed_at)[:6])
            entry.create_system = 3  # Unix, on whatever system the bundle is made
            entry.external_attr = (0o100755 if name.endswith(".sh") else 0o100644) << 16
            archive.writestr(entry, content.read_bytes() if isinstance(content, Path) else content)
    unfinished.replace(target)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the bundles asked for, and ``SHA256SUMS`` over all bundles of the folder; 1 where a wheel is lacking."""
    parser = argparse.ArgumentParser(prog="bundle", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("platforms", nargs="*", metavar="PLATFORM", help="、".join(PLATFORMS) + "；默认全部")
    parser.add_argument("--pythons", nargs="+", choices=PYTHONS, default=PYTHONS, help="默认三个版本都带")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="默认 dist")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.platforms if name not in PLATFORMS]
    if unknown:
        parser.error(f"没有平台 {'、'.join(unknown)}；可选：{'、'.join(PLATFORMS)}")
    project = committed(ROOT)
    say(f"junheng {project.version}，提交 {project.commit[:12]}（未提交的改动不在包里）")
    output: Path = asked.output
    pins = [pin for name in LOCKS for pin in parse_lock(project.files[name].decode("utf-8"), name)]
    fewer = "" if set(asked.pythons) == set(PYTHONS) else "-py" + "-".join(asked.pythons)
    for platform in (PLATFORMS[name] for name in asked.platforms or PLATFORMS):
        wheels = output / ".wheels" / platform.name
        try:
            for python in asked.pythons:
                say(f"{platform.name}：取 Python {python} 的依赖…")
                for line in fetch(pins, platform, python, wheels).splitlines():
                    if "yanked" in line:
                        say(line)
            served = gather(pins, project.roots, platform, asked.pythons, wheels)
        except WheelFault as error:
            say(f"缺少依赖，未成包：\n{error}")
            return 1
        target = output / f"junheng-{project.version}-{platform.name}{fewer}.zip"
        write(project, platform, served, wheels, target)
        say(f"{target}：{len(served)} 个依赖，{target.stat().st_size / 1e6:.0f} MB")
    sums = [f"{sha256(path)}  {path.name}\n" for path in sorted(output.glob("junheng-*.zip"))]
    (output / "SHA256SUMS").write_text("".join(sums), encoding="utf-8", newline="\n")
    return 0


def sha256(content: bytes | Path) -> str:
    """In hex, of bytes or of a file."""
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(text: str) -> None:
    """On stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
