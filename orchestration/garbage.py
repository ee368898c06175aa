"""Python's collector, told what a load is like: what is imported (a million objects) stays until the process ends.

Looking through it again and again, and once more at the end, would take an eighth of a county's load.
"""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Let many more objects come into being between two collections."""
    gc.set_threshold(100_000, 50, 100)


def keep_what_is_there() -> None:
    """Leave out what exists now from all further collections, the last one included."""
    gc.freeze()
