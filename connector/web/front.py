"""What lies outside every cluster: the first page, the sign of life, the style."""

from flask import Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from connector.store import reading
from connector.web.gate import audience
from connector.web.parts import the_parts


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
    file = the_parts().files.get(name)
    if file is None:
        abort(404)
    response = Response(file.content, mimetype=file.media_type)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response
