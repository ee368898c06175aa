"""创建工作任务分解表: each indicator with its computed standing, measure, deadline, responsible units and how many gaps
stand behind it. Where the county has given no decomposition the units are the standard's and the rest is left open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.publication import annex
from orchestration.publication.annex import Row
from orchestration.publication.book import Book, Heading
from orchestration.publication.documents import Cell, Paper

_COLUMNS = (
    ("指标", 34.0),
    ("达标情况", 36.0),
    ("整改措施", 46.0),
    ("完成时限", 15.0),
    ("牵头（责任）单位", 21.0),
    ("问题数（项）", 9.0),
    ("数据缺失（项）", 9.0),
)
_TITLE = "义务教育优质均衡发展创建任务分解表"


def write_task_decomposition(path: Path, heading: Heading, tasks: Sequence[Row], groups: Sequence[Row] = ()) -> None:
    """Write ``task_decomposition.xlsx``; ``tasks`` are rows of ``reader.task_rows``. Raises OSError."""
    book = Book(path, heading)
    sheet = book.sheet("任务分解表", _COLUMNS, f"{heading.place}{_TITLE}")
    for line in annex.lines(tasks, groups):
        if line.band:
            sheet.band(line.band)
        sheet.row(
            [*line.texts, line.row["gaps"], line.row["missing"]],
            strong=() if line.met else (0, 1),
            number_formats={5: "0", 6: "0"},
        )
    sheet.finish()
    book.close()


def write_task_document(path: Path, heading: Heading, tasks: Sequence[Row], groups: Sequence[Row] = ()) -> None:
    """Write the same as ``task_decomposition.docx``. Raises OSError."""
    paper = Paper(heading)
    paper.title(f"{heading.place}{_TITLE}")
    table = paper.table(_COLUMNS)
    for line in annex.lines(tasks, groups):
        if line.band:
            table.band(line.band)
        counts = (str(line.row["gaps"]), str(line.row["missing"]))
        table.row(
            [
                Cell(text, strong=column < 2 and not line.met, centred=column in {3, 5, 6})  # noqa: PLR2004
                for column, text in enumerate((*line.texts, *counts))
            ]
        )
    paper.signatures()
    paper.save(path)
