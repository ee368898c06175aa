"""What the office's machine runs before anything of ours is installed there.

``install.py`` needs Python alone. The shell and batch files beside it only look for a Python and start it, so that
every message in Chinese is written by Python, which knows how the screen wants it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).resolve().parent


def files_for(sys_platform: str, sources: Mapping[str, bytes]) -> dict[str, bytes]:
    """The scripts and texts of one system, by name, in the encoding and with the line ends that system reads.

    ``sources``: the files of this folder, by name.

    Batch files are ASCII with CRLF: cmd.exe reads them in whatever code page is set, and loses its place in a file of
    UTF-8. What they have to say themselves lies in ``not_installed.txt``, UTF-16 with a byte order mark, which ``type``
    shows rightly in every code page. ``说明.txt`` has a mark too, for editors that would otherwise take it for GBK.
    Raises KeyError for a file that is not there, UnicodeEncodeError for a batch file that is not ASCII.
    """

    def text(name: str) -> str:
        return sources[name].decode("utf-8")

    def crlf(content: str) -> str:
        return content.replace("\n", "\r\n")

    common = {
        "install.py": text("install.py").encode(),
        "说明.txt": crlf(text("instructions.txt")).encode("utf-8-sig"),
    }
    if sys_platform == "win32":
        return common | {
            "install.bat": crlf(text("install.bat")).encode("ascii"),
            "junheng.bat": crlf(text("junheng.bat")).encode("ascii"),
            "not_installed.txt": b"\xff\xfe" + crlf(text("not_installed.txt")).encode("utf-16-le"),
        }
    return common | {name: text(name).encode() for name in ("install.sh", "junheng.sh")}
