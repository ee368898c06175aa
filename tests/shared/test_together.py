"""Several publishers and readers at once, for seconds; ``make soak`` is the same for minutes, and with killing."""

from __future__ import annotations

from pathlib import Path

from tests.shared.conftest import Lake
from tests.shared.soak import run


def test_nothing_is_lost_doubled_or_half_seen(lake: Lake, tmp_path: Path) -> None:
    said: list[str] = []
    account = run(tmp_path / "work", lake.server, 15, publishers=3, readers=2, kills=False, say=said.append)
    assert account.wrong == []
    assert account.published >= 2
    assert account.reads >= 2
