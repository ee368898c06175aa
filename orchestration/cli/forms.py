"""``junheng forms``: where the published official forms are, copied where they are wanted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import NOT_LOADED, USAGE, Stop, not_loaded
from orchestration.cli.options import county_argument, var_option, year_argument
from orchestration.publication.reader import NotLoadedError, open_partition
from orchestration.publication.reports import originals_folder, reports_folder

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
    originals = originals_folder(var.resolve(), record)
    names = [name for name in _PAPERS if (originals / name).is_file()]
    if not names:
        raise Stop(
            NOT_LOADED, f"{year} {county} 由较早的版本发布，没有官方表格。请重新载入：junheng load {year} {county}"
        )
    where = _copy(originals, Path(target), names) if target else reports_folder(var, year, county)
    rows = [{"file": name, "title": _PAPERS[name], "path": str(where / name)} for name in names]
    if kind == "json":
        content = {"year": year, "county": county, "standard": standard, "run_id": record.run_id, "rows": rows}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(f"{row['title']}：{row['path']}")


def _copy(folder: Path, target: Path, names: list[str]) -> Path:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(folder / name, target / name)
    except OSError as error:
        raise Stop(USAGE, f"错误：{target} 写不进去（{error.strerror or error}）") from error
    click.echo(f"已写入 {target}", err=True)
    return target.absolute()
