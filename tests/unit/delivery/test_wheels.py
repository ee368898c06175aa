"""Choosing wheels for a machine that is not this one, and noticing what it would lack."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.delivery.bundle import gather
from orchestration.delivery.platforms import PLATFORMS
from orchestration.delivery.wheels import WheelFault, choose, fetch, unmet
from tests.unit.delivery.tools import lock_of, make_wheel

LINUX, ARM, WINDOWS = (PLATFORMS[name] for name in ("linux-x86_64", "linux-aarch64", "windows-amd64"))


@pytest.mark.parametrize(
    ("filename", "takers"),
    [
        ("demo-1.0-py3-none-any.whl", {"linux-x86_64", "linux-aarch64", "windows-amd64"}),
        ("demo-1.0-py2.py3-none-any.whl", {"linux-x86_64", "linux-aarch64", "windows-amd64"}),
        ("demo-1.0-cp311-cp311-win_amd64.whl", {"windows-amd64"}),
        ("demo-1.0-cp311-cp311-win32.whl", set[str]()),
        ("demo-1.0-cp312-cp312-win_amd64.whl", set[str]()),
        ("demo-1.0-cp37-abi3-win_amd64.whl", {"windows-amd64"}),
        ("demo-1.0-cp312-abi3-win_amd64.whl", set[str]()),
        ("demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", {"linux-x86_64"}),
        ("demo-1.0-cp311-cp311-manylinux_2_28_aarch64.whl", {"linux-aarch64"}),
        ("demo-1.0-cp311-cp311-manylinux_2_34_x86_64.whl", set[str]()),
        ("demo-1.0-cp311-cp311-musllinux_1_2_x86_64.whl", set[str]()),
        ("demo-1.0-py3-none-manylinux1_x86_64.whl", {"linux-x86_64"}),
    ],
)
def test_which_machine_takes_a_wheel(tmp_path: Path, filename: str, takers: set[str]) -> None:
    pins = lock_of(("demo==1.0", make_wheel(tmp_path, filename)))
    found = {name for name, platform in PLATFORMS.items() if choose(pins, platform, "3.11", tmp_path)[0]}
    assert found == takers


def test_the_best_wheel_of_the_locked_hash_is_taken(tmp_path: Path) -> None:
    general = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl")
    special = make_wheel(tmp_path, "demo-1.0-cp311-cp311-win_amd64.whl")
    both = lock_of(("demo==1.0", general))[0].hashes | lock_of(("demo==1.0", special))[0].hashes
    (pin,) = lock_of(("demo==1.0", general))
    assert choose([pin], WINDOWS, "3.11", tmp_path)[0] == {"demo": general}
    either = type(pin)(pin.name, pin.version, None, both)
    assert choose([either], WINDOWS, "3.11", tmp_path)[0] == {"demo": special}


def test_an_altered_wheel_is_a_lack(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path / "registry", "demo-1.0-py3-none-any.whl")
    pins = lock_of(("demo==1.0", wheel))
    make_wheel(tmp_path / "here", wheel.name, "something-else")
    chosen, faults = choose(pins, LINUX, "3.11", tmp_path / "here")
    assert not chosen and "no wheel of the locked hash of demo==1.0" in faults[0]


def test_everything_lacking_is_named_at_once(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl")
    pins = lock_of(("demo==1.1", wheel), ("other==2.0 ; sys_platform == 'win32'", wheel))
    with pytest.raises(WheelFault) as caught:
        gather(pins, ["demo"], WINDOWS, ["3.11"], tmp_path)
    assert "demo==1.1" in str(caught.value) and "other==2.0" in str(caught.value)
    with pytest.raises(WheelFault) as caught:
        gather(pins, ["demo"], LINUX, ["3.11"], tmp_path)
    assert "other" not in str(caught.value)


def test_what_a_lock_forgot_for_one_system_is_noticed(tmp_path: Path) -> None:
    """The lock lacks colorama, which demo wants on Windows only: no fault on Linux, one on Windows."""
    demo = make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", 'colorama; sys_platform == "win32"')
    pins = lock_of(("demo==1.0", demo))
    assert gather(pins, ["demo"], LINUX, ["3.11", "3.13"], tmp_path) == {demo.name: ["3.11", "3.13"]}
    with pytest.raises(WheelFault, match=r"windows-amd64, Python 3.13: demo needs colorama"):
        gather(pins, ["demo"], WINDOWS, ["3.11", "3.13"], tmp_path)


def test_requirements_are_followed_through_extras_versions_and_circles(tmp_path: Path) -> None:
    make_wheel(tmp_path, "demo-1.0-py3-none-any.whl", 'fast-part>=2; extra == "fast"', "ring", extras=("fast",))
    make_wheel(tmp_path, "ring-1.0-py3-none-any.whl", "demo")
    make_wheel(tmp_path, "fast_part-1.5-py3-none-any.whl")
    names = {"demo": "demo-1.0", "ring": "ring-1.0", "fast-part": "fast_part-1.5"}
    chosen = {name: tmp_path / f"{file}-py3-none-any.whl" for name, file in names.items()}
    assert unmet(chosen, ["demo"], LINUX, "3.12") == []
    (fault,) = unmet(chosen, ["demo[fast]"], LINUX, "3.12")
    assert "fast-part>=2" in fault and "1.5 is there" in fault


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """pip as an office might have it configured: a folder of wheels, no index."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "registry"))
    return tmp_path / "registry"


def test_fetching_for_windows_from_here(registry: Path, tmp_path: Path) -> None:
    """On Linux, pip itself would drop what the marker wants on Windows alone."""
    demo = make_wheel(registry, "demo-1.0-cp312-cp312-win_amd64.whl")
    only = make_wheel(registry, "only_there-1.0-py3-none-any.whl")
    not_there = make_wheel(registry, "not_there-1.0-py3-none-any.whl")
    pins = lock_of(
        ("demo==1.0", demo), ("only-there==1.0 ; sys_platform == 'win32'", only),
        ("not-there==1.0 ; sys_platform != 'win32'", not_there),
    )  # fmt: skip
    fetch(pins, WINDOWS, "3.12", tmp_path / "wheels")
    assert {path.name for path in (tmp_path / "wheels").iterdir()} == {demo.name, only.name}


def test_a_source_distribution_or_another_hash_is_not_taken(registry: Path, tmp_path: Path) -> None:
    demo = make_wheel(registry, "demo-1.0-py3-none-any.whl")
    pins = lock_of(("demo==1.0", demo))
    make_wheel(registry, demo.name, "altered")
    with pytest.raises(WheelFault, match=r"(?s)linux-x86_64, Python 3.11.*hash"):
        fetch(pins, LINUX, "3.11", tmp_path / "wheels")
    demo.rename(demo.with_name("demo-1.0.tar.gz"))
    with pytest.raises(WheelFault, match="demo"):
        fetch(pins, LINUX, "3.11", tmp_path / "wheels")
