"""``python -m tests.kills [--kills N] [--seed S] [--folder DIR]``: kill, look, tidy, again; the log goes to stdout."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path


def main() -> int:
    """0 where everything was whole after every kill."""
    parser = argparse.ArgumentParser(prog="python -m tests.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20171221)
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder by default")
    parser.add_argument("--no-disks", action="store_true", help="leave out full and read-only disks")
    wanted = parser.parse_args()
    from tests.kills import disks
    from tests.kills.series import Series

    with tempfile.TemporaryDirectory(prefix="kills-") as temporary:
        begin = time.monotonic()
        series = Series(wanted.folder or Path(temporary), wanted.seed)
        series.prepare()
        series.strike(wanted.kills)
        series.finish()
        series.secrets()
        if not (series.wrong or wanted.no_disks):
            disks.run(series)
        print(series.summary(), f"{time.monotonic() - begin:.0f} s")
    return 1 if series.wrong else 0


if __name__ == "__main__":  # reading processes import this module by another name
    sys.exit(main())
