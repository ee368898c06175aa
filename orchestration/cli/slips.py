"""``junheng slips``: the return slips of the last attempt, listed, and copied where they are wanted."""

from __future__ import annotations

import json
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.copies import copy_files
from orchestration.cli.exits import NOT_LOADED, Stop
from orchestration.cli.options import county_argument, var_option, year_argument
from orchestration.publication import wording
from orchestration.slips.slip import SENT_BACK, WORDS
from orchestration.slips.writing import read_index, slips_folder

_FIELDS = ("code", "name", *SENT_BACK, "files")


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@click.option("--output", "target", metavar="DIR", help="另存到这个文件夹（没有则新建），便于分发")
@click.option("--format", "kind", type=click.Choice(("table", "json")), default="table", help="table（默认）或 json")
@var_option
def slips(year: int, county: str, target: str | None, kind: str, var: Path) -> None:
    """退回单：上次载入或检查后，每所学校（及县级填报）要改正、补报、说明的各项，附表中所在位置。

    每份有 xlsx 和可打印的网页（html）。载入、检查时自动写好；没有要退回的，就没有退回单。
    """
    folder = slips_folder(var, year, county)
    rows = read_index(folder)
    if rows is None:
        raise Stop(NOT_LOADED, f"{year} {county} 还没有载入或检查过：junheng check {year} {county}")
    where = Path(target) if target else folder
    if target:
        copy_files(folder, (name for row in rows for name in row["files"]), where)
    if kind == "json":
        listed = [{**{name: row[name] for name in _FIELDS}, "folder": str(where)} for row in rows]
        content = {"year": year, "county": county, "standard": None, "run_id": None, "rows": listed}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for row in rows:
        counts = "、".join(f"{WORDS[severity]} {row[severity]}" for severity in SENT_BACK if row[severity])
        click.echo(wording.clean(f"{row['code']}  {row['name']}  {counts}  {row['files'][0]}"))
    click.echo(told(len(rows), where) if rows else "没有要退回的。")


def told(number: int, folder: Path) -> str:
    """How many slips lie where."""
    return f"退回单 {number} 份：{folder}"


def slips_line(var: Path, year: int, county: str) -> str | None:
    """Where the slips of the last attempt are; None where there are none."""
    folder = slips_folder(var, year, county)
    rows = read_index(folder)
    return told(len(rows), folder) if rows else None
