"""``junheng template``: a blank form to fill in, one of explanations that begins with the open queries, or a template
of a Word paper to be changed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.copies import copy_file, write_file, writing
from orchestration.cli.exits import USAGE, Stop
from orchestration.cli.options import County, Year, var_option
from orchestration.publication.file_names import WORD_TEMPLATES
from orchestration.publication.reader import NotLoadedError, Row, fault_rows, in_order, open_partition

FORMS = ("county-return", "school-supplement", "explanations", "corrections")
PAPERS = ("self-assessment", "school-plan")
KINDS = (*FORMS, *PAPERS)


@click.command(cls=ChineseCommand)
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND")
@click.option("--output", "path", metavar="FILE", help="写入的文件；默认为当前文件夹下规定的文件名")
@click.option("--year", type=Year(), metavar="YEAR", help="学年，写入表头")
@click.option("--county", type=County(), metavar="COUNTY", help="六位行政区划代码，写入表头")
@click.option("--county-name", metavar="NAME", help="县名，写入表头")
@var_option
def template(
    kind: str, path: str | None, year: int | None, county: str | None, county_name: str | None, var: Path
) -> None:
    """写出空白填报表，可以直接填写、报送；或 Word 模板，可以改了给 report、plans 的 --template 用。

    KIND 是 county-return 县级填报表、school-supplement 学校补充填报表、explanations 质询说明、corrections 更正；
    self-assessment 自评报告模板、school-plan 一校一案模板。
    explanations 写明 --year 和 --county 时，先列出上次载入未了的质询，只等填写说明。
    """
    from orchestration.returns.templates import Subject, write_template

    target = Path(path or f"{kind.replace('-', '_')}{'.docx' if kind in PAPERS else '.xlsx'}")
    if target.is_dir() or not target.absolute().parent.is_dir():
        raise Stop(USAGE, f"错误：没有文件夹 {target.absolute().parent}，或 {target} 是文件夹")
    if path is None and target.exists():
        raise Stop(USAGE, f"错误：{target} 已经存在；请用 --output 写明文件，以免盖掉填好的表")
    queries, known_name = _open_queries(var, year, county) if kind == "explanations" else ([], None)
    subject = Subject(year, county, county_name or known_name, queries)
    if kind in PAPERS:
        copy_file(WORD_TEMPLATES / f"{kind.replace('-', '_')}.docx", target)
    else:
        # Not straight to where it is wanted: a workbook that a full disk has cut short complains when it is forgotten.
        with writing(target), TemporaryDirectory() as folder:
            write_template(kind, Path(folder) / "form.xlsx", subject)
            copy_file(Path(folder) / "form.xlsx", target)
    if kind in PAPERS:
        guide = target.with_name(f"{target.stem}_标记说明.md")
        write_file(guide, (WORD_TEMPLATES / "README.md").read_bytes())
        click.echo(f"可用的标记：{guide}", err=True)
    more = f"，列有未了的质询 {len(queries)} 项" if queries else ""
    click.echo(f"已写入 {target}{more}", err=True)


def _open_queries(var: Path, year: int | None, county: str | None) -> tuple[list[Row], str | None]:
    """What the last attempt asked and nobody answered (explainable errors too), and the county's name."""
    if year is None or county is None:
        return [], None
    try:
        with open_partition(var, year, county) as published:
            refusal, name = published.refusal, published.record.county_name
            rows = in_order([dict(row) for row in refusal.faults]) if refusal else fault_rows(
                published.connection, year, county
            )  # fmt: skip
    except NotLoadedError as error:
        if error.refusal is None:
            return [], None
        rows, name = in_order([dict(row) for row in error.refusal.faults]), error.refusal.county_name
    from orchestration.returns.faults import catalogue

    rules = catalogue()
    explainable = [row for row in rows if (rule := rules.get(str(row["code"]))) is not None and rule.explainable]
    return [row for row in explainable if row["explanation"] is None], name
