"""Where the shared warehouse is, as the environment says, and errors that name no password. Light: standard library.

``JUNHENG_WAREHOUSE=ducklake:postgres:dbname=… host=…`` is the catalogue, ``JUNHENG_WAREHOUSE_DATA`` the folder of the
data, the same for everybody. A password comes from ``PGPASSWORD``, ``PGPASSFILE`` or ``~/.pgpass``, never from here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.publication.lake.dsn import DsnError, holds_secret

WAREHOUSE = "JUNHENG_WAREHOUSE"
DATA = "JUNHENG_WAREHOUSE_DATA"
# The name that the lake is attached as.
LAKE = "junheng"
_PREFIX = "ducklake:postgres:"
_EXAMPLE = "dbname=junheng host=10.0.0.5 user=junheng_writer"


class LakeError(Exception):
    """The shared warehouse cannot be used; the message (Chinese) says why and what to do, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Place:
    """``dsn`` is libpq's, without a password; ``data`` is an absolute folder that every machine reaches."""

    dsn: str
    data: Path

    @property
    def tables(self) -> Path:
        """Where DuckLake keeps its Parquet files, and nobody anything else: unknown files in it are swept."""
        return self.data / "tables"

    @property
    def papers(self) -> Path:
        """Papers and pages: ``RUN/YEAR/COUNTY/…``."""
        return self.data / "papers"


def place() -> Place | None:
    """The shared warehouse, or None where the working folder's own is meant. Raises LakeError for what cannot be."""
    stated = os.environ.get(WAREHOUSE, "").strip()
    if not stated:
        return None
    if not stated.startswith(_PREFIX):
        raise LakeError(f"环境变量 {WAREHOUSE} 须以 {_PREFIX} 开头，例如 {_PREFIX}{_EXAMPLE}")
    dsn = stated.removeprefix(_PREFIX).strip()
    try:
        if holds_secret(dsn):
            raise LakeError(f"环境变量 {WAREHOUSE} 里不可写密码；请用环境变量 PGPASSWORD，或 ~/.pgpass 文件。")
    except DsnError as error:
        raise LakeError(f"环境变量 {WAREHOUSE} 的连接串写得不对：{error}，例如 {_PREFIX}{_EXAMPLE}") from None
    folder = os.environ.get(DATA, "").strip()
    if not folder:
        raise LakeError(f"请用环境变量 {DATA} 写明数据文件夹（各机器都能读到的共享文件夹）。")
    if "://" in folder:
        raise LakeError(f"环境变量 {DATA} 须是文件夹；对象存储请先挂载成文件夹。")
    data = Path(folder)
    if not data.is_absolute():
        raise LakeError(f"环境变量 {DATA} 须是绝对路径：各机器、各进程都要指向同一处。")
    return Place(dsn, data)


def redacted(text: str) -> str:
    """The text without the password that the environment holds, wherever a library may have put it."""
    for secret in (os.environ.get("PGPASSWORD"), os.environ.get("PGSSLPASSWORD")):
        if secret:
            text = text.replace(secret, "******")
    return text
