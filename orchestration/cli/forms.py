"""``junheng forms``: where the published official forms are, copied where they are wanted."""

from __future__ import annotations

import json
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.copies import copy_files
from orchestration.cli.exits import NOT_LOADED, Stop, not_loaded
from orchestration.cli.options import county_argument, var_option, year_argument
from orchestration.publication.reader import NotLoadedError, open_partition
from orchestration.publication.reports import published_papers, reports_folder

# File → what it is, in the order it is asked for.
_PAPERS = {
    "forms.xlsx": "官方表格 表Ⅰ、Ⅱ-1、Ⅱ-2、Ⅲ、Ⅳ、Ⅴ、Ⅵ",
    "gap_list.xlsx": "问题清单",
    "gap_list.docx": "问题清单（Word）",
    "task_decomposition.xlsx": "创建工作任务分解表",
    "task_decomposition.docx": "创建工作任务分解表（Word）",
}


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@click.option("--output", "target", metavar="DIR", help="另存到这个文件夹（没有则新建）")
@click.option("--format", "kind", type=click.Choice(("table", "json")), default="table", help="table（默认）或 json")
@var_option
def forms(year: int, county: str, target: str | None, kind: str, var: Path) -> None:
    """官方表格：表Ⅰ至表Ⅵ，以及问题清单、创建工作任务分解表（xlsx 与 docx），A4 可打印。

    载入时自动写好，随数据一起发布。另存的是发布时的原件，与 var/reports 中可能改过的那份无关。
    """
    try:
        with open_partition(var, year, county) as published:
            record, standard = published.record, published.record.standard
    except NotLoadedError as error:
        raise not_loaded(error) from error
    originals = published_papers(var, record)
    names = [name for name in _PAPERS if (originals / name).is_file()]
    if not names:
        raise Stop(
            NOT_LOADED, f"{year} {county} 由较早的版本发布，没有官方表格。请重新载入：junheng load {year} {county}"
        )
    where = Path(target).absolute() if target else reports_folder(var, year, county)
    if target:
        copy_files(originals, names, Path(target))
    rows = [{"file": name, "title": _PAPERS[name], "path": str(where / name)} for name in names]
    if kind == "json":
        content = {"year": year, "county": county, "standard": standard, "run_id": record.run_id, "rows": rows}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row['title']}：{row['path']}")
