"""Whether a working folder is whole: what is published, what people open, and that nothing else lies about.

Looks at the folder as a stranger would: by the pointer, the data package and the database, not by how they are made.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from orchestration.publication.lifecycle import snapshots
from orchestration.publication.pointer import PartitionRecord, Snapshot, read_current
from orchestration.publication.reports import published_papers, reports_folder, site_folder

# What tells of other loads too, and so differs with the order of loads.
HISTORY = {("evidence", "received"), ("evidence", "changes")}
# What a load under way works in; the next load empties it.
_WORKSPACE = {"landing", "verdicts", "papers", "dbt", "dagster", "warehouse.duckdb", "warehouse.duckdb.wal"}
_LEFTOVERS = (".building-", ".pruning-", ".restoring", ".new-", ".old-")
VERDICTS_OF_A_COUNTY = 33


@dataclass(frozen=True)
class Found:
    """State of a working folder. ``partitions``: county → digest of its rows; ``files``: run → digest of all files of
    its snapshot; ``gaps``: county → rows of its gap list; ``wrong`` says what is not whole."""

    run_id: str | None = None
    partitions: dict[str, str] = field(default_factory=dict)
    gaps: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def look(var: Path) -> Found:
    """What is published."""
    current = read_current(var)
    if current is None:
        return Found()
    found = Found(current.run_id)
    known = snapshots(var)
    if current.run_id not in {one.run_id for one in known}:
        found.wrong.append(f"the pointer names {current.run_id}, which is no snapshot")
        return found
    _look_at_files(current, found)
    _look_at_database(current, found)
    for one in known:
        found.files[one.run_id] = _digest_of(one.duckdb.parent)
        _look_at_files(one, found)
        with duckdb.connect(str(one.duckdb), read_only=True) as book:
            [verdicts] = book.sql("SELECT count(*) FROM marts.verdicts").fetchone() or (0,)
        if verdicts != VERDICTS_OF_A_COUNTY * len(one.partitions):
            found.wrong.append(f"{one.run_id}: {verdicts} verdicts of {len(one.partitions)} partitions")
    return found


def _resources(snapshot: Snapshot) -> dict[tuple[str, str], list[Path]]:
    package = json.loads((snapshot.parquet / "datapackage.json").read_bytes())
    return {
        (schema, table): [snapshot.parquet / path for path in resource["path"]]
        for resource in package["resources"]
        for schema, _, table in [resource["name"].partition(".")]
    }


def _look_at_files(snapshot: Snapshot, found: Found) -> None:
    named = {path for paths in _resources(snapshot).values() for path in paths}
    there = set(snapshot.parquet.rglob("*.parquet"))
    if named != there:
        found.wrong.append(f"{snapshot.run_id}: the data package and the folder differ in {sorted(named ^ there)[:3]}")


def _look_at_database(snapshot: Snapshot, found: Found) -> None:
    counties = {record.county for record in snapshot.partitions}
    digests: dict[str, list[str]] = {county: [] for county in counties}
    with duckdb.connect(str(snapshot.duckdb), read_only=True) as book:
        for (schema, table), paths in sorted(_resources(snapshot).items()):
            name = f'{schema}."{table}"'
            files = ", ".join(f"'{path}'" for path in paths)
            parquet = f"(SELECT * FROM read_parquet([{files}], union_by_name = true, hive_partitioning = false))"
            for one, other in ((name, parquet), (parquet, name)):
                [count] = book.sql(f"SELECT count(*) FROM (FROM {one} EXCEPT ALL FROM {other})").fetchone() or (1,)
                if count:
                    found.wrong.append(f"{name}: {count} rows only in {'the database' if one == name else 'Parquet'}")
            if (schema, table) in HISTORY:
                continue
            for county, digest in book.sql(
                f"SELECT county, md5(string_agg(row, '' ORDER BY row)) "
                f"FROM (SELECT county, md5(t::VARCHAR) AS row FROM {name} AS t) GROUP BY county ORDER BY county"
            ).fetchall():
                digests.setdefault(county, []).append(f"{name} {digest}")
        for county, verdicts in book.sql("SELECT county, count(*) FROM marts.verdicts GROUP BY county").fetchall():
            if verdicts != VERDICTS_OF_A_COUNTY:
                found.wrong.append(f"{county}: {verdicts} verdicts")
        for county in counties:
            [gaps] = book.sql(f"SELECT count(*) FROM marts.gap_list WHERE county = '{county}'").fetchone() or (0,)
            found.gaps[county] = gaps
        views = book.sql("SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal").fetchall()
        for schema, view in views:
            book.sql(f'SELECT count(*) FROM {schema}."{view}"').fetchall()
    if set(digests) != counties:
        found.wrong.append(f"the pointer names {sorted(counties)}, the rows are of {sorted(digests)}")
    for county, lines in digests.items():
        found.partitions[county] = hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _digest_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def tidy(var: Path) -> list[str]:
    """What is not in order once a command has come to its end: papers and pages not those of the pointer, leftovers."""
    wrong = [
        f"left over: {path.relative_to(var)}"
        for path in sorted(var.rglob("*"))
        if path.relative_to(var).parts[0] not in _WORKSPACE
        and (path.name.startswith(_LEFTOVERS) or path.name.endswith((".tmp", ".partial")))
    ]
    current = read_current(var)
    if current is None:
        return wrong
    counties = {record.county for record in current.partitions}
    front = (var / "site" / "index.html").read_text(encoding="utf-8")
    for record in current.partitions:
        wrong += _papers(var, record)
        if f"{record.county}/index.html" not in front:
            wrong.append(f"the front page does not lead to {record.county}")
    for folder in (*(var / "site").glob("[0-9]*/*"), *(var / "reports").glob("[0-9]*/*")):
        if folder.name not in counties and (folder / ".run_id").exists():
            wrong.append(f"{folder.relative_to(var)} is still there")
        if folder.name not in counties and f"{folder.name}/index.html" in front:
            wrong.append(f"the front page leads to {folder.name}")
    for index in (var / "reports").glob("*/*/slips/"):
        listed = json.loads((index / "slips.json").read_bytes())
        missing = [name for row in listed for name in row["files"] if not (index / name).is_file()]
        if missing:
            wrong.append(f"{index.relative_to(var)} lacks {missing[:3]}")
    return wrong


def _papers(var: Path, record: PartitionRecord) -> list[str]:
    papers = published_papers(var, record)
    wrong: list[str] = []
    # Slips are those of the last attempt, refused or not; the pages' way back to the front page is written there.
    for source, copy, others in (
        (papers, reports_folder(var, record.year, record.county), ("site/", "slips/", ".run_id")),
        (papers / "site", site_folder(var, record.year, record.county), ("assets/", ".run_id")),
    ):
        wanted, there = _bytes_of(source, others), _bytes_of(copy, others)
        differing = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
        if not wanted or differing:
            wrong.append(f"{copy.relative_to(var)} is not what {record.run_id} published: {differing[:3]}")
    return wrong


def _bytes_of(folder: Path, leaving_out: tuple[str, ...]) -> dict[str, bytes]:
    return {
        name: hashlib.sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        for name in [path.relative_to(folder).as_posix()]
        if path.is_file() and not name.startswith(leaving_out)
    }


def holding(folder: Path, secret: str) -> list[str]:
    """Files under the folder that hold the secret, also within zips (workbooks, papers, backups)."""
    import zipfile

    found: list[str] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        contents = [path.read_bytes()]
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                contents += [archive.read(name) for name in archive.namelist()]
        if any(secret.encode() in content or secret.encode("utf-16-le") in content for content in contents):
            found.append(f"a secret of the environment is in {path.relative_to(folder)}")
    return found


def archive_is_whole(file: Path) -> list[str]:
    """What is wrong with a backup: every file it lists is there with its sha256, and nothing else."""
    import zipfile

    with zipfile.ZipFile(file) as archive:
        listed = json.loads(archive.read("junheng-backup.json"))["files"]
        names = {one["path"] for one in listed} | {"junheng-backup.json"}
        wrong = [] if names == set(archive.namelist()) else ["the archive and its list differ"]
        return wrong + [
            f"{one['path']} is damaged"
            for one in listed
            if hashlib.sha256(archive.read(one["path"])).hexdigest() != one["sha256"]
        ]
