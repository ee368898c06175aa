"""What a text of SQL asks for: only to read, and of which tables. Told by DuckDB's own lexer and parser.

Second to the connection it is run on, which can reach nothing but the snapshot's tables whatever is asked.
Light: duckdb and the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import duckdb

ONLY_READING = (
    "只能查询：最后一句须是 SELECT（FROM、WITH、SHOW、DESCRIBE、EXPLAIN 亦可），"
    "之前只可有 CREATE TEMP，数据和设置都不能改。"
)
# They run a text as SQL, so that what is asked cannot be told beforehand;
_RUN_TEXT = frozenset({"json_execute_serialized_sql", "python_map_function", "query", "query_table"})
# change settings that no lock covers, write files, and take the process along where they may not (DuckDB 1.5);
_SET = frozenset(
    {
        *("checkpoint", "disable_logging", "disable_profiling", "enable_logging", "enable_profiling"),
        *("force_checkpoint", "truncate_duckdb_logs", "write_log"),
    }
)
# or take an address in memory.
_RAW = frozenset({"arrow_scan", "arrow_scan_dumb", "pandas_scan", "seq_scan"})
REFUSED_FUNCTIONS = _RUN_TEXT | _SET | _RAW
_WORD = re.compile(r"[A-Za-z0-9_$\u0080-\U0010ffff]+")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')
_PLAIN = re.compile(r"'((?:[^']|'')*)'\s*")
# DuckDB's parser takes them for blanks, its lexer does not.
_BLANKS = re.compile("[\u00a0\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]")
_TEMPORARY = frozenset({"temp", "temporary"})


class QueryError(Exception):
    """The SQL cannot be run here; the message (Chinese) says why."""


@dataclass(frozen=True, slots=True)
class Question:
    """Statements that make temporary things, the one that answers, and every name that either writes (lower case):
    a table that is read is always among them."""

    before: tuple[str, ...]
    last: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    """``kind`` is the lexer's; ``text`` begins with the token and may go on with blanks and comments."""

    kind: str
    start: int
    text: str

    @property
    def name(self) -> str:
        """The name or keyword as DuckDB compares it; '' of anything else."""
        if self.kind not in {"identifier", "keyword"}:
            return ""
        if quoted := _QUOTED.match(self.text):
            return quoted.group(1).replace('""', '"').lower()
        word = _WORD.match(self.text)
        return word.group().lower() if word else ""


def understood(sql: str) -> Question:
    """What is asked. Raises QueryError where it is more than reading, duckdb.Error where it is no SQL."""
    import duckdb

    sql = _with_plain_blanks(sql)
    pieces = [piece for piece in _pieces(sql) if piece]
    if not pieces:
        raise QueryError("没有写 SQL 语句。")
    with duckdb.connect(config={"enable_external_access": "false"}) as parser:
        # First what DuckDB would already do while it parses: a PRAGMA becomes another statement.
        for tokens in pieces:
            _check_words(tokens)
        for tokens in pieces[:-1]:
            if not _temporary(tokens) or _kinds(parser, _text(tokens)) != ["CREATE"]:
                raise QueryError(ONLY_READING)
        _check_reading(parser, pieces[-1])
        names = {token.name for tokens in pieces for token in tokens}
        names.update(text.lower() for tokens in pieces for text in _strings(parser, tokens))
    before = tuple(_text(tokens) for tokens in pieces[:-1])
    return Question(before, _text(pieces[-1]), frozenset(names))


def names_in(sql: str) -> frozenset[str]:
    """Every name that a statement of ours (a view's) writes, lower case."""
    return frozenset(token.name for token in _tokens(sql))


def _tokens(sql: str) -> list[_Token]:
    import duckdb

    coded = sql.encode()
    found = [(start, str(kind).rpartition(".")[2]) for start, kind in duckdb.tokenize(sql)]
    ends = [*(start for start, _ in found[1:]), len(coded)]
    return [_Token(kind, start, coded[start:end].decode()) for (start, kind), end in zip(found, ends, strict=False)]


def _with_plain_blanks(sql: str) -> str:
    """Blanks of other scripts (an input method's wide one) outside quotes as plain ones: parser and lexer agree."""
    if not _BLANKS.search(sql):
        return sql
    tokens = _tokens(sql)
    if not tokens:
        return _BLANKS.sub(" ", sql)
    parts = [sql.encode()[: tokens[0].start].decode()]
    for token in tokens:
        quoted = token.kind == "string_const" or token.text.startswith('"')
        parts.append(token.text if quoted else _BLANKS.sub(" ", token.text))
    return "".join(parts)


def _pieces(sql: str) -> Generator[list[_Token]]:
    piece: list[_Token] = []
    for token in _tokens(sql):
        if token.kind == "operator" and token.text.startswith(";"):
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(token.text for token in tokens)


def _check_words(tokens: Sequence[_Token]) -> None:
    if tokens[0].name in {"pragma", "call", "checkpoint"}:
        raise QueryError(ONLY_READING)
    for token, following in pairwise(tokens):
        if token.name in REFUSED_FUNCTIONS and following.kind == "operator" and following.text.startswith("("):
            raise QueryError(f"查询里不能用函数 {token.name}：只能用快照里的表。")


def _temporary(tokens: Sequence[_Token]) -> bool:
    words = [token.name for token in tokens[:4]]
    if words[1:3] == ["or", "replace"]:
        del words[1:3]
    return words[:1] == ["create"] and not _TEMPORARY.isdisjoint(words[1:2])


def _check_reading(parser: duckdb.DuckDBPyConnection, tokens: Sequence[_Token]) -> None:
    kinds = _kinds(parser, _text(tokens))
    if kinds == ["EXPLAIN"]:
        kinds = _explained_kinds(parser, tokens[1:])
    # PIVOT is a SELECT after a type of its own making.
    if kinds[-1:] != ["SELECT"] or kinds[:-1] not in ([], ["CREATE"]):
        raise QueryError(ONLY_READING)


def _explained_kinds(parser: duckdb.DuckDBPyConnection, tokens: Sequence[_Token]) -> list[str]:
    """The kind of what is explained: EXPLAIN ANALYZE runs it."""
    import duckdb

    if tokens[0].text.startswith("("):  # options, or a statement in brackets
        try:
            return _kinds(parser, _text(tokens))
        except duckdb.Error:
            end = next(n for n, token in enumerate(tokens) if token.text.startswith(")"))
            tokens = tokens[end + 1 :]
    while tokens and tokens[0].name in {"analyze", "analyse", "verbose"}:
        tokens = tokens[1:]
    if not tokens or tokens[0].name in {"pragma", "call"}:
        return []
    return _kinds(parser, _text(tokens))


def _kinds(parser: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [statement.type.name for statement in parser.extract_statements(sql)]


def _strings(parser: duckdb.DuckDBPyConnection, tokens: Sequence[_Token]) -> Generator[str]:
    """What the texts in the statement say: DuckDB takes one for a table's name too."""
    for token in tokens:
        if token.kind != "string_const":
            continue
        if plain := _PLAIN.fullmatch(token.text):
            yield plain.group(1).replace("''", "'")
        else:  # escapes, dollar quotes, two texts on two lines that are one, a comment behind it
            found = cast("tuple[object]", parser.execute(f"SELECT {token.text}").fetchone())  # noqa: S608
            yield str(found[0])
