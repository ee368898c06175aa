"""What DuckDB, DuckLake and PostgreSQL say when something fails, told in Chinese, in one line, without secrets.

They have no codes in common, so errors are known by their words: never by those of a query that is quoted in them,
which hold whatever the data hold.
"""

from __future__ import annotations

import re

from orchestration.publication.lake.place import DATA, WAREHOUSE, LakeError, redacted

_MOST_CHARACTERS = 300
# A commit is quoted whole, tens of thousands of characters of it; its first word is enough.
_QUERY = re.compile(
    r'([Ff]ailed to execute query "\w*).*?"(?=:?\s*(?:$|ERROR:|FATAL:|PANIC:|server |SSL |no connection|could not ))',
    re.DOTALL,
)
# What comes before is DuckDB's account of what it was about, with the connection string in it.
_BEFORE_THE_REASON = re.compile(
    r'.*(?:Unable to connect to Postgres at ".*?": |(?=(?:ERROR|FATAL|PANIC): ))', re.DOTALL
)
_LOST = re.compile(r'cannot open file "([^"]+)": no such file', re.IGNORECASE)
_PARTITION = re.compile(r"year=(\d+)/county=(\d{6})")
_ANSWERED = re.compile(r"\bERROR: ")
_MISWRITTEN = re.compile(
    r"in connection info string|invalid connection option|for connection option|invalid uri query parameter|"
    r"invalid percent-encoded|forbidden value|invalid port number|invalid \w+ value|\bin uri: |key/value separator"
)
# Said of a connection that broke; a server that answers with an error of its own is there.
_BROKEN = ('failed to execute query "rollback', 'failed to execute query "begin')
_UNREACHABLE = (
    # DuckLake's own transaction in PostgreSQL broke off within one of our statements.
    "current transaction is aborted",
    "unable to connect to postgres",
    "could not connect",
    "server closed the connection",
    "terminating connection",
    "no connection to the server",
    "connection to server",
    "the database system is",
    "could not receive data from server",
    "could not send data to server",
)
# Also of two that create the catalogue at the same moment.
_CONFLICTS = (
    "transaction conflict",
    "could not serialize",
    "duplicate key value",
    "already exists",
    "maximum retry count",
)
_DENIED = ("permission denied for", "must be owner of", "read-only transaction", "attached in read-only mode")


class EmptyError(LakeError):
    """Nobody has published into this catalogue yet."""


class ConflictError(LakeError):
    """Another publisher came first; nothing was written, and the work may be begun again."""


class UnreachableError(LakeError):
    """PostgreSQL cannot be reached, or went away; what was being written is not there, or (commit) unknown."""


class AwayError(UnreachableError):
    """PostgreSQL was waited for as long as is reasonable: trying again would only make somebody wait longer."""


class ReadOnlyError(LakeError):
    """This user may read and not write."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(
            f"这个用户只能读，不能写共享仓库；载入、撤回、回退、清理请用 junheng_writer（docs/shared_mode.md）{reason}"
        )


class LostFileError(LakeError):
    """A file that a published version names is not there."""

    def __init__(self, path: str) -> None:
        where = _PARTITION.search(path)
        super().__init__(
            f"发布的数据文件不在了：{path}。请先看共享文件夹（{DATA}）是否已挂上、路径是否写对；文件确已丢失的，"
            f"从备份放回原处，或重新载入 {where[1]} {where[2]}，或用 junheng rollback 回到先前的版本。"
            if where
            else f"{DATA} 不是共享仓库的数据文件夹，或里面的文件被移走了（没有 {path}）"
        )


def explained(error: Exception) -> LakeError:
    """DuckDB's error as ours: in one line, without secrets, and saying what to look at."""
    text = _QUERY.sub(r'\1…"', redacted(str(error)))
    low = " ".join(text.split()).lower()
    said = f"（{_brief(text)}）"
    if "creating a new ducklake is explicitly disabled" in low:
        return EmptyError("共享仓库里还没有发布任何数据。")
    if "password authentication failed" in low or "no password supplied" in low:
        return LakeError(f"PostgreSQL 不接受这个用户或密码；请检查 PGUSER、PGPASSWORD 或 ~/.pgpass{said}")
    if "fatal: database" in low or "fatal: role" in low:
        return LakeError(f"PostgreSQL 里没有这个数据库或用户；建立的方法见 docs/shared_mode.md{said}")
    if _MISWRITTEN.search(low):
        return LakeError(f"环境变量 {WAREHOUSE} 的连接串写得不对{said}")
    if any(sign in low for sign in _DENIED):
        return ReadOnlyError(said)
    broken = any(sign in low for sign in _BROKEN) and not _ANSWERED.search(text)
    if broken or any(sign in low for sign in _UNREACHABLE):
        return UnreachableError(f"连不上 PostgreSQL；请检查服务是否在运行、{WAREHOUSE} 是否写对{said}")
    if any(sign in low for sign in _CONFLICTS):
        return ConflictError(f"别人先发布了{said}")
    if "permission denied" in low:
        return LakeError(f"没有权限读写 {DATA} 的文件夹{said}")
    if lost := _LOST.search(text):
        return LostFileError(lost[1])
    if "data_path" in low:
        return LakeError(f"{DATA} 不是共享仓库的数据文件夹{said}")
    return LakeError(f"共享仓库出错{said}")


def _brief(text: str) -> str:
    """The reason alone, in the library's words: its first line, and not too much of it."""
    line = next((line.strip() for line in _BEFORE_THE_REASON.sub("", text, count=1).splitlines() if line.strip()), "")
    line = " ".join(line.split())
    return line if len(line) <= _MOST_CHARACTERS else f"{line[: _MOST_CHARACTERS - 1]}…"
