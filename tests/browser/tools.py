"""Building a county's pages in a test as a load does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from orchestration.publication.papers import Heading
from orchestration.publication.pointer import PartitionRecord
from orchestration.publication.reports import reports_folder
from orchestration.returns.excerpts import excerpts
from orchestration.site.facts import Facts, read_facts
from orchestration.site.pages import build_county_site
from orchestration.site.sums import cells_wanted
from tests.e2e.tools import raw_of_huantai


def build_county(folder: Path, var: Path, connection: duckdb.DuckDBPyConnection, record: PartitionRecord) -> Facts:
    """Read, fetch the pieces of sheets, and write the pages with everything that goes with them."""
    facts = read_facts(connection, record.year, record.county)
    returns = raw_of_huantai() / str(record.year) / record.county
    shown = excerpts(returns, cells_wanted(facts), facts.digests)
    reports = reports_folder(var, record.year, record.county)
    build_county_site(
        folder, facts, Heading.of(record), shown,
        data_docs=reports / "data_docs", papers=reports, dictionary=reports / "dictionary.html",
    )  # fmt: skip
    return facts


def pages(folder: Path) -> Iterator[Path]:
    """The site's own pages, the Data Docs and the dictionary aside."""
    for path in sorted(folder.rglob("*.html")):
        if "data_docs" not in path.parts and path.name != "dictionary.html":
            yield path
