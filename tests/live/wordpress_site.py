"""A real WordPress with a database of its own, for as long as a test needs it.

It is made from the packages of the distribution (see ``.ci/run`` for their names), listens on
loopback only and leaves nothing behind. What is done *to* it is here, as verbs; what is
expected of the hub is in the tests.
"""

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.live.processes import Server, answers_at, free_port

PACKAGED = Path("/usr/share/wordpress")
SCRIPTS = Path(__file__).parent / "wordpress"
COMMANDS = ("php", "mariadbd", "mariadb-install-db", "mariadb")


def missing() -> str | None:
    """Say what this machine lacks for a WordPress of its own, or None."""
    lacking = [name for name in COMMANDS if shutil.which(name) is None]
    if not PACKAGED.is_dir():
        lacking.append(str(PACKAGED))
    return f"not installed: {', '.join(lacking)}" if lacking else None


@dataclass(frozen=True, slots=True)
class Post:
    """One post as WordPress itself knows it."""

    id: int
    url: str
    title: str
    guid: str
    status: str


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the blog has answered."""

    status: int
    method: str
    path: str
    """With its query."""


class WordPressSite:
    """A running blog at ``url``; use it as a context manager."""

    def __enter__(self) -> "WordPressSite":
        with ExitStack() as started:
            self._folder = Path(started.enter_context(tempfile.TemporaryDirectory(prefix="blog")))
            self._socket = self._folder / "db.sock"
            self._port = free_port()
            self._start_database(started)
            self._install()
            self._start_web(started)
            self._cleanup = started.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._cleanup.close()

    @property
    def url(self) -> str:
        """The address of the home page."""
        return f"http://127.0.0.1:{self._port}/"

    # --- the verbs: what people do on their blog ---------------------------------------------

    def seed(self) -> tuple[str, ...]:
        """Write 150 posts in all states; return the phrases that only hidden ones hold."""
        return tuple(self._do("seed"))

    def insert(self, title: str, text: str, **fields: str) -> Post:
        """Write a post; published unless ``post_status`` says otherwise."""
        named = {"post_status": "publish", "post_title": title, "post_content": text}
        return Post(**self._do("insert", fields={**named, **fields}))

    def insert_backdated(self, title: str, text: str, day: str) -> Post:
        """Publish a post dated in the past, as imports do; day is ``2024-05-01``."""
        return self.insert(title, text, post_date=f"{day} 09:00:00")

    def schedule(self, title: str, text: str) -> Post:
        """Write a post that is to appear in a far year."""
        return self.insert(title, text, post_status="future", post_date="2036-02-01 09:00:00")

    def publish_scheduled(self, post: Post) -> Post:
        """Let its time come: WordPress's own cron step publishes it."""
        return Post(**self._do("publish_scheduled", id=post.id))

    def edit(self, post: Post, *, title: str | None = None, text: str | None = None) -> Post:
        """Change title or text."""
        fields = {"post_title": title, "post_content": text}
        return self._update(post, {key: value for key, value in fields.items() if value})

    def change_slug(self, post: Post, slug: str) -> Post:
        """Give it another permalink; the old one redirects."""
        return self._update(post, {"post_name": slug})

    def make_private(self, post: Post) -> Post:
        """Show it to editors only."""
        return self._update(post, {"post_status": "private"})

    def set_password(self, post: Post, password: str) -> Post:
        """Ask visitors for a password."""
        return self._update(post, {"post_password": password})

    def trash(self, post: Post) -> Post:
        """Move it to the bin."""
        return Post(**self._do("trash", id=post.id))

    def restore(self, post: Post) -> Post:
        """Take it out of the bin, as it was before."""
        return Post(**self._do("restore", id=post.id))

    def delete(self, post: Post) -> None:
        """Remove it for good."""
        self._do("delete", id=post.id)

    def change_guid(self, post: Post, guid: str) -> Post:
        """Give it another guid, as some imports and moves do."""
        return Post(**self._do("change_guid", id=post.id, guid=guid))

    def edit_later(self, post: Post, *, title: str) -> Post:
        """Change a title in another second than it was made: WordPress knows no finer time."""
        time.sleep(1.1)
        return self.edit(post, title=title)

    def application_password(self) -> str:
        """Make a password for programs, of the user ``mere``."""
        return str(self._do("application_password"))

    @contextmanager
    def rest_closed(self) -> Iterator[None]:
        """Answer every anonymous REST request with 401 inside the block."""
        self._do("close_rest")
        try:
            yield
        finally:
            self._do("open_rest")

    def published(self) -> tuple[Post, ...]:
        """Return what everyone may read, asked of the database."""
        return tuple(Post(**post) for post in self._do("published"))

    # --- what the web server saw -------------------------------------------------------------

    def requests(self) -> list[Request]:
        """Return all requests so far, oldest first."""
        log = self._folder / "requests.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [
            Request(int(status), method, path)
            for status, method, path in (line.split(" ", 2) for line in lines)
        ]

    @contextmanager
    def recorded(self) -> Iterator[list[Request]]:
        """Yield a list that holds, after the block, what was asked within it."""
        before = len(self.requests())
        seen: list[Request] = []
        yield seen
        seen.extend(self.requests()[before:])

    # --- how it is made ----------------------------------------------------------------------

    def _update(self, post: Post, fields: dict[str, str]) -> Post:
        return Post(**self._do("update", id=post.id, fields=fields))

    def _do(self, verb: str, **given: object) -> Any:
        return json.loads(self._php("verbs.php", verb, given=json.dumps(given)))

    def _php(self, script: str, *arguments: str, given: str = "") -> str:
        command = ["php", "-d", "display_errors=stderr", str(SCRIPTS / script), *arguments]
        done = subprocess.run(
            command,
            input=given,
            capture_output=True,
            text=True,
            env={**os.environ, **self._environment()},
            timeout=120,
            check=False,
        )
        if done.returncode != 0 or done.stderr:
            raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}{done.stdout}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {
            "BLOG_FOLDER": str(self._folder / "site"),
            "BLOG_REQUESTS": str(self._folder / "requests.log"),
            "BLOG_SOCKET": str(self._socket),
            "BLOG_URL": self.url.rstrip("/"),
            "PHP_CLI_SERVER_WORKERS": "4",
        }

    def _start_database(self, started: ExitStack) -> None:
        data = self._folder / "db"
        # A server started as root refuses to run unless it is told to.
        common = ["--no-defaults", f"--datadir={data}"] + ["--user=root"] * (os.geteuid() == 0)
        make = ["mariadb-install-db", *common, "--auth-root-authentication-method=normal"]
        make += ["--skip-test-db", "--skip-name-resolve", "--force"]
        subprocess.run(make, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        serve = ["mariadbd", *common, f"--socket={self._socket}", "--skip-networking"]
        serve += ["--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"]
        server = Server(serve, log=self._folder / "db.log")
        started.callback(server.stop)
        server.wait_until(lambda: answers_at(str(self._socket)))
        create = ["mariadb", "--no-defaults", f"--socket={self._socket}", "--user=root"]
        create += ["--execute=CREATE DATABASE blog CHARACTER SET utf8mb4"]
        subprocess.run(create, check=True, stdin=subprocess.DEVNULL)

    def _install(self) -> None:
        site = self._folder / "site"
        # Symbolic links lead to shared libraries elsewhere; the copy holds the files themselves.
        ignored = shutil.ignore_patterns(".htaccess", "wp-config*.php")
        shutil.copytree(PACKAGED, site, ignore=ignored, ignore_dangling_symlinks=True)
        shutil.copy(SCRIPTS / "wp-config.php", site)
        (site / "wp-content" / "mu-plugins").mkdir()
        shutil.copy(SCRIPTS / "mu-plugin.php", site / "wp-content" / "mu-plugins")
        self._php("install.php")
        self._do("flush")

    def _start_web(self, started: ExitStack) -> None:
        command = ["php", "-d", "display_errors=0", "-S", f"127.0.0.1:{self._port}"]
        command += ["-t", str(self._folder / "site"), str(SCRIPTS / "router.php")]
        server = Server(command, log=self._folder / "web.log", env=self._environment())
        started.callback(server.stop)
        server.wait_until(lambda: answers_at(("127.0.0.1", self._port)))
