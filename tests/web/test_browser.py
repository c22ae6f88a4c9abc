"""What only a real browser can tell: widths, colours, keys, and what a person does."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store.database import Store, open_database, sqlite_url
from connector.store.migrate import migrate
from tests.web.browser import CHROMIUM, Browser
from tests.web.garden import NOW, Garden, plant, record
from tests.web.making import TOKEN, make_app
from tests.web.serving import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on PATH")

HERE = "/c/tarapunga"
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

# Text nodes whose colour stands out by less than 4.5:1 from what lies behind them.
PALE = """
(() => {
  const light = c => { const v = c / 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => .2126 * light(r) + .7152 * light(g) + .0722 * light(b);
  const colour = text => text.match(/[\\d.]+/g).map(Number);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const c = colour(getComputedStyle(e).backgroundColor);
      if (c.length === 3 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !e.getClientRects().length) continue;
    const a = luminance(colour(getComputedStyle(e).color)), b = luminance(behind(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) found.push(walker.currentNode.data.trim() + ' ' + ratio.toFixed(2));
  }
  return found;
})()
"""

# What can be pressed and is smaller than 24 by 24, except links within a sentence.
SMALL = """
[...document.querySelectorAll('a, button, summary, select, input:not([type=hidden])')]
  .filter(e => !e.closest('.prose, .skip, .empty, .quiet, .answers') && e.getClientRects().length)
  .filter(e => { const r = e.getBoundingClientRect(); return r.width < 24 || r.height < 24; })
  .map(e => e.textContent.trim() + ' ' + e.getBoundingClientRect().height)
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = open_database(sqlite_url(Path(tmp_path_factory.mktemp("hub")) / "hub.db"))
    migrate(opened, NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def ids(store: Store) -> dict[str, int]:
    garden = Garden(store)
    found = plant(garden)
    bed = garden.place("w" * 90, "W" * 190, host="w" * 60 + ".example.nz", school="W" * 150)
    [found["wide"]] = garden.keep(
        bed,
        record(1, "W" * 280, f"<p>{'w' * 900}</p><pre>{'w ' * 300}</pre><table><tr>"
               + "<td>wwwwwwww</td>" * 30 + "</tr></table>", bed=bed, author="W" * 200,
               tags=("w" * 200,)),
    )  # fmt: skip
    garden.verdict(bed, "attention", "https://" + "w" * 300)
    return found


@pytest.fixture(scope="module")
def base(store: Store, ids: dict[str, int]) -> Iterator[str]:
    app = make_app(store, ask_for_run=lambda cluster_id, place: None)
    with serving(app) as address:
        yield address


@pytest.fixture(scope="module")
def shown() -> Iterator[Browser]:
    with Browser() as started:
        yield started


@pytest.fixture
def browser(shown: Browser) -> Browser:
    """The same browser for all, without what the last test left in it."""
    shown.ask("Network.clearBrowserCookies")
    return shown


@pytest.fixture
def inside(browser: Browser, store: Store, ids: dict[str, int]) -> Iterator[str]:
    """A server that has already let this browser in as a facilitator."""
    app = make_app(store, ask_for_run=lambda cluster_id, place: None)
    with serving(app) as address:
        browser.go(f"{address}/enter/{TOKEN}")
        browser.click("document.querySelector('main button').click()")
        yield address


def pages_of(ids: dict[str, int]) -> list[str]:
    return [
        f"{HERE}/", f"{HERE}/?kind=post", f"{HERE}/search?q=whanau", f"{HERE}/search?q=moa",
        f"{HERE}/item/{ids['stream']}", f"{HERE}/item/{ids['wide']}",
        f"{HERE}/item/{ids['waiting']}", f"{HERE}/item/{ids['edited']}/former", f"{HERE}/places",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [320, 360, 900, 1280])
def test_no_page_scrolls_sideways(
    browser: Browser, inside: str, ids: dict[str, int], width: int
) -> None:
    browser.size(width, 740)
    for path in pages_of(ids):
        browser.go(inside + path)
        assert not browser.run(SIDEWAYS), path


@pytest.mark.parametrize("dark", [False, True])
def test_all_words_stand_out_from_what_is_behind_them(
    browser: Browser, inside: str, ids: dict[str, int], dark: bool
) -> None:
    browser.size(1280, 900, dark=dark)
    for path in pages_of(ids):
        browser.go(inside + path)
        assert browser.run(PALE) == [], path


def test_what_can_be_pressed_is_large_enough_for_a_finger(
    browser: Browser, inside: str, ids: dict[str, int]
) -> None:
    browser.size(360, 740)
    for path in pages_of(ids):
        browser.go(inside + path)
        assert browser.run(SMALL) == [], path


def test_the_strict_policy_hinders_nothing_of_ours(
    browser: Browser, inside: str, ids: dict[str, int]
) -> None:
    browser.size(1280, 900)
    for path in pages_of(ids):
        browser.go(inside + path)
        assert browser.complaints() == [], path
    assert browser.run("getComputedStyle(document.body).display") == "flex"


def test_the_first_tab_offers_to_skip_to_the_content(browser: Browser, base: str) -> None:
    browser.size(1280, 900)
    browser.go(f"{base}{HERE}/")
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.textContent") == "Skip to the content"
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")
    browser.press("Enter", 13, "\r")
    assert browser.run("location.hash") == "#main"


def test_the_choice_is_open_where_there_is_room_and_folded_on_a_phone(
    browser: Browser, base: str
) -> None:
    shown = "document.querySelector('#f-school').checkVisibility({contentVisibilityAuto: true})"
    browser.size(1280, 900)
    browser.go(f"{base}{HERE}/")
    assert browser.run(shown)
    browser.size(360, 740)
    browser.go(f"{base}{HERE}/")
    assert not browser.run(shown)
    browser.run("document.querySelector('summary').click()")
    assert browser.run("document.querySelector('summary').parentElement.open")


def test_a_facilitator_comes_in_searches_reads_and_leaves(
    browser: Browser, store: Store, ids: dict[str, int]
) -> None:
    browser.size(360, 740)
    with serving(make_app(store)) as base:
        browser.go(f"{base}/enter/{TOKEN}")
        browser.click("document.querySelector('main button').click()")
        assert "You see everything" in browser.run("document.body.innerText")
        browser.run("document.querySelector('[name=q]').value = 'whānau'")
        browser.click("document.querySelector('.search button').click()")
        assert "2 posts and replies with “whānau”" in browser.run("document.body.innerText")
        browser.click("document.querySelector('article a').click()")
        assert browser.run("document.querySelector('h1').innerText") == (
            "What lives under the stones"
        )
        browser.click("document.querySelector('.bar button').click()")
        assert "You see everything" not in browser.run("document.body.innerText")
        assert "Release day on Friday" not in browser.run("document.body.innerText")
