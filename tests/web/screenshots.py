"""Takes pictures of every page, for people to look at: they are not kept with the code.

``python -m tests.web.screenshots FOLDER`` writes one picture for each page, width and colour
scheme, and says which pages scroll sideways.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from connector.store.database import open_database, sqlite_url
from connector.store.migrate import migrate
from connector.web.app import create_app
from tests.web.browser import Browser
from tests.web.garden import NOW, Garden, plant
from tests.web.serving import serving

SIZES = ((1280, 900), (360, 740))
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass(frozen=True)
class Shot:
    """One page to look at."""

    name: str
    path: str


def shots(ids: dict[str, int]) -> list[Shot]:
    """Return the pages, first those that show most."""
    here = "/c/tarapunga"
    return [
        Shot("news", f"{here}/"),
        Shot("search", f"{here}/search?q=whanau"),
        Shot("nothing-found", f"{here}/search?q=moa"),
        Shot("item", f"{here}/item/{ids['stream']}"),
        Shot("closed", f"{here}/item/{ids['closed']}"),
        Shot("waiting", f"{here}/item/{ids['waiting']}"),
        Shot("former", f"{here}/item/{ids['edited']}/former"),
        Shot("places", f"{here}/places"),
        Shot("announcements", f"{here}/announcements"),
        Shot("to-post", f"{here}/deliveries/5"),
        Shot("held", f"{here}/deliveries/3"),
        Shot("no-announcements", "/c/empty/announcements"),
        Shot("enter", "/enter/token"),
        Shot("empty", "/c/empty/"),
        Shot("no-places", "/c/empty/places"),
        Shot("clusters", "/"),
    ]


def take(browser: Browser, base: str, folder: Path, who: str, pages: list[Shot]) -> None:
    """Write the pictures of these pages."""
    for width, height in SIZES:
        for dark in (False, True):
            browser.size(width, height, dark=dark)
            for shot in pages:
                browser.go(base + shot.path)
                name = f"{who}-{shot.name}-{width}{'-dark' if dark else ''}.png"
                browser.picture(folder / name)
                for complaint in browser.complaints():
                    print(f"{name}: {complaint}")
                if browser.run(SIDEWAYS):
                    print(f"{name}: scrolls sideways")


def main(folder: Path) -> None:
    """Take all pictures, first as a visitor, then as a facilitator."""
    folder.mkdir(parents=True, exist_ok=True)
    store = open_database(sqlite_url(Path(tempfile.mkdtemp()) / "hub.db"))
    migrate(store, NOW)
    ids = plant(Garden(store))
    Garden(store, "empty", "Ōhinemutu Cluster")
    app = create_app(
        store=store,
        secret_key=b"only for pictures",
        facilitator_token="token",
        hosts=frozenset(),
        zone=ZoneInfo("Pacific/Auckland"),
        ask_for_run=lambda cluster_id, place: None,
        take_word=lambda cluster_id, number, said, url: None,
        now=lambda: NOW,
    )
    with serving(app) as base, Browser() as browser:
        take(browser, base, folder, "visitor", shots(ids))
        browser.go(f"{base}/enter/token")
        browser.click("document.querySelector('main button').click()")
        take(browser, base, folder, "facilitator", shots(ids))
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
