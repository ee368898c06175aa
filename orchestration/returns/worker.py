"""A process that reads files for its parent: what a hostile workbook breaks, it breaks here.

Frames on stdin and stdout are a length of eight bytes and a pickle. A request is (module, function, arguments), an
answer (True, result) or (False, what went wrong). The end of stdin is the end of the process, so that it never
outlives its parent.
"""

from __future__ import annotations

import importlib
import os
import pickle
import struct
import sys
from typing import BinaryIO, cast

MAX_MEMORY_BYTES = 768 * 1024 * 1024  # address space; reading an ordinary workbook takes a tenth of it
LENGTH = struct.Struct("<Q")


def write_frame(stream: BinaryIO, content: object) -> None:
    """Send one pickled object."""
    data = pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def read_frame(stream: BinaryIO) -> object:
    """Receive one object. Raises EOFError where the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (size,) = LENGTH.unpack(head)
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - both ends are this program


def main() -> None:
    """Serve until stdin ends."""
    _limit_memory()
    # Whatever a library prints must not get between the frames.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    requests = sys.stdin.buffer
    write_frame(answers, (True, os.getpid()))
    while True:
        try:
            request = cast("tuple[str, str, tuple[object, ...]]", read_frame(requests))
        except EOFError:
            return
        write_frame(answers, _answer(*request))


def _answer(module: str, function: str, arguments: tuple[object, ...]) -> tuple[bool, object]:
    try:
        return True, getattr(importlib.import_module(module), function)(*arguments)
    except MemoryError:
        return False, "读取所需的内存超过上限"
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a panic in native code arrives as a BaseException of its own
        return False, f"{type(error).__name__}: {error}"[:200]


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


if __name__ == "__main__":
    main()
