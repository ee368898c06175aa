"""Files where a person wants them: whole, or the earlier ones as they were."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

import click

from orchestration import machine
from orchestration.cli.exits import USAGE, Stop
from orchestration.publication import durable


def copy_files(folder: Path, names: Iterable[str], target: Path) -> None:
    """Copy the files of a folder into ``target``, which is made where it is not there, and say so on stderr.

    Raises Stop (wrong usage) where it cannot be written.
    """
    with writing(target):
        target.mkdir(parents=True, exist_ok=True)
    for name in names:
        copy_file(folder / name, target / name)
    click.echo(f"已写入 {target}", err=True)


def copy_file(source: Path, target: Path) -> None:
    """Copy one file, over an earlier one only when it is whole. Raises Stop (wrong usage) where it cannot."""
    with written(target) as aside:
        shutil.copyfile(source, aside)


def write_file(target: Path, content: bytes) -> None:
    """Write one file, over an earlier one only when it is whole. Raises Stop (wrong usage) where it cannot."""
    with written(target) as aside:
        aside.write_bytes(content)


@contextmanager
def written(target: Path) -> Generator[Path]:
    """A name to write to, which becomes ``target`` when all went well. Raises Stop (wrong usage) where it cannot."""
    with writing(target), durable.written_aside(target) as aside:
        yield aside


@contextmanager
def writing(target: Path) -> Generator[None]:
    """What the machine refuses meanwhile is said in words. Raises Stop (wrong usage)."""
    try:
        yield
    except OSError as error:
        why = machine.at_a_path(error)
        more = "；是否正被打开？" if isinstance(error, PermissionError) else ""
        raise Stop(USAGE, f"错误：{target} 写不进去（{why}）{more}") from error
