"""The systems a bundle is made for: what their markers say, and which wheels they accept."""

from __future__ import annotations

from dataclasses import dataclass

from packaging import tags

PYTHONS = ("3.11", "3.12", "3.13")

# The oldest C library whose wheels are taken: that of Kylin V10 and UOS 20, as of RHEL 8 and Debian 10.
GLIBC = (2, 28)


@dataclass(frozen=True, slots=True)
class Platform:
    """One system and processor: what its markers say (``sys_platform`` and so on), and which wheels it takes."""

    name: str
    sys_platform: str
    system: str
    os_name: str
    machine: str
    wheel_platforms: tuple[str, ...]

    def environments(self, python: str) -> tuple[dict[str, str], ...]:
        """Marker environments of one Python (``3.11``): its first release and a late one, for markers on the third
        part of the version."""
        return tuple(
            {
                "implementation_name": "cpython",
                "implementation_version": f"{python}.{patch}",
                "os_name": self.os_name,
                "platform_machine": self.machine,
                "platform_python_implementation": "CPython",
                "platform_release": "",
                "platform_system": self.system,
                "platform_version": "",
                "python_full_version": f"{python}.{patch}",
                "python_version": python,
                "sys_platform": self.sys_platform,
            }
            for patch in (0, 99)
        )

    def tags(self, python: str) -> tuple[tags.Tag, ...]:
        """Every wheel tag that one Python here accepts, the best first."""
        major, minor = (int(part) for part in python.split("."))
        interpreter = f"cp{major}{minor}"
        return (
            *tags.cpython_tags((major, minor), abis=[interpreter], platforms=self.wheel_platforms),
            *tags.compatible_tags((major, minor), interpreter=interpreter, platforms=self.wheel_platforms),
        )


def _linux(machine: str, first: int, legacy: tuple[str, ...]) -> Platform:
    """``first``: the oldest glibc 2.x that has a manylinux platform for the processor."""
    plain = [f"manylinux_{GLIBC[0]}_{minor}_{machine}" for minor in range(GLIBC[1], first - 1, -1)]
    named = [f"{name}_{machine}" for name in legacy]
    return Platform(f"linux-{machine}", "linux", "Linux", "posix", machine, (*plain, *named, f"linux_{machine}"))


PLATFORMS = {
    platform.name: platform
    for platform in (
        _linux("x86_64", 5, ("manylinux2014", "manylinux2010", "manylinux1")),
        _linux("aarch64", 17, ("manylinux2014",)),
        Platform("windows-amd64", "win32", "Windows", "nt", "AMD64", ("win_amd64",)),
    )
}
