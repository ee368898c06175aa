"""What a lock may say, and what the locks of this repository do say."""

from __future__ import annotations

import pytest

from orchestration.delivery.bundle import ROOT
from orchestration.delivery.lock import LockFault, parse_lock, read_lock
from orchestration.delivery.platforms import PLATFORMS, PYTHONS

HASH = "--hash=sha256:" + "0" * 64


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example/simple",
        "-e .",
        f"demo>=1.0 {HASH}",
        f"demo==1.* {HASH}",
        f"demo {HASH}",
        f"demo==1.0,!=1.1 {HASH}",
        f"demo @ https://packages.example/demo-1.0.whl {HASH}",
        "demo==1.0",
        "demo==1.0 --hash=sha256:0123",
        f"demo==1.0 {HASH} --hash=md5:00000000000000000000000000000000 --hash=sha256:xyz",
    ],
)
def test_what_is_not_exact_and_hashed_is_refused(line: str) -> None:
    with pytest.raises(LockFault):
        parse_lock(line + "\n", "test.lock")


def test_an_entry_over_several_lines() -> None:
    text = "# by hand\nDemo.Pack==1.0 ; python_full_version < '3.12' \\\n    " + f"{HASH} \\\n    {HASH[:-1]}1\n\n"
    (pin,) = parse_lock(text, "test.lock")
    assert (pin.name, pin.requirement, len(pin.hashes)) == ("demo-pack", "demo-pack==1.0", 2)
    linux = PLATFORMS["linux-x86_64"]
    assert pin.applies(linux.environments("3.11")) and not pin.applies(linux.environments("3.12"))


def test_a_marker_on_the_third_part_of_the_version_is_taken_for_any_such_python() -> None:
    for marker in ("python_full_version < '3.11.4'", "python_full_version >= '3.11.4'"):
        (pin,) = parse_lock(f"demo==1.0 ; {marker} {HASH}\n", "test.lock")
        assert pin.applies(PLATFORMS["linux-x86_64"].environments("3.11"))


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"])
def test_our_locks_are_exact(name: str) -> None:
    assert read_lock(ROOT / name)


def test_what_only_one_system_needs() -> None:
    pins = read_lock(ROOT / "requirements.lock")

    def wanted(platform: str) -> set[str]:
        return {pin.name for pin in pins for python in PYTHONS if pin.applies(PLATFORMS[platform].environments(python))}

    assert {"pywin32", "pyreadline3"} <= wanted("windows-amd64") - wanted("linux-x86_64")
    assert "uvloop" in wanted("linux-x86_64") - wanted("windows-amd64")
    assert "colorama" in wanted("windows-amd64")
