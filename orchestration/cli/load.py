"""``junheng load`` and ``junheng check``: arguments and what is printed; the work is ``orchestration.load``'s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from orchestration.cli import progress_bar
from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import FAILED, OK, REFUSED, Stop
from orchestration.cli.options import County, Output, Year, output_of, output_options, var_option
from orchestration.publication.outcome import CheckOutcome, LoadOutcome
from orchestration.settings import DEFAULT_STANDARD

F = TypeVar("F", bound=Callable[..., Any])
Partition = tuple[int, str]
_HEAD = 10


def partition_arguments(function: F) -> F:
    """YEAR COUNTY…, --all, --raw."""
    function = click.option(
        "--raw", metavar="DIR", default="raw", help="填报文件所在文件夹，其下为 YEAR/COUNTY；默认 ./raw"
    )(function)
    function = click.option("everything", "--all", is_flag=True, help="找到的全部学年与县；写了 YEAR 则为该学年全部县")(
        function
    )
    function = click.argument("counties", type=County(), metavar="COUNTY…", nargs=-1)(function)
    return click.argument("year", type=Year(), metavar="YEAR", required=False)(function)


@click.command(cls=ChineseCommand)
@partition_arguments
@click.option("--provisional", is_flag=True, help="试算：有错误的数值按缺报处理，继续载入，并在各处标明试算")
@click.option("--standard", metavar="NAME", default=DEFAULT_STANDARD, help=f"按哪一版标准判定；默认 {DEFAULT_STANDARD}")
@var_option
@click.pass_context
def load(
    ctx: click.Context,
    year: int | None,
    counties: tuple[str, ...],
    everything: bool,
    raw: str,
    provisional: bool,
    standard: str,
    var: Path,
) -> int:
    """读入 RAW/YEAR/COUNTY 的填报，计算、判定、发布，然后列出结论、问题清单开头与各成果所在。

    可一次载入几个县。有错误的县被拒（退出码 2），它先前发布的数据不变，其余各县照常发布。
    """
    if "," in str(var.absolute()):
        ctx.fail("--var 的路径不能含英文逗号：DuckDB 用它分隔文件夹")
    folder = Path(raw).absolute()
    partitions = chosen(ctx, folder, year, counties, everything)
    from expectations.suites import SuiteError, edition_folder
    from orchestration.load import LoadFailed, run_load

    try:
        edition_folder(standard)
    except SuiteError as error:
        ctx.fail(f"--standard：{error}")

    try:
        with progress_bar.shown():
            outcome = run_load(partitions, folder, var, provisional, on_wait=_waiting, standard=standard)
    except LoadFailed as error:
        if error.published:
            raise Stop(FAILED, f"数据已经发布，成果文件还没有放全：{error}\n下一次命令会补齐。") from error
        raise Stop(FAILED, f"载入没有完成：{error}\n先前发布的数据未受影响。") from error
    show_load(outcome, var)
    return REFUSED if outcome.refused else OK


@click.command(cls=ChineseCommand)
@partition_arguments
@output_options
@var_option
@click.pass_context
def check(
    ctx: click.Context,
    year: int | None,
    counties: tuple[str, ...],
    everything: bool,
    raw: str,
    kind: str | None,
    path: str | None,
    var: Path,
) -> int:
    """只读入并检查 RAW/YEAR/COUNTY 的填报，列出全部错误、缺报与质询；不计算，不发布。"""
    output = output_of(kind, path)
    folder = Path(raw).absolute()
    partitions = chosen(ctx, folder, year, counties, everything)
    if output.format != "table" and len(partitions) > 1:
        ctx.fail(f"--format {output.format} 一次只能检查一个县的一个学年")
    from orchestration.load import run_check

    with progress_bar.shown():
        outcomes = run_check(partitions, folder, var, on_wait=_waiting)
    for outcome in outcomes:
        show_check(outcome, var, output)
    return REFUSED if any(outcome.refused for outcome in outcomes) else OK


def _waiting() -> None:
    click.echo("另一次载入正在进行，等它结束……", err=True)


def chosen(
    ctx: click.Context, raw: Path, year: int | None, counties: Sequence[str], everything: bool
) -> list[Partition]:
    """The partitions meant, each once. Raises click.UsageError when there is no such folder."""
    if everything:
        if counties:
            ctx.fail("--all 与 COUNTY 不能同时写")
        found = partitions_of(raw, year)
        if not found:
            ctx.fail(f"{raw} 下没有{'' if year is None else f' {year} 学年的'}县文件夹（YEAR/COUNTY）")
        return found
    if year is None:
        ctx.fail("请写明 YEAR 和 COUNTY，或用 --all")
    if not counties:
        ctx.fail("请写明 COUNTY，或用 --all")
    partitions = [(year, county) for county in dict.fromkeys(counties)]
    absent = [f"{raw / str(y) / county}" for y, county in partitions if not (raw / str(y) / county).is_dir()]
    if absent:
        ctx.fail("没有填报文件夹：" + "、".join(absent))
    return partitions


def partitions_of(raw: Path, year: int | None = None) -> list[Partition]:
    """Every YEAR/COUNTY folder under ``raw``, in order."""
    from orchestration.returns.partition import find_partitions

    return [partition for partition in find_partitions(raw) if year in {None, partition[0]}]


def show_load(outcome: LoadOutcome, var: Path) -> None:
    """Print the outcome: verdict, head of the gap list, where things are; then what was refused."""
    from orchestration.cli import tables
    from orchestration.cli.changes import summary as change_summary
    from orchestration.cli.output import result_of
    from orchestration.cli.screen import Screen
    from orchestration.cli.slips import slips_line
    from orchestration.publication import reader
    from orchestration.publication.changes import change_rows
    from orchestration.publication.reports import reports_folder, site_folder

    screen = Screen()
    for year, county in outcome.published:
        with reader.open_partition(var, year, county) as published:
            rows = reader.gap_rows(published.connection, year, county)
            verdict_rows = reader.verdict_rows(published.connection, year, county)
            summary = reader.county_summary(published.connection, year, county)
            changed = change_summary(change_rows(published.connection, year, county))
        tables.verdict_of(screen, result_of(published, "载入结果", reader.VERDICT_FIELDS, verdict_rows), summary)
        tables.gaps(result_of(published, "问题清单", reader.GAP_FIELDS, rows), most=_HEAD)
        screen.line()
        papers = reports_folder(var, year, county)
        for label, path in (
            ("核查网页", site_folder(var, year, county) / "index.html"),
            ("问题清单", papers / "gap_list.xlsx"),
            ("官方表格", papers / "forms.xlsx"),
            ("自评报告", papers / "self_assessment.docx"),
            ("一校一案", papers / "school_plans.zip"),
            ("核查文档", papers / "data_docs" / "index.html"),
        ):
            if path.is_file():
                screen.line(f"{label}：{path}")
        screen.line(f"数据：{published.snapshot.duckdb}")
        if changed:
            screen.line(f"与上次载入相比：{changed}。查看：junheng changes {year} {county}")
        screen.line(f"各指标结论：junheng verdicts {year} {county}")
        screen.line()
    for year, county in outcome.refused:
        refusal = reader.read_refusal(var, year, county)
        faults = reader.in_order([dict(fault) for fault in refusal.faults]) if refusal else []
        errors = [fault for fault in faults if fault["severity"] == "error"]
        click.echo(f"{year} {county} 被拒，没有发布：{len(errors)} 个错误", err=True)
        for error in errors[:_HEAD]:
            click.echo(tables.wording.clean("  " + tables.fault_text(error).replace("\n", "：")), err=True)
        click.echo(f"全部：junheng faults {year} {county}", err=True)
        if line := slips_line(var, year, county):
            click.echo(line, err=True)
    for note in outcome.notes:
        click.echo(note, err=True)


def show_check(outcome: CheckOutcome, var: Path, output: Output) -> None:
    """Show one checked partition's faults as asked for, and where its return slips are."""
    from orchestration.cli import tables
    from orchestration.cli.output import Result, emit
    from orchestration.cli.slips import slips_line
    from orchestration.publication import reader

    result = Result(
        name="检查",
        fields=reader.FAULT_FIELDS,
        rows=reader.in_order([dict(fault) for fault in outcome.faults]),
        year=outcome.year,
        county=outcome.county,
        standard=None,
        run_id=None,
        county_name=outcome.county_name,
        paper_fields=reader.FAULT_PAPER,
    )
    emit(output, result, tables.faults)
    if output.format != "table":
        return
    if line := slips_line(var, outcome.year, outcome.county):
        click.echo(line)
