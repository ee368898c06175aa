"""What the tests of snapshots share: papers, rows, and file operations that can be made never to happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.publication import durable
from publication import fake_warehouse as fake

EFFECTS = ("fsync_file", "fsync_folder", "replace", "write_atomic", "link_or_copy", "move", "remove_tree")


class Killed(BaseException):
    """Stands for kill -9: nothing of ours may catch it."""


def interrupt() -> None:
    """End here as far as this process can end and be looked at."""
    raise Killed


def killing(monkeypatch: pytest.MonkeyPatch, after: int, kill: Callable[[], object] = interrupt) -> Callable[[], int]:
    """``kill`` when so many lasting file operations are done and the next begins; returns how many were reached."""
    reached = 0

    def guarded(effect: Callable[..., None]) -> Callable[..., None]:
        def run(*args: object) -> None:
            nonlocal reached
            reached += 1
            if reached > after:
                kill()
            effect(*args)

        return run

    for name in EFFECTS:
        monkeypatch.setattr(durable, name, guarded(getattr(durable, name)))
    return lambda: reached


def papers(var: Path, texts: dict[str, str]) -> Path:
    """A folder of papers, one of each county."""
    for county, text in texts.items():
        folder = var / "papers" / str(fake.YEAR) / county
        folder.mkdir(parents=True)
        (folder / "gap_list.xlsx").write_text(text, encoding="utf-8")
    return var / "papers"


def all_rows(database: Path, *leaving_out: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table and view of a snapshot, in one order; ``leaving_out`` are names of tables."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() UNION ALL "
            "SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
        ).fetchall()
        return {
            f"{schema}.{name}": connection.execute(f'SELECT * FROM {schema}."{name}" ORDER BY ALL').fetchall()
            for schema, name in names
            if name not in leaving_out
        }


def pupils_of(database: Path) -> dict[str, int]:
    """County → the number that tells the returns it was made from."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return dict(connection.execute("SELECT county, min(pupils) FROM marts.sections GROUP BY county").fetchall())
