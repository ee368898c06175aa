"""The site of Huantai, built once, and a browser that opens it from the disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, Page, expect, sync_playwright

from orchestration.publication.pointer import read_current
from orchestration.publication.reader import connect
from orchestration.site.front import build_front_page
from tests.browser.tools import build_county
from tests.e2e.conftest import huantai, worker_id

__all__ = ["huantai", "worker_id"]  # one load for the whole run
SCREENSHOTS = Path(__file__).parent / "screenshots"
expect.set_options(timeout=30_000)  # a busy machine needs more than playwright's five seconds


@pytest.fixture(scope="session")
def site(huantai: Path, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """``var/site`` of the load of Huantai, front page and Data Docs included; treat it as read-only."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "huantai_site"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.exists():
            snapshot = read_current(huantai)
            assert snapshot is not None
            building = folder.with_suffix(".building")
            with connect(snapshot.duckdb) as connection:
                for record in snapshot.partitions:
                    build_county(building / str(record.year) / record.county, huantai, connection, record)
                build_front_page(building, connection, snapshot.partitions)
            building.rename(folder)
    return folder


@pytest.fixture(scope="session")
def county(site: Path) -> Path:
    """The folder of Huantai's pages."""
    return site / "2017" / "370321"


@dataclass
class Opened:
    """A page, and what it did that it must not: console messages, errors, requests that leave the disk."""

    page: Page
    faults: list[str] = field(default_factory=lambda: [])

    def open(self, path: Path, anchor: str = "") -> Page:
        """Open a file, and wait until its charts are drawn."""
        self.page.goto(path.as_uri() + anchor)
        # Not wait_for_function: it evaluates text again while it waits, and the pages' own policy forbids that.
        expect(self.page.locator("figure[data-chart]:not([data-drawn]):not([hidden])")).to_have_count(0)
        return self.page

    def shoot(self, name: str) -> None:
        """Keep a picture: CI keeps the folder."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=str(SCREENSHOTS / f"{name}.png"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed (Debian: apt-get install chromium fonts-noto-cjk)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture(params=["desktop"])
def opened(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Opened]:
    """A page of desktop or phone size; at the end it must have done nothing wrong."""
    width, height = {"desktop": (1366, 900), "phone": (390, 844)}[request.param]
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    found = Opened(context.new_page())
    page = found.page
    page.on("console", lambda message: found.faults.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: found.faults.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (found.faults.append(f"dialog: {dialog.message}"), dialog.dismiss())[1])
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(("file:", "data:")) else found.faults.append(f"request: {request.url}")
        ),
    )
    yield found
    context.close()
    assert found.faults == []
