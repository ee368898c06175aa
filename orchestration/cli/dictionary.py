"""``junheng dictionary``: what every published column is."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.options import output_of, output_options, var_option
from orchestration.cli.output import Result, emit
from orchestration.publication.reader import current, opened


@click.command(cls=ChineseCommand)
@click.argument("table", metavar="TABLE", required=False)
@output_options
@var_option
def dictionary(table: str | None, kind: str | None, path: str | None, var: Path) -> None:
    """数据字典：每个公布的字段的名称、类型、单位、含义、算法、条文、来源报表与表头。

    写 TABLE 只看一张表。条文取自已发布的标准；还没有载入过时只写出指标。xlsx 另有指标、填报字段、条文各表。
    """
    from orchestration.dictionary.content import ENTRY_FIELDS, entries, gather

    output = output_of(kind, path)
    snapshot = current(var)
    if snapshot is None:
        content = gather(None)
    else:
        with opened(snapshot) as connection:
            content = gather(connection)
    known = {one.name for one in content.tables}
    if table is not None and table not in known:
        raise click.UsageError(f"没有表 {table}；有哪些表见 junheng dictionary", click.get_current_context())
    result = Result(
        name="数据字典",
        fields=ENTRY_FIELDS,
        rows=[row for row in entries(content) if table in {None, row["table"]}],
        year=None,
        county=None,
        standard=None,
        run_id=snapshot.run_id if snapshot else None,
        extra={"contract": content.contract},
    )

    def workbook(target: Path, _: Result) -> None:
        from orchestration.dictionary import book

        book.write(target, content)

    emit(output, result, _show, workbook)


def _show(result: Result) -> None:
    from orchestration.cli.screen import Screen

    screen = Screen()
    for (schema, table), rows in groupby(result.rows, key=lambda row: (row["schema"], row["table"])):
        screen.line(f"{schema}.{table}", "bold")
        screen.table(
            [("字段", "keep"), ("名称", "left"), ("单位", "left"), ("含义与算法", "left")],
            [
                [str(row[n]) for n in ("column", "label", "unit")]
                + ["\n".join(str(row[n]) for n in ("description", "formula") if row[n])]
                for row in rows
            ],
        )
        screen.line()
