"""``junheng trace``: a figure → numerator, denominator → file, sheet, cell, value as written."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import USAGE, Stop, not_loaded
from orchestration.cli.options import county_argument, output_of, output_options, var_option, year_argument
from orchestration.cli.output import Result, emit, result_of
from orchestration.publication import tracing
from orchestration.publication.figures import TRACE_FIELDS, Figure
from orchestration.publication.reader import NotLoadedError, open_partition
from orchestration.publication.tracing import FigureError, SubjectError
from orchestration.publication.wording import INDICATORS


class Indicator(click.ParamType[str]):
    """B1 … B31, C1, V; small letters will do."""

    name = "指标"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The indicator's code."""
        code = str(value).strip().upper()
        if code not in INDICATORS:
            self.fail(f"“{value}”不是指标；指标是 B1–B31、C1、V", param, ctx)
        return code


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@click.argument("indicator", type=Indicator(), metavar="INDICATOR")
@click.argument("subject", metavar="SUBJECT")
@click.option("--level", type=click.Choice(("primary", "junior")), help="学段：primary 小学、junior 初中")
@click.option("--item", metavar="项目", help="一个指标有几个数字时只追这一项，例如 B10 的 音乐、美术")
@output_options
@var_option
def trace(
    year: int,
    county: str,
    indicator: str,
    subject: str,
    level: str | None,
    item: str | None,
    kind: str | None,
    path: str | None,
    var: Path,
) -> None:
    """把一个已发布的数字追到原始单元格：分子、分母、每个加项及其权重，文件、工作表、单元格、表中写作。

    SUBJECT 是学校标识码或校名（唯一的部分即可），或县的区划代码。
    """
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            chosen = tracing.find_subject(published.connection, year, county, published.record.county_name, subject)
            found = tracing.trace(published.connection, year, county, indicator, chosen, level=level, item=item)
    except NotLoadedError as error:
        raise not_loaded(error) from error
    except SubjectError as error:
        listed = "".join(f"\n  {code}  {name}" for code, name in error.candidates)
        raise Stop(USAGE, f"错误：{error}{'：' if listed else ''}{listed}") from error
    except FigureError as error:
        listed = "、".join(error.indicators)
        raise Stop(USAGE, f"错误：{error}" + (f"；有：{listed}" if listed else "")) from error
    if found.disagreements:
        click.echo(f"警告：加项之和与公布数不一致：{'；'.join(found.disagreements)}。请报告这一缺陷。", err=True)

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.trace(result)

    extra: dict[str, object] = {
        "indicator": indicator,
        "subject_id": chosen.id,
        "subject_name": chosen.name,
        "figures": [
            {field.name: getattr(figure, field.name) for field in fields(Figure) if field.name != "rows"}
            for figure in found.figures
        ],
    }
    emit(output, result_of(published, "追溯", TRACE_FIELDS, found.rows, tracing.TRACE_PAPER, **extra), table)
