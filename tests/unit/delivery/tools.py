"""Small wheels and locks made by hand."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from packaging.utils import parse_wheel_filename

from orchestration.delivery.lock import Pin, parse_lock


def make_wheel(folder: Path, filename: str, *requires: str, extras: tuple[str, ...] = ()) -> Path:
    """A wheel that holds one module and its metadata; pip takes it for a real one, because it is."""
    name, version, _, tags = parse_wheel_filename(filename)
    module = str(name).replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense-Expression: MIT"]
    metadata += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {line}" for line in requires]
    wheel = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n" + "".join(f"Tag: {tag}\n" for tag in tags)
    content = {f"{module}.py": "", f"{info}/METADATA": "\n".join(metadata) + "\n\n", f"{info}/WHEEL": wheel}
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / filename, "w") as archive:
        for path, text in content.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*content, f"{info}/RECORD"]))
    return folder / filename


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def lock_of(*entries: tuple[str, Path]) -> tuple[Pin, ...]:
    """A lock of requirement lines (``demo==1.0 ; sys_platform == 'win32'``) and the file each may come as."""
    return parse_lock("".join(f"{line} \\\n    --hash=sha256:{sha256(path)}\n" for line, path in entries), "test.lock")
