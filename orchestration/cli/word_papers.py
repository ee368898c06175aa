"""``junheng report`` and ``junheng plans``: where the Word papers are, copies, and papers by one's own template."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.copies import copy_file, write_file, writing
from orchestration.cli.exits import NOT_LOADED, USAGE, Stop, not_loaded
from orchestration.cli.options import county_argument, var_option, year_argument
from orchestration.publication import wording
from orchestration.publication.papers import Heading
from orchestration.publication.reader import NotLoadedError, Published, open_partition
from orchestration.publication.reports import published_papers, reports_folder
from orchestration.publication.school_plans import ARCHIVE, PLANS, School, school_plans, schools
from orchestration.publication.self_assessment import REPORT, self_assessment
from orchestration.publication.tracing import SubjectError, find_subject
from orchestration.publication.word import TemplateError

_TEMPLATE = click.option(
    "--template",
    metavar="FILE",
    help="用自己的 Word 模板（.docx）另做一份，须与 --output 同用；空白模板：junheng template",
)


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@click.option("--output", "target", metavar="FILE", help="另存为这个文件（.docx）")
@_TEMPLATE
@var_option
def report(year: int, county: str, target: str | None, template: str | None, var: Path) -> None:
    """自评报告（Word）：基本情况、各项指标达标情况、问题、整改措施、工作计划，附表和图。

    载入时自动写好，本命令说明它在哪里，或另存一份。
    """
    _template_needs_output(template, target)
    with _opened(var, year, county) as published:
        if template and target:
            made = self_assessment(Heading.of(published.record), published.connection, Path(template))
            write_file(Path(target), made)
        else:
            source = _published(published, var, REPORT)
            if target:
                copy_file(source, Path(target))
    if target:
        click.echo(f"已写入 {target}", err=True)
    else:
        click.echo(f"自评报告：{reports_folder(var, year, county) / REPORT}")


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@click.argument("school", metavar="[SCHOOL]", required=False)
@click.option("--output", "target", metavar="DIR", help="另存到这个文件夹（没有则新建），便于分发")
@click.option("--format", "kind", type=click.Choice(("table", "json")), default="table", help="table（默认）或 json")
@_TEMPLATE
@var_option
def plans(
    year: int, county: str, school: str | None, target: str | None, kind: str, template: str | None, var: Path
) -> None:
    """一校一案（Word）：每所学校的七项指标、其他指标、问题与差额、措施、时限、责任单位，留有签字处。

    SCHOOL 是学校标识码或校名（唯一的部分即可），不写则为全部。载入时自动写好，另有全部的 zip。
    """
    _template_needs_output(template, target)
    with _opened(var, year, county) as published:
        listed = schools(published.connection, year, county)
        if school:
            code = _code(published, school)
            listed = [one for one in listed if one.code == code]
            if not listed:
                raise Stop(USAGE, f"错误：“{school}”没有一校一案：没有小学、初中学段，也没有列入问题清单的指标")
        if template and target:
            chosen = listed[0].code if school else None
            with writing(Path(target)):
                Path(target).mkdir(parents=True, exist_ok=True)
            for name, made in school_plans(Heading.of(published.record), published.connection, Path(template), chosen):
                write_file(Path(target) / name, made)
        else:
            _copy_plans(published, var, listed, target, whole=school is None)
    folder = Path(target) if target else reports_folder(var, year, county) / PLANS
    _say(published, listed, folder, kind)
    if target:
        click.echo(f"已写入 {target}", err=True)


def _say(published: Published, listed: list[School], folder: Path, kind: str) -> None:
    """One line, or one object, a plan: school, verdict, and the number of indicators it has to mend."""
    rows = [
        {
            "code": one.code,
            "name": one.name,
            "verdict": one.row["verdict"],
            "indicators": sorted({str(gap["indicator"]) for gap in one.gaps}, key=wording.INDICATORS.index),
            "file": one.file,
        }
        for one in listed
    ]
    if kind == "json":
        record = published.record
        head = {"year": record.year, "county": record.county, "standard": record.standard, "run_id": record.run_id}
        content = {**head, "folder": str(folder), "rows": rows}
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for row in rows:
        verdict = wording.word("verdict", row["verdict"]) or "—"
        problems = wording.joined(row["indicators"]) or "没有问题"
        click.echo(wording.clean(f"{row['code']}  {row['name']}  {verdict}  {problems}"))
    click.echo(f"一校一案 {len(rows)} 份：{folder}")


@contextmanager
def _opened(var: Path, year: int, county: str) -> Generator[Published]:
    """The published partition; what can go wrong with it or with a template, in words."""
    import duckdb

    try:
        with open_partition(var, year, county) as published:
            yield published
    except NotLoadedError as error:
        raise not_loaded(error) from error
    except TemplateError as error:
        raise Stop(USAGE, f"错误：{error}") from error
    except duckdb.CatalogException as error:
        raise Stop(
            NOT_LOADED, f"{year} {county} 由旧版本发布，缺这份成果所需的数据。请重新载入：junheng load {year} {county}"
        ) from error


def _published(published: Published, var: Path, name: str) -> Path:
    """A paper as it was published. Raises Stop where that publication has none of the name."""
    record = published.record
    path = published_papers(var, record) / name
    if not path.exists():
        place = f"{record.year} {record.county}"
        raise Stop(NOT_LOADED, f"{place} 的这次发布中没有 {name}。请重新载入：junheng load {place}")
    return path


def _copy_plans(published: Published, var: Path, listed: list[School], target: str | None, *, whole: bool) -> None:
    folder = _published(published, var, PLANS)
    if target is None:
        return
    with writing(Path(target)):
        Path(target).mkdir(parents=True, exist_ok=True)
    for one in listed:
        copy_file(folder / one.file, Path(target) / one.file)
    if whole:
        copy_file(folder.parent / ARCHIVE, Path(target) / ARCHIVE)


def _code(published: Published, school: str) -> str:
    record = published.record
    try:
        subject = find_subject(published.connection, record.year, record.county, record.county_name, school)
    except SubjectError as error:
        listed = "".join(f"\n  {code}  {name}" for code, name in error.candidates)
        raise Stop(USAGE, f"错误：{error}{'：' if listed else ''}{listed}") from error
    return subject.id


def _template_needs_output(template: str | None, target: str | None) -> None:
    if template and not target:
        raise click.UsageError("用 --template 时请用 --output 写明写到哪里", click.get_current_context())
