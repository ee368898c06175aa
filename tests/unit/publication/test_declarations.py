"""Everything published is declared: a label, a unit and a meaning for each column; and the contract has a version."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from orchestration.publication import contract, declared
from orchestration.publication.export import LANDED, LANDED_STANDARDS, REQUIRED_TABLES
from orchestration.publication.wording import INDICATORS

TABLES = declared.tables()
COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_published_table_is_declared() -> None:
    landed = {("evidence", name) for name in (*LANDED, *LANDED_STANDARDS, "verdict_rows", "changes")}
    assert set(TABLES) >= REQUIRED_TABLES | landed
    for table in TABLES.values():
        assert HAN.search(table.description) and table.columns, table.name
        # Chinese, but for names of columns and tables and the codes of indicators and forms.
        names = r"\b(cells|Great Expectations|year|county|record_level|record_id|record|level|field|[A-Z]\d*|ALL)\b"
        rest = re.sub(names, "", table.description)
        assert not re.findall(r"[A-Za-z]{2,}", rest), table.description


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda one: one.name)
def test_every_column_has_a_label_a_unit_a_type_and_a_meaning(table: declared.Table, column: declared.Column) -> None:
    """Mend: the yml beside the model (type, description), models/marts/columns.csv (label, unit, …)."""
    where = f"{table.name}.{column.name}"
    assert (column.label and HAN.search(column.label)) or column.label in {"sha256"}, where
    assert column.unit, f"{where}: a unit, or — where it has none"
    assert column.type and HAN.search(column.description), where
    for code in column.clauses:
        assert code in INDICATORS or "." in code, where
    if re.fullmatch("double|decimal.*", column.type):
        assert column.unit != declared.NO_UNIT or "cv" in column.name, f"{where}: of which unit is the number?"


def test_keys_and_references_name_columns_that_are_there() -> None:
    by_name = {name: table for (_, name), table in TABLES.items()}
    for table in TABLES.values():
        names = {column.name for column in table.columns}
        assert set(table.key) <= names and set(table.nullable) <= set(table.key)
        for reference in table.references:
            target = by_name[reference.table]
            assert set(reference.columns) <= names & {column.name for column in target.columns}
            assert set(reference.columns) == set(target.key), f"{table.name} → {target.name}: not its key"


def test_a_word_for_a_column_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(declared.MARTS, tmp_path / "marts")
    with (tmp_path / "marts" / "columns.csv").open("a", encoding="utf-8") as lines:
        lines.write("gap_list,no_such,无,—,,,\n")
    monkeypatch.setattr(declared, "MARTS", tmp_path / "marts")
    caches = (declared.tables, declared._words, declared._references)  # pyright: ignore[reportPrivateUsage]
    for cached in caches:
        cached.cache_clear()
    try:
        with pytest.raises(declared.DeclarationError, match=r"gap_list\.no_such"):
            declared.tables()
    finally:
        for cached in caches:
            cached.cache_clear()


def test_a_changed_contract_has_a_new_version() -> None:
    """Mend: run ``python -m orchestration.publication.contract`` and note the version in CHANGELOG.md."""
    recorded = json.loads(contract.CONTRACT.read_bytes())
    newest = recorded["versions"][-1]
    assert contract.shape() == recorded["tables"], f"differs from contract {newest['version']}"
    assert contract.digest(contract.shape()) == newest["sha256"]
    numbers = [tuple(int(part) for part in one["version"].split(".")) for one in recorded["versions"]]
    assert numbers == sorted(set(numbers)) and contract.version() == newest["version"]
    assert len({one["sha256"] for one in recorded["versions"]}) == len(numbers)


def test_the_next_version_says_what_changed(tmp_path: Path) -> None:
    old = {"a": {"x": "integer"}}
    assert contract.next_version("1.2.3", old, {"a": {"x": "integer"}}) == "1.2.3"
    assert contract.next_version("1.2.3", old, {"a": {"x": "integer", "y": "date"}}) == "1.3.0"
    assert contract.next_version("1.2.3", old, {"a": {"x": "integer"}, "b": {}}) == "1.3.0"
    for broken in ({"a": {"x": "double"}}, {"a": {}}, {}, {"a": {"y": "integer"}}):
        assert contract.next_version("1.2.3", old, broken) == "2.0.0"
    path = tmp_path / "contract.json"
    path.write_text(json.dumps({"versions": [{"version": "1.0.0", "sha256": contract.digest(old)}], "tables": old}))
    assert contract.record(path, old) == "1.0.0"
    assert contract.record(path, {"a": {"y": "integer"}}) == "2.0.0"
    assert [one["version"] for one in json.loads(path.read_bytes())["versions"]] == ["1.0.0", "2.0.0"]
