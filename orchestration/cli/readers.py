"""The reading commands: gaps, verdicts, metrics, faults, status. They read the snapshot and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestration.cli.chinese import ChineseCommand
from orchestration.cli.exits import not_loaded
from orchestration.cli.options import county_argument, output_of, output_options, var_option, year_argument
from orchestration.cli.output import Result, emit, result_of
from orchestration.publication import reader
from orchestration.publication.reader import NotLoadedError, Published, open_partition

if TYPE_CHECKING:
    from orchestration.publication.refusals import Refusal


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@output_options
@var_option
def gaps(year: int, county: str, kind: str | None, path: str | None, var: Path) -> None:
    """问题清单：哪一项、哪所学校、实际多少、应达多少、还差多少、谁在何时整改。

    xlsx 按实施方案附件 2 的样式，A4 横向打印。
    """
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            rows = reader.gap_rows(published.connection, year, county)
            verdict_rows = reader.verdict_rows(published.connection, year, county)
            groups = reader.group_rows(published.connection, year, county)
    except NotLoadedError as error:
        raise not_loaded(error) from error
    _mention_refusal(published)

    def workbook(path: Path, result: Result) -> None:
        from orchestration.publication.papers import Heading, write_gap_list

        write_gap_list(path, Heading.of(result), verdict_rows, result.rows, groups)

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.gaps(result)

    emit(output, result_of(published, "问题清单", reader.GAP_FIELDS, rows), table, workbook)


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@output_options
@var_option
def verdicts(year: int, county: str, kind: str | None, path: str | None, var: Path) -> None:
    """各指标结论：B1–B31、社会认可度 C1、一票否决 V，以及全县结论。"""
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            rows = reader.verdict_rows(published.connection, year, county)
            summary = reader.county_summary(published.connection, year, county)
    except NotLoadedError as error:
        raise not_loaded(error) from error
    _mention_refusal(published)

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.verdicts(result)

    extra = {name: summary[name] for name in ("county_verdict", "school_verdicts", "section_verdicts")}
    emit(output, result_of(published, "指标结论", reader.VERDICT_FIELDS, rows, reader.VERDICT_PAPER, **extra), table)


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@output_options
@var_option
def metrics(year: int, county: str, kind: str | None, path: str | None, var: Path) -> None:
    """各校各学段的 B1–B7，与全县的均值、标准差、差异系数；数值不取整。"""
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            rows = reader.metric_rows(published.connection, year, county)
    except NotLoadedError as error:
        raise not_loaded(error) from error
    _mention_refusal(published)

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.metrics(result)

    emit(output, result_of(published, "资源配置", reader.METRIC_FIELDS, rows, reader.METRIC_PAPER), table)


@click.command(cls=ChineseCommand)
@year_argument
@county_argument
@output_options
@var_option
def faults(year: int, county: str, kind: str | None, path: str | None, var: Path) -> None:
    """上次载入拒绝的、提醒的、没有计入的：在哪个文件、工作表、单元格，现在是什么，应是什么，怎样改。"""
    output = output_of(kind, path)
    try:
        with open_partition(var, year, county) as published:
            if published.refusal is None:
                rows = reader.fault_rows(published.connection, year, county)
                result = result_of(
                    published, "读入情况", reader.FAULT_FIELDS, rows, reader.FAULT_PAPER, attempt="loaded"
                )
            else:
                result = _refused(published.refusal)
    except NotLoadedError as error:
        if error.refusal is None:
            raise not_loaded(error) from error
        result = _refused(error.refusal)

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.faults(result)

    emit(output, result, table)


def _refused(refusal: Refusal) -> Result:
    return Result(
        name="读入情况",
        fields=reader.FAULT_FIELDS,
        rows=reader.in_order([dict(fault) for fault in refusal.faults]),
        year=refusal.year,
        county=refusal.county,
        standard=refusal.standard,
        run_id=refusal.run_id,
        county_name=refusal.county_name,
        paper_fields=reader.FAULT_PAPER,
        extra={"attempt": "refused", "at": refusal.at},
    )


@click.command(cls=ChineseCommand)
@output_options
@var_option
def status(kind: str | None, path: str | None, var: Path) -> None:
    """各年各县的状态：已载入、被拒、试算，差距、数据缺失、质询各几项，标准与指纹。"""
    output = output_of(kind, path)
    snapshot = reader.current(var)
    result = Result(
        name="状态",
        fields=reader.STATUS_FIELDS,
        rows=reader.status_rows(var),
        year=None,
        county=None,
        standard=None,
        run_id=snapshot.run_id if snapshot else None,
        paper_fields=reader.STATUS_PAPER,
    )

    def table(result: Result) -> None:
        from orchestration.cli import tables

        tables.status(result)

    emit(output, result, table)


def _mention_refusal(published: Published) -> None:
    """Say on stderr that a later load was refused, so that nobody takes old figures for the new return's."""
    if published.refusal is not None:
        place = f"{published.year} {published.county}"
        click.echo(f"注意：其后一次载入被拒，以下仍是先前发布的数据。原因：junheng faults {place}", err=True)
