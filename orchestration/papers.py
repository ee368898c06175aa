"""What a load hands to people, per partition, under ``var/papers/YEAR/COUNTY``.

Made from the database of the snapshot that is about to be published, and moved into it, so that a paper and the data
it was made from stay together.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration import judge_process, progress
from orchestration.dictionary import BOOK, PAGE, write_dictionary
from orchestration.judging import judgement_of
from orchestration.publication import reader
from orchestration.publication.forms import write_forms
from orchestration.publication.gap_document import write_gap_document
from orchestration.publication.papers import Heading, write_gap_list
from orchestration.publication.reports import SITE
from orchestration.publication.school_plans import write_school_plans
from orchestration.publication.self_assessment import REPORT, write_self_assessment
from orchestration.publication.snapshot import building_database
from orchestration.publication.tasks import write_task_decomposition, write_task_document
from orchestration.returns.excerpts import excerpts
from orchestration.returns.faults import Fault
from orchestration.returns.partition import partition_folder
from orchestration.site.facts import read_facts
from orchestration.site.pages import DATA_DOCS, build_county_site
from orchestration.site.sums import cells_wanted
from orchestration.slips import writing as slips
from orchestration.workspace import LoadState, PartitionState

if TYPE_CHECKING:
    import duckdb

PAPERS = "papers"
FAULT_COLUMNS = tuple(field.name for field in fields(Fault))


def papers_folder(var: Path, partition: PartitionState) -> Path:
    """Where a partition's papers are made."""
    return var / PAPERS / str(partition.year) / partition.county


def write_gap_lists(var: Path, state: LoadState) -> None:
    """The official gap list of every sound partition, as a workbook and as a Word paper."""
    for partition, folder, book in _partitions(var, state, "问题清单"):
        key = partition.year, partition.county
        verdicts, gaps = reader.verdict_rows(book, *key), reader.gap_rows(book, *key)
        groups = reader.group_rows(book, *key)
        write_gap_list(folder / "gap_list.xlsx", Heading.of(partition), verdicts, gaps, groups)
        write_gap_document(folder / "gap_list.docx", Heading.of(partition), verdicts, gaps, groups)


def write_official_forms(var: Path, state: LoadState) -> None:
    """表Ⅰ to 表Ⅵ and 创建工作任务分解表 of every sound partition."""
    for partition, folder, book in _partitions(var, state, "官方表格"):
        key = partition.year, partition.county
        write_forms(folder / "forms.xlsx", Heading.of(partition), book, *key)
        tasks, groups = reader.task_rows(book, *key), reader.group_rows(book, *key)
        write_task_decomposition(folder / "task_decomposition.xlsx", Heading.of(partition), tasks, groups)
        write_task_document(folder / "task_decomposition.docx", Heading.of(partition), tasks, groups)


def write_self_assessments(var: Path, state: LoadState) -> None:
    """The self-assessment report (自评报告) of every sound partition."""
    for partition, folder, book in _partitions(var, state, "自评报告"):
        write_self_assessment(folder / REPORT, Heading.of(partition), book)


def write_plans(var: Path, state: LoadState) -> None:
    """The school plans (一校一案) of every sound partition, and their archive."""
    for partition, folder, book in _partitions(var, state, "一校一案"):
        write_school_plans(folder, Heading.of(partition), book)


def write_dictionaries(var: Path, state: LoadState) -> None:
    """The data dictionary beside every sound partition's papers: made once, the same for all."""
    first: Path | None = None
    for _, folder, book in _partitions(var, state, "数据字典"):
        if first is None:
            write_dictionary(folder, book)
            first = folder
            continue
        for name in (PAGE, BOOK):
            shutil.copyfile(first / name, folder / name)


def write_data_docs(var: Path, state: LoadState) -> None:
    """The validation docs of every sound partition: who fails what, readable with no network."""
    progress.report("成果", "核查文档")
    judge_process.run(_write_data_docs, var, state)


def _write_data_docs(var: Path, state: LoadState) -> None:
    from expectations.data_docs import CountyPage, build_data_docs, gather_evidence

    evidence = gather_evidence(judgement_of(var, state))
    with reader.connect(building_database(var, state.run_id)) as book:
        for partition in state.sound:
            verdicts = {
                str(row["indicator"]): str(row["verdict"])
                for row in reader.verdict_rows(book, partition.year, partition.county)
            }
            page = CountyPage(
                partition.year, partition.county, partition.county_name or partition.county, partition.fingerprint,
                partition.provisional,
            )  # fmt: skip
            build_data_docs(evidence, page, verdicts, fresh_folder(papers_folder(var, partition) / DATA_DOCS))


def write_slips(raw: Path, var: Path, state: LoadState) -> None:
    """Return slips of every sound partition: what is still missing or asked, late queries included.

    ``raw`` is where the returns lie: the slips show pieces of them.
    """
    import polars as pl

    progress.report("成果", "退回单")
    for partition in state.sound:
        where = Path(f"year={partition.year}") / f"county={partition.county}" / "data.parquet"

        def rows(table: str, where: Path = where) -> list[dict[str, Any]]:
            return pl.read_parquet(var / "landing" / table / where).to_dicts()

        faults = [Fault(**{name: row[name] for name in FAULT_COLUMNS}) for row in rows("faults")]
        names = {str(row["school_code"]): str(row["school_name"] or "") for row in rows("supplement") + rows("schools")}
        received = {str(row["file"]): (str(row["sha256"] or ""), row["school_code"]) for row in rows("received")}
        slips.write_slips(
            papers_folder(var, partition) / slips.SLIPS,
            partition_folder(raw, partition.year, partition.county),
            faults,
            partition.year,
            partition.county,
            partition.county_name,
            names,
            received,
        )


def write_sites(raw: Path, var: Path, state: LoadState) -> None:
    """The audit site of every sound partition, after the papers that it takes along.

    ``raw`` is where the returns lie: the pages show pieces of them.
    """
    for partition, folder, book in _partitions(var, state, "核查网页"):
        facts = read_facts(book, partition.year, partition.county)
        returns = partition_folder(raw, partition.year, partition.county)
        shown = excerpts(returns, cells_wanted(facts), facts.digests)
        build_county_site(
            fresh_folder(folder / SITE), facts, Heading.of(partition), shown,
            data_docs=folder / DATA_DOCS, papers=folder, dictionary=folder / PAGE,
        )  # fmt: skip


def _partitions(
    var: Path, state: LoadState, what: str
) -> Iterator[tuple[PartitionState, Path, duckdb.DuckDBPyConnection]]:
    """Each sound partition with its folder of papers and the snapshot's database; progress is told as ``what``."""
    with reader.connect(building_database(var, state.run_id)) as book:
        for number, partition in enumerate(state.sound, 1):
            progress.report("成果", f"{what} {partition.year} {partition.county}", number, len(state.sound))
            folder = papers_folder(var, partition)
            folder.mkdir(parents=True, exist_ok=True)
            yield partition, folder, book


def fresh_folder(folder: Path) -> Path:
    """An empty folder in place of whatever an earlier run of the stage left."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder
