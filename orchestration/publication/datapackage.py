"""``datapackage.json`` beside a snapshot's Parquet: a Frictionless Data Package of all its tables.

One tabular resource a table, its path the files of all partitions. Names and types are the snapshot's own; titles,
descriptions, units, keys and references the declared ones. No time and no run is written: equal data, equal bytes.
``duckdbType`` of a field is the exact type, which Frictionless has no word for; where it is written, every file of the
table has exactly these columns (`orchestration.publication.fitting`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.publication import contract, declared, durable
from orchestration.publication.declared import Column, Table
from orchestration.publication.export import PartitionFile

if TYPE_CHECKING:
    import duckdb

NAME = "datapackage.json"
_TYPES = (
    (re.compile(r".*\[\]|STRUCT.*|MAP.*"), "array"),
    (re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?)"), "integer"),
    (re.compile(r"DECIMAL.*|DOUBLE|FLOAT|REAL"), "number"),
    (re.compile(r"BOOLEAN"), "boolean"),
    (re.compile(r"DATE"), "date"),
    (re.compile(r"TIMESTAMP.*"), "datetime"),
)


def write_datapackage(parquet: Path, connection: duckdb.DuckDBPyConnection, files: Sequence[PartitionFile]) -> Path:
    """Describe ``files`` (of the ``parquet`` folder) with the columns of the snapshot that ``connection`` shows."""
    paths: dict[tuple[str, str], list[str]] = {}
    for file in sorted(files, key=lambda one: (one.schema, one.table, one.year, one.county)):
        paths.setdefault((file.schema, file.table), []).append(file.under(parquet).relative_to(parquet).as_posix())
    columns = _columns(connection)
    order = {key: number for number, key in enumerate(declared.tables())}
    content = {
        "name": "junheng",
        "title": "均衡：县域义务教育优质均衡核查数据",
        "profile": "tabular-data-package",
        "version": contract.version(),
        "description": "模式 marts 是对外约定的数据，version 是该约定的版本；模式 evidence 是每个数的出处。",
        "resources": [
            _resource(schema, name, paths[schema, name], columns.get((schema, name), []), set(paths))
            for schema, name in sorted(paths, key=lambda key: (order.get(key, len(order)), key))
        ],
    }
    path = parquet / NAME
    durable.write_atomic(path, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())
    return path


def columns_of_all_files(parquet: Path) -> dict[tuple[str, str], dict[str, str]] | None:
    """Schema and table → column → type, as every single file of a snapshot has them; None where they may differ from
    file to file: versions that wrote no ``duckdbType`` took older files over as they were."""
    try:
        package = json.loads((parquet / NAME).read_bytes())
        found: dict[tuple[str, str], dict[str, str]] = {}
        for resource in package["resources"]:
            schema, _, table = str(resource["name"]).partition(".")
            found[schema, table] = {
                str(field["name"]): str(field["duckdbType"]) for field in resource["schema"]["fields"]
            }
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None
    return found


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], list[tuple[str, str]]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for schema, table, name, kind in connection.execute(
        "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal "
        "ORDER BY schema_name, table_name, column_index"
    ).fetchall():
        found.setdefault((str(schema), str(table)), []).append((str(name), str(kind)))
    return found


def _resource(
    schema: str, name: str, paths: Sequence[str], columns: Sequence[tuple[str, str]], there: set[tuple[str, str]]
) -> dict[str, object]:
    table = declared.tables().get((schema, name)) or Table(schema, name, "", ())
    # A key may name only what a snapshot of an older version has too.
    names = {column for column, _ in columns}
    key = [column for column in table.key if column in names]
    required = set(key) - set(table.nullable)
    content: dict[str, object] = {
        "fields": [_field(table.column(name), name, kind, required) for name, kind in columns]
    }
    if key and len(key) == len(table.key):
        # A primary key has no empty part; the others are unique all the same.
        content |= {"primaryKey": key} if not table.nullable else {"uniqueKeys": [key]}
    references = [
        {
            "fields": list(reference.columns),
            "reference": {"resource": f"{target[0]}.{target[1]}", "fields": list(reference.columns)},
        }
        for reference in table.references
        for target in [(_schema_of(reference.table), reference.table)]
        if target in there and set(reference.columns) <= names
    ]
    if references:
        content["foreignKeys"] = references
    return {
        "name": f"{schema}.{name}",
        "title": table.title,
        "description": table.description,
        "profile": "tabular-data-resource",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "path": list(paths),
        "schema": content,
    }


def _schema_of(table: str) -> str:
    return next((schema for schema, name in declared.tables() if name == table), "marts")


def _field(column: Column | None, name: str, kind: str, required: set[str]) -> Mapping[str, object]:
    field: dict[str, object] = {
        "name": name,
        "type": next((word for pattern, word in _TYPES if pattern.fullmatch(kind)), "string"),
        "duckdbType": kind,
    }
    constraints: dict[str, object] = {"required": True} if name in required else {}
    if column is not None:
        field |= {"title": column.label, "description": column.description}
        if column.unit != declared.NO_UNIT:
            field["unit"] = column.unit
        if column.pattern:
            constraints["pattern"] = column.pattern
        if column.values:
            constraints["enum"] = list(column.values)
    if constraints:
        field["constraints"] = constraints
    return field
