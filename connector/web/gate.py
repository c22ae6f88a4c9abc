"""Every view says who it is for; a view that does not never starts.

The gate finds the cluster of the address, makes the viewer's Scope and hands both to the
view, with the connection to read by. Nothing else in the pages makes a Scope.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import Flask, abort, g
from flask.typing import ResponseReturnValue

from connector.audience import Scope, facilitator_scope, visitor_scope
from connector.store import reading
from connector.store.database import Connection
from connector.store.views import ClusterView
from connector.web.parts import the_parts
from connector.web.session import is_facilitator

Audience = Literal["anyone", "visitor", "facilitator"]
"""anyone: a page without anything that was read from a place, and outside any cluster;
visitor: everybody, each within their Scope; facilitator: nobody else."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at one cluster."""

    connection: Connection
    """Sees one consistent state until the answer is made."""
    cluster: ClusterView
    scope: Scope


View = Callable[..., ResponseReturnValue]


@dataclass(frozen=True, slots=True)
class Guarded:
    """A view behind the audience it declared; the only kind that may be a route."""

    audience: Audience
    view: View

    def __call__(self, **arguments: object) -> ResponseReturnValue:
        """Answer, or refuse with 403 or 404."""
        if self.audience == "anyone":
            return self.view(**arguments)
        facilitator = is_facilitator(the_parts().now())
        if self.audience == "facilitator" and not facilitator:
            abort(403)
        with the_parts().store.read() as connection:
            g.cluster = cluster = _cluster(connection, str(arguments.pop("slug")))
            make_scope = facilitator_scope if facilitator else visitor_scope
            return self.view(
                Visit(connection, cluster, make_scope(cluster.cluster_id)), **arguments
            )


def audience(name: Audience) -> Callable[[View], Guarded]:
    """Declare who a view is for; views of a cluster get a Visit as their first argument."""
    return lambda view: Guarded(name, view)


def require_audiences(app: Flask) -> None:
    """Refuse to start when a route does not say who it is for."""
    for rule in app.url_map.iter_rules():
        if not isinstance(app.view_functions.get(rule.endpoint), Guarded):
            raise TypeError(f"the route {rule.rule} does not declare its audience")


def _cluster(connection: Connection, slug: str) -> ClusterView:
    for cluster in reading.clusters(connection):
        if cluster.slug == slug:
            return cluster
    abort(404)
