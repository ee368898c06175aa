"""What libraries say, told in a line: by the reason they give, never by the words of a query that they quote."""

from __future__ import annotations

import pytest

from orchestration.publication.lake.errors import (
    ConflictError,
    LostFileError,
    ReadOnlyError,
    UnreachableError,
    explained,
)
from orchestration.publication.lake.place import LakeError

# Values of the data are in it, among them whatever a school is called.
COMMIT = (
    "TransactionContext Error: Failed to commit: Failed to commit DuckLake transaction.\n"
    'Failed to flush changes into DuckLake: Failed to execute query "BEGIN;INSERT INTO x VALUES '
    "('server closed the connection', 'permission denied for', '{\"token\": \"8\"}');" + "x" * 70_000 + '"'
)
SOCKET = 'Unable to connect to Postgres at "dbname=a": connection to server on socket "/s" failed: '


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        (COMMIT + ": ERROR:  permission denied for table ducklake_snapshot\n", ReadOnlyError, "只能读"),
        (COMMIT + ": ERROR:  cannot execute INSERT in a read-only transaction\n", ReadOnlyError, "只能读"),
        (COMMIT + ": ERROR:  value too long for type character varying\n", LakeError, "value too long"),
        (COMMIT + ": ERROR:  could not serialize access due to concurrent update", ConflictError, "别人先发布了"),
        (COMMIT + ": ERROR:  current transaction is aborted, commands ignored", UnreachableError, "连不上"),
        (COMMIT + ": server closed the connection unexpectedly\n\tThis probably means", UnreachableError, "连不上"),
        (COMMIT + ": \n", UnreachableError, "连不上"),
        (COMMIT, UnreachableError, "连不上"),
        (SOCKET + "Connection refused\n\tIs the server running", UnreachableError, "连不上"),
        (SOCKET + "Permission denied\n\tIs the server running", UnreachableError, "连不上"),
        (SOCKET + 'FATAL:  role "x" does not exist\n', LakeError, "没有这个数据库或用户"),
        ('IO Error: Cannot open file "/d/x": Permission denied', LakeError, "没有权限"),
        (
            'IO Error: Cannot open file "/d/year=2017/county=370321/a.parquet": No such file or directory',
            LostFileError,
            "重新载入 2017 370321",
        ),
        ("Invalid Error: " + "y" * 5_000, LakeError, "共享仓库出错"),
    ],
)
def test_the_reason_is_told_and_nothing_else(text: str, kind: type[LakeError], says: str) -> None:
    told = explained(Exception(text))
    assert type(told) is kind and says in str(told), str(told)
    assert len(str(told)) < 400 and "\n" not in str(told) and "xxx" not in str(told)
