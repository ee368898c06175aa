"""A file system for DuckDB that knows some files, by number, and can do nothing but read them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from fsspec import AbstractFileSystem  # pyright: ignore[reportMissingTypeStubs]

PROTOCOL = "snapshot"
_NEVER_CHANGED = datetime(2000, 1, 1, tzinfo=UTC)


class _File(BufferedReader):
    """DuckDB lets go of its files without closing them."""

    def __del__(self) -> None:
        self.close()


class ReadOnly(AbstractFileSystem):
    """Whatever else a file system does is left as the base class has it: not implemented, or built on ``open``."""

    protocol = PROTOCOL
    cachable = False

    def __init__(self, paths: Iterable[Path]) -> None:
        super().__init__()  # pyright: ignore[reportUnknownMemberType]
        self._paths = list(paths)
        self._numbers = {path: number for number, path in enumerate(self._paths)}
        self._sizes: dict[int, int] = {}
        # What kept a file from being read: DuckDB tells it with a traceback.
        self.problem: OSError | None = None

    def name(self, path: Path) -> str:
        """What the file is called here. Raises KeyError for others."""
        return f"{PROTOCOL}://{self._numbers[path]}"

    def open(self, path: str, mode: str = "rb", *_: object, **__: object) -> Any:
        """The file, to be read."""
        if mode != "rb":
            raise PermissionError(path)
        number = self._number(path)
        try:
            return _File(FileIO(self._paths[number]))
        except OSError as error:
            self.problem = error
            raise

    def info(self, path: str, **_: object) -> dict[str, object]:
        """Size and kind: DuckDB asks often, and a file never changes."""
        number = self._number(path)
        if number not in self._sizes:
            try:
                self._sizes[number] = self._paths[number].stat().st_size
            except OSError as error:
                self.problem = error
                raise
        return {"name": path, "size": self._sizes[number], "type": "file"}

    def modified(self, path: str) -> datetime:  # noqa: ARG002
        """Never."""
        return _NEVER_CHANGED

    def ls(self, path: str, detail: bool = True, **_: object) -> Any:  # noqa: ARG002
        """Nothing can be listed."""
        raise FileNotFoundError(path)

    def _number(self, path: str) -> int:
        number = str(path).removeprefix(f"{PROTOCOL}://")
        if not number.isdecimal() or int(number) >= len(self._paths):
            raise FileNotFoundError(path)
        return int(number)
