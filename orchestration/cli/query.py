"""``junheng query``: any SQL on the newest snapshot, read-only."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from orchestration import machine
from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import NOT_LOADED, USAGE, Stop
from orchestration.cli.options import output_of, output_options, var_option
from orchestration.cli.output import Result, emit
from orchestration.publication import wording
from orchestration.publication.reader import current


@click.command(cls=ChineseCommand)
@click.argument("sql", metavar="SQL")
@output_options
@var_option
def query(sql: str, kind: str | None, path: str | None, var: Path) -> None:
    """用 SQL 查询最新快照：只读，不碰文件，不改数据。

    SQL 写成一个参数，写作 - 则从标准输入读。表与字段见 junheng dictionary；表名前不必写模式。

    \b
    例：junheng query "select school_name, value
        from section_metrics
        where indicator = 'B4' and verdict = 'not_met'"
    """
    from orchestration.publication.querying import QueryError, ask

    output = output_of(kind, path)
    snapshot = current(var)
    if snapshot is None:
        raise Stop(NOT_LOADED, "还没有发布任何数据。请先运行：junheng load YEAR COUNTY")
    try:
        answer = ask(snapshot, _standard_input() if sql == "-" else sql)
    except QueryError as error:
        raise Stop(USAGE, f"错误：{error}") from error
    result = Result(
        name="查询",
        fields=answer.fields,
        rows=answer.rows,
        year=None,
        county=None,
        standard=None,
        run_id=snapshot.run_id,
        extra={"columns": [{"name": n, "type": t} for n, t in zip(answer.fields, answer.types, strict=True)]},
    )
    emit(output, result, _show)


def _standard_input() -> str:
    """What SQL is written there. Raises Stop (wrong usage) where there is none, or none that is text."""
    try:
        text = sys.stdin.read()
        text.encode()  # a locale may let in what is no character
    except UnicodeError as error:
        raise Stop(USAGE, "错误：标准输入不是 UTF-8 文字，读不出 SQL") from error
    except OSError as error:
        raise Stop(USAGE, f"错误：标准输入读不出（{machine.at_a_path(error)}）") from error
    if not text.strip():
        raise Stop(USAGE, "错误：标准输入里没有 SQL")
    return text


def _show(result: Result) -> None:
    from orchestration.cli.screen import Screen

    screen = Screen()
    numbers = {name for name in result.fields if all(_number(row[name]) for row in result.rows)}
    screen.table(
        [(name, "right" if name in numbers else "left") for name in result.fields],
        [[_text(row[name]) for name in result.fields] for row in result.rows],
    )
    screen.line(f"{len(result.rows)} 行", "dim")


def _number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict | list):
        return wording.joined(value) if isinstance(value, list) else str(value)  # pyright: ignore[reportUnknownArgumentType]
    return "—" if value is None else str(value)
