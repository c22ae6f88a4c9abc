"""The last judge: a real browser is shown every payload after cleaning, with nothing to guard it.

The page has no Content-Security-Policy on purpose; the hub's pages have a strict one as well.
"""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from connector.html import clean
from tests.hostile.judge import ATTRIBUTES, TAGS
from tests.hostile.payloads import CONTEXTS, payloads
from tests.web.browser import CHROMIUM, Browser
from tests.web.serving import serving

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs chromium on PATH")

# What payloads call; whoever calls it is counted.
WATCH = """<!doctype html><meta charset=utf-8><script>
window.hits = 0;
window.hit = window.alert = window.prompt = window.confirm = () => { window.hits += 1; return 'x'; };
</script><main>"""
STRANGE = """
(() => {
  const tags = new Set(TAGS), names = new Set(ATTRIBUTES), found = [];
  for (const e of document.querySelectorAll('main *')) {
    if (e.namespaceURI !== 'http://www.w3.org/1999/xhtml') found.push('namespace of ' + e.tagName);
    if (!tags.has(e.localName)) found.push(e.localName);
    for (const a of e.attributes) if (!names.has(a.name)) found.push(a.name + ' of ' + e.localName);
    if (e.localName === 'a' && e.getAttribute('href') !== null
        && !['http:', 'https:', 'mailto:'].includes(e.protocol)) found.push(e.protocol);
    if (e.host === location.host) found.push('a link into this site: ' + e.getAttribute('href'));
  }
  return found;
})()
"""


@pytest.fixture
def shown() -> Iterator[tuple[Browser, str]]:
    """A browser, and the address of two pages: ``/raw`` and ``/clean``."""
    texts = [context.replace("{}", payload) for context in CONTEXTS[:5] for payload in payloads()]
    app = Flask(__name__)

    @app.get("/clean")
    def _clean() -> str:
        return WATCH + "".join(f"<div>{clean(text)}</div>\n" for text in texts) + "</main>"

    @app.get("/raw")
    def _raw() -> str:
        return f"{WATCH}<img src=x onerror=hit()><svg onload=hit()></svg></main>"

    with serving(app) as address, Browser() as browser:
        yield browser, address


def test_nothing_runs_and_nothing_strange_stands_on_the_page(
    shown: tuple[Browser, str],
) -> None:
    browser, address = shown
    browser.go(f"{address}/raw")
    assert browser.run("window.hits") > 0  # the watch works
    browser.go(f"{address}/clean")
    script = STRANGE.replace("TAGS", json.dumps(sorted(TAGS))).replace(
        "ATTRIBUTES", json.dumps(sorted(ATTRIBUTES))
    )
    assert browser.run(script) == []
    assert browser.run("window.hits") == 0
    assert browser.run("document.querySelectorAll('main > div').length") >= len(payloads()) * 5
