"""Arguments and options that several commands share."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("table", "json", "csv", "xlsx")
_TO_FILE = ("csv", "xlsx")


class Year(click.ParamType[int]):
    """A statistics year, e.g. 2017 for 2017/2018."""

    name = "学年"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Four digits."""
        if isinstance(value, int):
            return value
        if not re.fullmatch(r"(19|20)\d\d", str(value), re.ASCII):
            self.fail(f"“{value}”不是学年；2017/2018 学年写作 2017", param, ctx)
        return int(value)


class County(click.ParamType[str]):
    """A county by its six-digit code."""

    name = "区划代码"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Six digits, kept as text."""
        if not re.fullmatch(r"\d{6}", str(value), re.ASCII):
            self.fail(f"“{value}”不是 6 位行政区划代码，例如桓台县 370321", param, ctx)
        return str(value)


@dataclass(frozen=True, slots=True)
class Output:
    """How and where to show rows."""

    format: str
    path: Path | None


def year_argument(function: F) -> F:
    """YEAR."""
    return click.argument("year", type=Year(), metavar="YEAR")(function)


def county_argument(function: F) -> F:
    """COUNTY."""
    return click.argument("county", type=County(), metavar="COUNTY")(function)


def var_option(function: F) -> F:
    """``--var``: the option, then JUNHENG_VAR, then ./var."""
    return click.option(
        "--var",
        metavar="DIR",
        callback=_var,
        help="工作文件夹；默认取环境变量 JUNHENG_VAR，再取 ./var",
    )(function)


def _var(ctx: click.Context, _param: click.Parameter, value: str | None) -> Path:
    var = Path(value or os.environ.get("JUNHENG_VAR") or "var").absolute()
    # What is there of it already must be folders; a link that leads nowhere is none.
    there = next((path for path in (var, *var.parents) if os.path.lexists(path)), None)
    if there is not None and not there.is_dir():
        raise click.UsageError(f"工作文件夹（--var）{var} 不能用：{there} 不是文件夹", ctx)
    return var


def output_options(function: F) -> F:
    """``--format`` and ``--output``; the command receives them checked, with ``output_of``."""
    function = click.option("--output", "path", metavar="FILE", help="写入文件，只用于 csv 和 xlsx（xlsx 必须写明）")(
        function
    )
    return click.option(
        "--format",
        "kind",
        type=click.Choice(FORMATS),
        help="table 表格（默认）、json、csv、xlsx；不写时按 --output 的扩展名",
    )(function)


def output_of(kind: str | None, path: str | None) -> Output:
    """Check the two against each other. Raises click.UsageError."""
    suffix = Path(path).suffix.lower().lstrip(".") if path else ""
    chosen = kind or (suffix if suffix in _TO_FILE else "table")
    if path and chosen not in _TO_FILE:
        raise click.UsageError(f"--output 只用于 csv 和 xlsx，{chosen} 总是写到标准输出", click.get_current_context())
    if chosen == "xlsx" and not path:
        raise click.UsageError("xlsx 请用 --output 写明文件", click.get_current_context())
    target = Path(path) if path else None
    if target is not None and not target.absolute().parent.is_dir():
        raise click.UsageError(f"没有文件夹 {target.absolute().parent}", click.get_current_context())
    if target is not None and target.is_dir():
        raise click.UsageError(f"{target} 是文件夹", click.get_current_context())
    return Output(chosen, target)
