"""What a reader of a .docx sees: paragraphs, tables, headers and footers, alternative texts."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import docx

Table = list[list[str]]


def _document(source: Path | bytes) -> Any:
    return docx.Document(io.BytesIO(source) if isinstance(source, bytes) else str(source))


def paragraphs(source: Path | bytes) -> list[str]:
    """Every paragraph outside tables."""
    return [paragraph.text for paragraph in _document(source).paragraphs]


def tables(source: Path | bytes) -> dict[tuple[str, ...], list[Table]]:
    """Tables by their heading row; each without that row."""
    found: dict[tuple[str, ...], list[Table]] = {}
    for table in _document(source).tables:
        rows = [[cell.text for cell in row.cells] for row in table.rows]
        found.setdefault(tuple(rows[0]), []).append(rows[1:])
    return found


def form(source: Path | bytes, label: str) -> str:
    """The value beside a label."""
    for table in _document(source).tables:
        for row in table.rows:
            texts = [cell.text for cell in row.cells]
            if label in texts[:-1]:
                return texts[texts.index(label) + 1]
    raise AssertionError(f"no {label}")


def footer(source: Path | bytes) -> str:
    """The text of the first section's footer."""
    return "\n".join(paragraph.text for paragraph in _document(source).sections[0].footer.paragraphs)


def alternative_texts(source: Path | bytes) -> list[str]:
    """What is said of each picture to who cannot see it."""
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        body = archive.read("word/document.xml").decode("utf-8")
    return re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', body)
