"""What lies outside every cluster: the first page, the sign of life, the style."""

from pathlib import Path
from zlib import crc32

from flask import Response, redirect, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from connector.store import reading
from connector.web.gate import audience
from connector.web.parts import the_parts

STATIC = Path(__file__).parent / "static"
_YEAR_SECONDS = 365 * 24 * 3600


@audience("anyone")
def home() -> ResponseReturnValue:
    """Go to the only cluster, or list them by name."""
    with the_parts().store.read() as connection:
        clusters = reading.clusters(connection)
    if len(clusters) == 1:
        return redirect(url_for("news", slug=clusters[0].slug))
    return render_template("clusters.html", clusters=clusters)


@audience("anyone")
def healthz() -> ResponseReturnValue:
    """Say that this process answers."""
    return Response("ok\n", mimetype="text/plain")


@audience("anyone")
def static(name: str) -> ResponseReturnValue:
    """Give a file of the pages' own; its address changes whenever it does."""
    response = send_from_directory(STATIC, name, max_age=_YEAR_SECONDS)
    response.cache_control.public = True
    response.cache_control.immutable = True
    return response


def style_version() -> str:
    """Return a short mark of all files in ``static/``."""
    mark = 0
    for path in sorted(STATIC.iterdir()):
        mark = crc32(path.read_bytes(), mark)
    return f"{mark:08x}"
