"""The front page of all counties and years, and the way back to it from each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import durable
from orchestration.publication.pointer import PartitionRecord
from orchestration.publication.reader import Row, rows_of
from orchestration.publication.wording import school_year
from orchestration.site.pages import ASSETS, FRONT_SCRIPT
from orchestration.site.rendering import PACKAGE, environment

if TYPE_CHECKING:
    import duckdb

_FRONT_ASSETS = ("site.css", "site.js")
_BACK = "../../index.html"


def build_front_page(site: Path, connection: duckdb.DuckDBPyConnection, records: Sequence[PartitionRecord]) -> Path:
    """Write ``site/index.html``, which leads to every ``site/YEAR/COUNTY`` that is there; returns it.

    ``connection`` is the current snapshot's database, ``records`` its partitions. Raises OSError.
    """
    # Whoever has the page open must not meet half a file.
    for leftover in [
        *site.glob(f".*{durable.TEMPORARY_SUFFIX}"),
        *(site / ASSETS).glob(f".*{durable.TEMPORARY_SUFFIX}"),
    ]:
        leftover.unlink()
    for name in _FRONT_ASSETS:
        content = (PACKAGE / "static" / name).read_bytes()
        if not (site / ASSETS / name).exists() or (site / ASSETS / name).read_bytes() != content:
            durable.write_atomic(site / ASSETS / name, content)
    fingerprints = {record.key: record.fingerprint for record in records}
    rows: list[Row] = []
    for row in rows_of(connection, "SELECT * FROM marts.counties ORDER BY year DESC, county"):
        year, county = row["year"], str(row["county"])
        if not isinstance(year, int) or (year, county) not in fingerprints:
            continue  # the pointer has been checked field by field, a database that came with a backup has not
        folder = site / str(year) / county
        if (folder / "index.html").is_file():
            rows.append({**row, "fingerprint": fingerprints[year, county]})
            _lead_back(folder)
    years = list(dict.fromkeys(school_year(year) for row in rows if isinstance(year := row["year"], int)))
    text = environment().get_template("front.html").render(rows=rows, years=years, root="")
    index = site / "index.html"
    durable.write_atomic(index, text.encode())
    return index


def _lead_back(folder: Path) -> None:
    script = f"window.junhengFront = {json.dumps(_BACK)};\n"
    path = folder / ASSETS / FRONT_SCRIPT
    if path.read_text(encoding="utf-8") != script:
        path.write_text(script, encoding="utf-8", newline="\n")
