"""The front page follows the pointer's partitions, whatever a database says that came with a backup."""

from __future__ import annotations

from pathlib import Path

import duckdb

from orchestration.site.front import build_front_page


def test_a_county_that_is_a_path_is_left_alone(tmp_path: Path) -> None:
    site, elsewhere = tmp_path / "var" / "site", tmp_path / "var" / "elsewhere"
    (elsewhere / "assets").mkdir(parents=True)
    (elsewhere / "index.html").write_text("theirs", encoding="utf-8")
    script = elsewhere / "assets" / "front.js"
    script.write_text("theirs", encoding="utf-8")
    (site / "2017").mkdir(parents=True)
    with duckdb.connect() as book:
        book.execute("create schema marts")
        book.execute("create table marts.counties as select 2017 as year, '../../elsewhere' as county")
        index = build_front_page(site, book, [])
    assert "elsewhere" not in index.read_text(encoding="utf-8")
    assert script.read_text(encoding="utf-8") == "theirs"
    assert {path.name for path in (elsewhere / "assets").iterdir()} == {"front.js"}
