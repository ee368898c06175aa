"""Install Junheng on a machine without internet, from the folder this file is in. Needs Python 3.11–3.13 with venv.

Uses nothing but the standard library, and parses with any Python 3.6 or later, so that a wrong one is told so. Ends
with 0 when all is installed, 1 when not; ``--fits`` only tells whether this Python is one the bundle is made for.
Nothing outside the folder is written.
"""

import hashlib
import io
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
FIRST, LAST = (3, 11), (3, 13)
# Windows refuses longer paths where it has not been told otherwise; ``__pycache__`` makes some longer by as much.
LONGEST_PATH = 259
PYCACHE = len("__pycache__\\.cpython-313")


class Stop(Exception):
    """Installing cannot go on; the message says what to do."""


def fits() -> bool:
    """Whether this Python is one the bundle is made for: the version, CPython, 64 bits."""
    version = sys.version_info[:2]
    return FIRST <= version <= LAST and sys.implementation.name == "cpython" and sys.maxsize > 2**32


def check_machine(manifest: "dict[str, Any]") -> None:
    """Raise Stop where this machine is not the one the bundle is for, or lacks something."""
    if not fits():
        bits = 64 if sys.maxsize > 2**32 else 32
        version = platform.python_version()
        raise Stop(f"这里的 Python 是 {version}（{bits} 位）。请用 64 位的 CPython 3.11、3.12 或 3.13。")
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if here not in manifest["pythons"]:
        raise Stop(f"本安装包只带有 Python {'、'.join(manifest['pythons'])} 的依赖，这里是 {here}。")
    if sys.platform != manifest["sys_platform"] or platform.machine() != manifest["machine"]:
        machine = f"{sys.platform}-{platform.machine()}"
        raise Stop(f"本安装包用于 {manifest['platform']}，这台机器是 {machine}，请换用相应的安装包。")
    wanted = manifest["glibc"]
    if wanted:
        library, version = platform.libc_ver()
        found = tuple(int(part) for part in version.split(".")[:2]) if library == "glibc" else ()
        if found < tuple(wanted):
            raise Stop(f"需要 glibc {wanted[0]}.{wanted[1]} 或更新，这里是 {library or '别的 C 库'} {version}。")
    try:
        import ensurepip
        import venv
    except ImportError as error:
        raise Stop("这里的 Python 不含 venv 与 pip（Debian、Ubuntu、统信、麒麟：安装软件包 python3-venv）。") from error
    del ensurepip, venv
    unpacked = sum(wheel["unpacked"] for wheel in manifest["wheels"] if here in wheel["pythons"])
    # Compiled modules come to about as much again as the sources; half of everything is a safe guess.
    needed, free = unpacked * 3 // 2, shutil.disk_usage(str(HERE)).free
    if free < needed:
        raise Stop(f"磁盘空间不够：安装约需 {needed / 1e9:.1f} GB，这里只剩 {free / 1e9:.1f} GB。")
    longest = len(str(VENV / "Lib" / "site-packages")) + 1 + manifest["longest_path"] + PYCACHE
    if sys.platform == "win32" and longest > LONGEST_PATH and not long_paths():
        raise Stop(f"文件夹的路径太长，请把它移到较短的路径，如 D:\\junheng，再安装。这里是：{HERE}")


def long_paths() -> bool:
    """Whether this Windows takes paths of more than 260 characters."""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SYSTEM\CurrentControlSet\Control\FileSystem") as key:
            return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    except OSError:
        return False


def check_copy() -> None:
    """Compare every file with ``SHA256SUMS``; raise Stop naming those that did not arrive whole."""
    broken: list[str] = []
    for line in (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        file = HERE / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            broken.append(name)
    if broken:
        named = "、".join(broken[:5]) + (" 等" if len(broken) > 5 else "")
        raise Stop(f"有 {len(broken)} 个文件缺少或与清单不符，请重新复制、解压：{named}")


def run(*arguments: str) -> None:
    """Run the new environment's Python, deaf to this machine's settings of pip and Python. Raises Stop."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(("PIP_", "PYTHON", "UV_"))
    }
    environment["PIP_CONFIG_FILE"] = os.devnull
    done = subprocess.run([str(python), *arguments], cwd=str(HERE), env=environment, check=False)  # noqa: S603
    if done.returncode:
        raise Stop("没有装成，原因见上。")


def install() -> None:
    """Everything, in order. Raises Stop, OSError."""
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    check_machine(manifest)
    say("核对安装包…")
    check_copy()
    say(f"建立运行环境 {VENV} …")
    import venv

    venv.create(str(VENV), clear=True, with_pip=True, symlinks=os.name != "nt")
    say("安装依赖（按散列核对，不用网络，约一两分钟）…")
    pip = ("-m", "pip", "--isolated", "--disable-pip-version-check", "--quiet")
    offline = ("--no-index", "--no-deps", "--no-cache-dir", "--no-warn-script-location")
    locks = ("-r", "requirements.lock", "-r", "requirements-shared.lock")
    run(*pip, "install", *offline, "--require-hashes", "--find-links", "wheels", *locks)
    # Last, so that the command is there only when all it needs is.
    run(*pip, "install", *offline, "--no-build-isolation", "--editable", ".")
    run(*pip, "check")
    run("-m", "compileall", "-q", "orchestration", "expectations")


def say(text: str) -> None:
    """On the screen at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Install, or say in a line why not."""
    if sys.argv[1:] == ["--fits"]:
        return 0 if fits() else 1
    screen: object = sys.stdout
    if sys.version_info >= (3, 7) and isinstance(screen, io.TextIOWrapper):
        # Into a file, on a system that is not Chinese: question marks rather than no installation.
        screen.reconfigure(errors="replace")
    try:
        install()
    except Stop as stop:
        say(str(stop))
        return 1
    except (OSError, subprocess.CalledProcessError) as error:
        say(f"没有装成：{error}")
        return 1
    command = "junheng.bat" if os.name == "nt" else "sh junheng.sh"
    say(f"已装好。试一试：{command} load 2017 370321")
    return 0


if __name__ == "__main__":
    sys.exit(main())
