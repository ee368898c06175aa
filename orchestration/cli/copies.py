"""Copies of published files, where a person wants them."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import click

from orchestration import machine
from orchestration.cli.exits import USAGE, Stop


def copy_files(folder: Path, names: Iterable[str], target: Path) -> None:
    """Copy the files of a folder into ``target``, which is made where it is not there, and say so on stderr.

    Raises Stop (wrong usage) where it cannot be written.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(folder / name, target / name)
    except OSError as error:
        raise Stop(USAGE, f"错误：{target} 写不进去（{machine.reason(error) or error.strerror or error}）") from error
    click.echo(f"已写入 {target}", err=True)
