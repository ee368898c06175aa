"""What people open follows the pointer: papers, pages of each county, and the front page that leads to them."""

from __future__ import annotations

from pathlib import Path

from orchestration.publication.reader import current, opened
from orchestration.publication.reports import SITE, sync_reports
from orchestration.slips.writing import mend_slips


def follow(var: Path) -> list[Path]:
    """Bring papers and pages in line with the snapshot that the pointer names.

    Returns what could not be replaced because somebody has it open. Called under the load lock.
    """
    mend_slips(var)
    snapshot = current(var)
    held = sync_reports(var, snapshot) if snapshot else []
    if snapshot is not None and (var / SITE).is_dir():
        from orchestration.site.front import build_front_page

        with opened(snapshot) as connection:
            build_front_page(var / SITE, connection, snapshot.partitions)
    return held
