"""File names of papers that bear a school's name: fit for every file system, whatever the name holds; and where the
Word templates are."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

WORD_TEMPLATES = Path(__file__).parent / "templates"
_UNSAFE = re.compile(r"[\\/:*?\"<>|]")
_LONGEST_NAME = 40  # characters; most systems allow 255 bytes


def safe_stem(code: str, name: str) -> str:
    """File name without its ending: code and name. The code keeps it unique, and no part of it is a path."""
    text = "".join("" if unicodedata.category(char) in ("Cc", "Cs", "Cf") else char for char in name)
    return f"{code}_{_UNSAFE.sub('', text).strip('. ')[:_LONGEST_NAME]}".rstrip("_. ")
