"""An auditor's way through the site: keyboard and mouse, desktop and phone, screen and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Opened

FAILING = "2137032101"  # 桓台县第一小学: short of the standard and the floor of B3–B6
PAGES = {
    "overview": "index.html",
    "indicator_B4": "indicators/B4.html",
    "indicator_B10": "indicators/B10.html",
    "indicator_B23": "indicators/B23.html",
    "school": f"schools/{FAILING}.html",
    "figures": f"figures/{FAILING}.html",
    "gaps": "gaps.html",
    "schools": "schools.html",
    "faults": "faults.html",
}
both = pytest.mark.parametrize("opened", ["desktop", "phone"], indirect=True)


# Axe looks at every node; rows, and figures, of one kind are all alike.
SHORTEN = """() => {
    for (const body of document.querySelectorAll("tbody")) [...body.rows].slice(6).forEach(row => row.remove());
    [...document.querySelectorAll("main section.figure")].slice(5).forEach(figure => figure.remove());
}"""


def serious(opened: Opened) -> list[tuple[str, str, str]]:
    """What axe finds serious or critical: rule, element, what it says. The page is shortened for it."""
    opened.page.evaluate(SHORTEN)
    found = Axe().run(opened.page)["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    return [(one["id"], one["nodes"][0]["html"], one["help"]) for one in grave]


def test_from_the_overview_to_the_cell_of_a_failing_school_and_back(opened: Opened, site: Path) -> None:
    page = opened.open(site / "index.html")
    page.get_by_role("link", name="桓台县").click()
    page.locator(".glance").get_by_role("link", name=re.compile("^B4 ")).click()
    page.locator("#sections").get_by_role("link", name="桓台县第一小学").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^桓台县第一小学"))
    page.locator("#gap-rows tr", has_text="B4").first.get_by_role("link", name="算式和单元格").click()
    figure = page.locator("section.figure:target")
    expect(figure).to_be_visible()
    assert "值 = 分子 ÷ 分母 = 6767.4 ÷ 2350 = 2.8797㎡/生" in figure.inner_text()
    assert "分子 = 7587.4 − 820 = 6767.4" in figure.inner_text()
    marked = figure.locator("td.here")
    assert {text.strip() for text in marked.all_inner_texts()} == {"7587.4", "820", "2350"}
    caption = figure.locator("figcaption").first.inner_text()
    assert "桓台县第一小学.xlsx › 基础基512 › E10" in caption
    assert re.search(r"sha256 [0-9a-f]{64}", caption)
    opened.shoot("desktop_cell")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^桓台县第一小学"))
    page.get_by_role("link", name="各县各学年").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("各县各学年")


def test_search_and_filters_and_the_address_that_keeps_them(opened: Opened, county: Path) -> None:
    page = opened.open(county / "gaps.html")
    rows = page.locator("#gap-rows tbody tr:visible")
    all_rows = rows.count()
    page.get_by_label("查找").fill("第一小学 B4")
    expect(rows).not_to_have_count(all_rows)
    assert rows.count() > 0
    assert all("第一小学" in text and "B4" in text for text in rows.all_inner_texts())
    page.get_by_role("button", name="清除").click()
    expect(rows).to_have_count(all_rows)
    page.get_by_label("乡镇").select_option("索镇")
    page.get_by_label("指标").select_option("B6")
    page.get_by_label("责任单位").select_option("县财政局")
    page.get_by_label("结论").select_option("不达标")
    expect(page.locator("output")).not_to_have_text(f"显示 {all_rows} / {all_rows} 行")
    shown = rows.all_inner_texts()
    assert shown
    assert all("索镇" in text and "B6" in text and "县财政局" in text for text in shown)
    assert page.locator("output").inner_text() == f"显示 {len(shown)} / {all_rows} 行"
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(rows).to_have_count(len(shown))
    assert rows.all_inner_texts() == shown


def test_the_overview_leads_to_the_gaps_of_an_indicator(opened: Opened, county: Path) -> None:
    page = opened.open(county / "index.html")
    link = page.locator("#indicators tr", has_text="B12").locator("a[href^='gaps.html#']")
    expected = int(link.inner_text())
    link.click()
    expect(page.get_by_label("指标")).to_have_value("B12")
    expect(page.locator("#gap-rows tbody tr:visible")).to_have_count(expected)


def test_sorting_by_keyboard(opened: Opened, county: Path) -> None:
    page = opened.open(county / "indicators" / "B4.html")
    head = page.locator("#sections thead th", has_text=re.compile("^值"))
    head.first.locator("button").focus()
    values = "[...document.querySelectorAll('#sections tbody tr')].map(r => parseFloat(r.cells[5].dataset.v))"
    page.keyboard.press("Enter")
    expect(head.first).to_have_attribute("aria-sort", "ascending")
    rising = page.evaluate(values)
    assert rising == sorted(rising)
    page.keyboard.press("Space")
    expect(head.first).to_have_attribute("aria-sort", "descending")
    assert page.evaluate(values) == sorted(rising, reverse=True)
    assert page.locator("#sections th[aria-sort]").count() == 1


def test_the_first_tab_leads_past_the_navigation(opened: Opened, county: Path) -> None:
    page = opened.open(county / "gaps.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_way_past_the_navigation_leaves_the_filters_alone(opened: Opened, county: Path) -> None:
    page = opened.open(county / "gaps.html")
    rows = page.locator("#gap-rows tbody tr:visible")
    all_rows = page.locator("#gap-rows tbody tr").count()
    page.get_by_label("查找").fill("第一小学 B4")
    page.get_by_label("指标").select_option("B4")
    expect(rows).not_to_have_count(all_rows)
    shown = rows.all_inner_texts()
    assert shown
    page.get_by_role("link", name="跳到正文").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")  # whatever follows the jump has happened by now
    expect(page.get_by_label("查找")).to_have_value("第一小学 B4")
    expect(page.locator("output")).to_have_text(f"显示 {len(shown)} / {all_rows} 行")
    assert rows.all_inner_texts() == shown


def test_charts_show_every_section_and_who_drives_the_coefficient(opened: Opened, county: Path) -> None:
    page = opened.open(county / "indicators" / "B5.html")
    points = page.locator("figure[data-chart=spread] .mark-symbol.role-mark path")
    rows = page.locator("#sections tbody tr").count()
    assert points.count() == rows
    text = page.locator("figure[data-chart=waterfall]").first.inner_text()
    first = page.locator("#sections tbody tr", has_text="小学").filter(
        has=page.locator("td:nth-child(15):text-is('1')")
    )
    assert first.locator("th").inner_text() in text
    assert first.locator("td").nth(11).inner_text() in text
    assert page.locator(".canvas").first.get_attribute("aria-label")


# Which words of a chart of sections stand over which of its marks: boxes that overlap.
COVERED = """() => [...document.querySelectorAll("figure[data-chart=spread]")].flatMap(figure => {
    const box = one => [one.textContent, one.getBoundingClientRect()];
    const boxes = query => [...figure.querySelectorAll(query)].map(box);
    const words = boxes(".mark-text.role-mark text"), marks = boxes(".mark-symbol.role-mark path");
    if (!words.length || !marks.length) { return [figure.id]; }
    const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return words.flatMap(([said, word]) => marks.filter(([, mark]) => over(word, mark)).map(() => said));
})"""


@both
@pytest.mark.parametrize("indicator", [f"B{number}" for number in range(1, 8)])
def test_what_a_line_is_called_covers_no_school(opened: Opened, county: Path, indicator: str) -> None:
    assert opened.open(county / "indicators" / f"{indicator}.html").evaluate(COVERED) == []


@both
@pytest.mark.parametrize("name", PAGES)
def test_pages_look_right_and_axe_finds_nothing_serious(opened: Opened, county: Path, name: str) -> None:
    page = opened.open(county / PAGES[name])
    size = "phone" if page.viewport_size == {"width": 390, "height": 844} else "desktop"
    opened.shoot(f"{size}_{name}")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"
    if size == "desktop" or name in {"overview", "school"}:
        assert serious(opened) == []


@both
def test_the_front_page(opened: Opened, site: Path) -> None:
    page = opened.open(site / "index.html")
    size = "phone" if page.viewport_size == {"width": 390, "height": 844} else "desktop"
    opened.shoot(f"{size}_front")
    assert serious(opened) == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_on_paper_the_table_is_whole_and_the_tools_are_gone(opened: Opened, county: Path) -> None:
    page = opened.open(county / "gaps.html", "#indicator=B3")
    page.emulate_media(media="print")
    assert page.locator("form.filters").is_hidden()
    assert page.locator(".top nav").is_hidden()
    assert page.locator("#gap-rows tbody tr:visible").count() > 0
    assert page.evaluate("getComputedStyle(document.querySelector('.wide')).overflowX") == "visible"
    opened.shoot("print_gaps")
    assert page.pdf(format="A4", landscape=True).startswith(b"%PDF")


def test_without_scripts_everything_is_there_but_the_charts(browser: Browser, county: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto((county / "indicators" / "B4.html").as_uri())
        assert page.locator("#sections tbody tr").count() == 67
        assert page.locator("form.filters").first.is_hidden()
        assert page.get_by_text("图由脚本绘制").first.is_visible()
