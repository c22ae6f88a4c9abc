"""Starts and stops the stand-ins: one process, loopback only, one port for each blog.

One thread accepts for all of them and every connection has a thread of its own. What a blog
answers is decided in ``blogs``; this module knows sockets, faults and who asked for what. The
cluster's Moodle has a server of its own kind, ``vln``, that starts, steps and stops along.
"""

import selectors
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from types import TracebackType
from typing import Self

from sample_cluster import blogs
from sample_cluster.answers import Answer, Request, html_answer, resolve
from sample_cluster.blogs import turned_away
from sample_cluster.connections import Connection, encoded
from sample_cluster.faults import Fault, FaultKind
from sample_cluster.moodle.server import MoodleServer
from sample_cluster.moodle.vln import vln_site
from sample_cluster.posts import Blog, BlogKind, Health
from sample_cluster.wordpress_rest import path_of
from sample_cluster.wordpress_writing import Desk
from sample_cluster.world import ExpectedBlog, World

_LOOPBACK = "127.0.0.1"
_KEPT_ANSWERS = 4000


@dataclass(frozen=True, slots=True)
class Seen:
    """One request that a blog got, and the status it gave; None where it gave none."""

    method: str
    target: str
    headers: Mapping[str, str]
    status: int | None


class SampleServers:
    """The blogs and the Moodle of a world, each listening at its own address in the context.

    Args:
        world: What to show.
        ports: The first port; the blogs take this one and those that follow, the Moodle the
            next one. None lets the system choose.
        step: Where in the scripted history to begin.
    """

    def __init__(self, world: World, ports: int | None = None, step: int = 0) -> None:
        self.world = world
        self.step = step
        self.addresses: Mapping[str, str] = {}
        """Blog slug -> ``http://127.0.0.1:PORT``, without a final slash."""
        self.vln: MoodleServer
        """The cluster's Moodle, once the context has begun."""
        self._first_port = ports
        self._listeners: dict[str, socket.socket] = {}
        self._connections: set[Connection] = set()
        self._faults: dict[str, Fault] = {}
        self._seen: dict[str, list[Seen]] = {blog.slug: [] for blog in world.blogs}
        self.desks: Mapping[str, Desk] = {blog.slug: Desk() for blog in world.blogs}
        """What programs wrote on each WordPress; see ``wordpress_writing``."""
        self._answers: dict[tuple[str, ...], bytes] = {}
        self._lock = threading.Condition()
        self._selector = selectors.DefaultSelector()
        self._waker, self._wakened = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._accept_for_all, name="sample-cluster")

    def __enter__(self) -> Self:
        """Return when every blog listens; raises OSError where a port is taken."""
        self.world.at(self.step)
        self._selector.register(self._wakened, selectors.EVENT_READ, None)
        try:
            for index, blog in enumerate(self.world.blogs):
                port = self._first_port + index if self._first_port else 0
                self._listeners[blog.slug] = self._bound(port)
            self.addresses = {slug: _address(s) for slug, s in self._listeners.items()}
            self.vln = self._opened_vln()
        except OSError:
            self._close_sockets()
            raise
        self._settle()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Return when nothing listens and no thread is left."""
        self.vln.__exit__(kind, error, trace)
        self._stopping = True
        self._wake()
        self._thread.join()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
            connection.join()
        self._close_sockets()

    def address(self, blog: Blog | str) -> str:
        """Return what a person would type to reach this blog."""
        found = blog if isinstance(blog, Blog) else self._blog(blog)
        return self.addresses[found.slug] + found.address_path

    def advance(self, step: int | None = None) -> int:
        """Show the world after this step (default: the next one); return which it is."""
        with self._lock:
            self.step = min(self.step + 1 if step is None else step, self.world.last_step)
            self.world.at(self.step)
            self._answers.clear()
        self._settle()
        self.vln.show(vln_site(self.world, self.step, self.addresses))
        return self.step

    def fault(
        self,
        blog: Blog | str,
        kind: FaultKind | str,
        *,
        retry_after: int | None = None,
        times: int | None = None,
        path: str = "",
        method: str = "",
    ) -> None:
        """Let a blog fail from now on, or for so many requests.

        Args:
            blog: Which one; a former fault of it ends.
            kind: What goes wrong.
            retry_after: Seconds, told with 429 and 503; None leaves the header out.
            times: How many requests meet the fault; a refused connection is not counted.
            path: Only addresses that begin like this fail: ``/wp-json/`` closes REST alone.
            method: Only requests of this method fail: ``POST`` lets reading go on.
        """
        with self._lock:
            self._faults[_slug(blog)] = Fault(FaultKind(kind), retry_after, times, path, method)
        self._settle()

    def mend(self, blog: Blog | str) -> None:
        """End a fault; connections of that time, and requests that hang, are cut off."""
        slug = _slug(blog)
        with self._lock:
            self._faults.pop(slug, None)
            open_ones = [one for one in self._connections if one.slug == slug]
        for connection in open_ones:
            connection.hang_up()
        self._settle()

    def requests(self, blog: Blog | str) -> tuple[Seen, ...]:
        """Return what a blog was asked since the start or the last ``forget``, in order."""
        with self._lock:
            return tuple(self._seen[_slug(blog)])

    def wait_for(self, blog: Blog | str, count: int = 1, timeout_seconds: float = 10.0) -> bool:
        """Return once a blog was asked so often since the last ``forget``; False when too late."""
        seen = self._seen[_slug(blog)]
        with self._lock:
            return self._lock.wait_for(lambda: len(seen) >= count, timeout_seconds)

    def forget(self) -> None:
        """Forget all requests so far."""
        with self._lock:
            for seen in self._seen.values():
                seen.clear()

    def expected(self) -> dict[str, ExpectedBlog]:
        """Return what a hub should know now, with real addresses."""
        return {
            slug: replace(
                blog,
                posts=tuple(
                    replace(
                        post,
                        guid=resolve(post.guid, self.addresses),
                        permalink=resolve(post.permalink, self.addresses),
                    )
                    for post in blog.posts
                ),
            )
            for slug, blog in self.world.expected(self.step).items()
        }

    def _opened_vln(self) -> MoodleServer:
        site = vln_site(self.world, self.step, self.addresses)
        port = self._first_port + len(self.world.blogs) if self._first_port else None
        return MoodleServer(site, port).__enter__()

    def _close_sockets(self) -> None:
        for each in (*self._listeners.values(), self._waker, self._wakened):
            each.close()
        self._selector.close()

    def _blog(self, slug: str) -> Blog:
        return next(blog for blog in self.world.blogs if blog.slug == slug)

    def _settle(self) -> None:
        """Close and open listeners until they fit the world and its faults."""
        sites = self.world.at(self.step).sites
        with self._lock:
            for slug in self._listeners:
                refuses = sites[slug].health is Health.REFUSING
                fault = self._faults.get(slug)
                refuses = refuses or bool(fault and fault.kind is FaultKind.REFUSE)
                self._listen(slug, not refuses)
        self._wake()

    def _listen(self, slug: str, wanted: bool) -> None:
        listener = self._listeners[slug]
        is_listening = listener in {key.fileobj for key in self._selector.get_map().values()}
        if wanted and not is_listening:
            listener.listen(64)
            self._selector.register(listener, selectors.EVENT_READ, slug)
        if is_listening and not wanted:
            self._selector.unregister(listener)
            port = listener.getsockname()[1]
            listener.close()
            # Bound but not listening: the port stays ours and connections are refused.
            self._listeners[slug] = self._bound(port)
            for connection in [one for one in self._connections if one.slug == slug]:
                connection.hang_up()

    def _bound(self, port: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_LOOPBACK, port))
        except OSError:
            listener.close()
            raise
        listener.setblocking(False)
        return listener

    def _wake(self) -> None:
        self._waker.send(b"!")

    def _accept_for_all(self) -> None:
        while not self._stopping:
            for key, _ in self._selector.select():
                if key.fileobj is self._wakened:
                    self._wakened.recv(4096)
                else:
                    self._accept(key.data)

    def _accept(self, slug: str) -> None:
        with self._lock:
            try:
                accepted, _ = self._listeners[slug].accept()
            except OSError:
                return  # closed between the signal and now, or the caller has gone already
            accepted.setblocking(True)
            connection = Connection(accepted, slug, self._respond, self._closed)
            self._connections.add(connection)
        connection.start()

    def _closed(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)

    def _respond(self, slug: str, request: Request) -> tuple[bytes, Fault | None]:
        """Return the bytes of an answer and the fault to send them with."""
        with self._lock:
            fault = self._fault_met(slug, request)
            given = fault.answer() if fault else None
            status, sent = self._encoded(slug, request, given)
            silent = fault is not None and fault.kind is FaultKind.TIMEOUT
            if fault is not None and fault.kind is FaultKind.BROKEN_AFTER:
                broken = turned_away(500)
                moment = self.world.at(self.step)
                status, sent = 500, encoded(broken, request, self.addresses, moment.now)
            seen = Seen(request.method, request.target, request.headers, None if silent else status)
            self._seen[slug].append(seen)
            self._lock.notify_all()
        return sent, fault

    def _fault_met(self, slug: str, request: Request) -> Fault | None:
        fault = self._faults.get(slug)
        if fault is None or not fault.concerns(request):
            return None
        if fault.is_spent():
            del self._faults[slug]
        return fault

    def _written(self, slug: str, request: Request) -> Answer | None:
        """Return what a WordPress says to a program that signs in, or to whoever reads its post."""
        site = self.world.at(self.step).sites[slug]
        if site.blog.kind not in _WRITABLE:
            return None
        desk, route = self.desks[slug], path_of(request)
        if route is not None and "authorization" in request.headers:
            return desk.answer(site.blog.base, request, route.rstrip("/"), datetime.now(UTC))
        for post in desk.posts.values():
            if request.path == f"/{post['slug']}/" and post["status"] == "publish":
                return html_answer(
                    f"<h1>{escape(post['title']['raw'])}</h1>{post['content']['raw']}"
                )
        return None

    def _encoded(self, slug: str, request: Request, given: Answer | None) -> tuple[int, bytes]:
        moment = self.world.at(self.step)
        if given is not None:
            return given.status, encoded(given, request, self.addresses, moment.now)
        written = self._written(slug, request)
        if written is not None:
            return written.status, encoded(written, request, self.addresses, moment.now)
        asked = [request.headers.get(n, "") for n in ("if-none-match", "if-modified-since")]
        key = (slug, request.method, request.target, *asked)
        if key not in self._answers:
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.clear()
            answer = blogs.answer(moment.sites[slug], request)
            self._answers[key] = encoded(answer, request, self.addresses, moment.now)
        sent = self._answers[key]
        return int(sent[9:12]), sent


_WRITABLE = (BlogKind.WORDPRESS, BlogKind.WORDPRESS_CLOSED)


def _slug(blog: Blog | str) -> str:
    return blog.slug if isinstance(blog, Blog) else blog


def _address(listener: socket.socket) -> str:
    return f"http://{_LOOPBACK}:{listener.getsockname()[1]}"
