"""Any SQL on a snapshot, and nothing but reading: no file, no setting, no extension, no other database.

Light: duckdb and the standard library.
"""

from __future__ import annotations

import math
import re
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orchestration.publication.lake.connection import AwayError, UnreachableError
from orchestration.publication.lake.place import LAKE
from orchestration.publication.pointer import Snapshot
from orchestration.publication.reader import Row, plain
from orchestration.publication.spelled import spelled
from orchestration.publication.statements import QueryError, understood

if TYPE_CHECKING:
    import duckdb

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    # What does not fit into memory is an error, not a file beside the snapshot.
    "temp_directory": "",
    # Names in a query are tables of the snapshot, never variables of this program.
    "python_enable_replacements": "false",
}
_TRIES = 3
_SENTENCES = (
    (re.compile(r"Table with name (.+?) does not exist"), "没有表 {0}；有哪些表见 junheng dictionary"),
    (re.compile(r"Referenced column \"(.+?)\" not found"), "没有字段 {0}；有哪些字段见 junheng dictionary"),
    (re.compile(r"Ambiguous reference to column name \"(.+?)\""), "字段 {0} 不止一个表有，请写明表名"),
    (re.compile(r"syntax error at or near \"(.+?)\"", re.DOTALL), "“{0}”处语法不对"),
    (re.compile(r"syntax error at end of input"), "语句没有写完"),
    (re.compile(r"Values were not provided for the following prepared statement parameters"), "?、$1 之处请写明值"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Columns in order, each name once, their DuckDB types, and the rows as values that JSON has words for."""

    fields: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[Row]


def ask(database: Path | Snapshot, sql: str) -> Answer:
    """Run SQL on a snapshot, or its database file: it ends in one SELECT (or FROM, WITH, SHOW, DESCRIBE, EXPLAIN), and
    tables need no schema before them. Temporary tables may come first: they live in memory and die with the query.

    Raises QueryError, LakeError.
    """
    problem = UnreachableError()
    for _ in range(_TRIES):
        try:
            return _ask(database, sql)
        except AwayError:
            raise
        except UnreachableError as error:  # the server went away meanwhile: opened again, which waits for it
            problem = error
    raise problem


def _ask(database: Path | Snapshot, sql: str) -> Answer:
    import duckdb

    try:
        question = understood(sql)
        with _locked(database, question.names) as connection:
            for text in question.before:
                connection.execute(text)
            cursor = connection.execute(question.last)
            described = [(str(column[0]), column[1]) for column in cursor.description or ()]
            found = spelled(connection, question.last, [kind for _, kind in described], cursor.fetchall())
    except duckdb.PermissionException as error:
        raise QueryError("查询不能读写文件，也不能连接别的数据库；只能用快照里的表。") from error
    except duckdb.Error as error:
        raise QueryError(f"SQL 不能执行：{_said(error)}") from error
    fields = _each_once([name for name, _ in described])
    rows: list[Row] = [{name: _json(value) for name, value in zip(fields, row, strict=True)} for row in found]
    return Answer(fields, tuple(str(kind) for _, kind in described), rows)


@contextmanager
def _locked(database: Path | Snapshot, names: frozenset[str]) -> Generator[duckdb.DuckDBPyConnection]:
    """The snapshot, or as much of it as has these names, and nothing else in reach."""
    import duckdb

    if isinstance(database, Snapshot) and database.lake is not None:
        from orchestration.publication.lake import apart

        with apart.opened(database.lake, names, _LOCKED) as connection:
            connection.execute(f"SET search_path = '{LAKE}.marts,{LAKE}.evidence'")
            connection.execute("SET lock_configuration = true")
            yield connection
        return
    file = database.duckdb if isinstance(database, Snapshot) else database
    connection = duckdb.connect(str(file), read_only=True, config={"enable_external_access": "false"} | _LOCKED)
    try:
        connection.execute("SET search_path = 'marts,evidence'")
        connection.execute("SET lock_configuration = true")
        yield connection
    finally:
        connection.close()


def _said(error: Exception) -> str:
    """What is wrong, in Chinese where it is a common mistake; else DuckDB's own words, on one line."""
    text = str(error).strip().partition("\n\n")[0]
    for pattern, sentence in _SENTENCES:
        if match := pattern.search(text):
            return sentence.format(*match.groups())
    _, colon, rest = text.partition("Error: ")
    return " ".join((rest if colon else text).split())


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    """a, a, b → a, a_2, b: a row is an object, whose names are told apart."""
    taken: dict[str, None] = {}
    for name in names:
        one, number = name, 1
        while one in taken:
            number += 1
            one = f"{name}_{number}"
        taken[one] = None
    return tuple(taken)


def _json(value: object) -> object:
    value = plain(value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        return [_json(one) for one in cast("Sequence[object]", value)]
    if isinstance(value, dict):
        return {str(name): _json(one) for name, one in cast("Mapping[object, object]", value).items()}
    return value.hex() if isinstance(value, bytes) else str(value)
