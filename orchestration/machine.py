"""What the machine refuses, in Chinese: a full disk, a folder that cannot be written, a file that is open elsewhere.

Python, DuckDB, SQLite, polars and Windows each have their own words for the same thing, and Dagster hands them on as
text; so they are known by their words. Belongs here: what went wrong and what to do. Does not belong here: what had
been done by then, which only the command knows.
"""

from __future__ import annotations

import errno
import re

_QUOTED = re.compile(r"""['"]([^'"\n]{2,400}[\\/][^'"\n]{1,400})['"]""")
# Short reason, what to do, and the words by which it is known. The first that is found holds.
_REASONS: tuple[tuple[str, str, re.Pattern[str]], ...] = (
    (
        "磁盘已满",
        "请腾出空间后再运行；junheng prune --keep N 可清理旧快照",
        re.compile(
            r"Errno (28|122)\b|os error (28|122|112)\b|No space left on device|disk is full|not enough space|"
            r"WinError 112\b|quota exceeded|failed to offload data block",
            re.I,
        ),
    ),
    (
        "磁盘或文件夹是只读的",
        "请改为可写，或用 --var 指定可写的工作文件夹",
        re.compile(r"Errno 30\b|os error 30\b|Read-only file ?system|readonly database|WinError 19\b", re.I),
    ),
    (
        "正被别的程序打开",
        "请关闭打开它的程序（如 Excel、DuckDB）后再运行",
        re.compile(
            r"WinError (32|33)\b|os error (32|33)\b|used by another process|Could not set lock on file|"
            r"Conflicting lock is held",
            re.I,
        ),
    ),
    (
        "没有权限",
        "请检查文件夹的权限，并确认没有别的程序正打开它",
        re.compile(
            r"Errno (1|13)\b|os error (5|13)\b|Permission denied|Operation not permitted|WinError 5\b|"
            r"unable to open database file",
            re.I,
        ),
    ),
    (
        "文件太大，超过磁盘格式或系统的限制",
        "请换用别的磁盘",
        re.compile(r"Errno 27\b|os error 27\b|File too large", re.I),
    ),
    (
        "文件名太长",
        "请换用较短的文件夹或文件名",
        re.compile(r"Errno (36|63)\b|os error (36|206)\b|File name too long|WinError 206\b", re.I),
    ),
    (
        "磁盘或网络文件夹读写出错",
        "请看磁盘是否已满、是否损坏，网络是否通畅，然后再运行",
        re.compile(r"Errno 5\b|os error 5\b|Input/output error|disk I/O error", re.I),
    ),
)

# What a path may be instead of what was wanted. Of a path of ours it would be a fault of ours.
_MISTAKES = {
    errno.ENOENT: "没有这个文件夹",
    errno.ENOTDIR: "其中一段是文件，不是文件夹",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EEXIST: "已有同名的文件",
    errno.EINVAL: "不能用作文件名",
    errno.ELOOP: "链接绕成了圈",
    errno.EBUSY: "正被占用",
    errno.EXDEV: "在另一个磁盘上",
}


def reason(error: BaseException | str) -> str | None:
    """In a few words what the machine refused, None where it was not the machine."""
    found = _found(error)
    return found and found[0]


def at_a_path(error: OSError) -> str:
    """Why a path that a person wrote cannot be used; what is no refusal of the machine may be a mistake in the path."""
    return reason(error) or _MISTAKES.get(error.errno or 0) or error.strerror or str(error)


def sentence(error: BaseException | str) -> str | None:
    """What the machine refused, where, and what to do; None where it was not the machine."""
    found = _found(error)
    if found is None:
        return None
    what, advice, text = found
    place = _QUOTED.search(text)
    return f"{what}{f'（{place[1]}）' if place else ''}：{advice}。"


def _found(error: BaseException | str) -> tuple[str, str, str] | None:
    texts = [error] if isinstance(error, str) else _texts(error)
    for what, advice, words in _REASONS:
        for text in texts:
            if words.search(text):
                return what, advice, text
    return None


def _texts(error: BaseException) -> list[str]:
    """The error's words and those of what caused it."""
    texts: list[str] = []
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        # An error of the file system is known by its number alone; whose words say "denied" need not be one.
        if isinstance(cause, OSError) or type(cause).__module__.split(".")[0] not in {"builtins", "click"}:
            texts.append(str(cause))
        cause = cause.__cause__ or cause.__context__
    return texts
