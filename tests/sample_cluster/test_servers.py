"""The stand-ins on loopback: addresses, steps, faults, records, and a clean end."""

import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from lxml import etree

from sample_cluster.config import config_toml, write_configuration
from sample_cluster.posts import BlogKind, Health
from sample_cluster.servers import SampleServers
from sample_cluster.world import ExpectedBlog, World

BLOG = "rimuwai-room-5"


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as found:
        found.trust_env = False
        yield found


def _get(
    session: requests.Session, servers: SampleServers, blog: str, path: str
) -> requests.Response:
    return session.get(servers.addresses[blog] + path, timeout=10)


def test_every_blog_has_an_address_of_its_own_on_loopback(servers: SampleServers) -> None:
    addresses = list(servers.addresses.values())
    assert len(set(addresses)) == len(servers.world.blogs)
    assert all(address.startswith("http://127.0.0.1:") for address in addresses)


def test_every_address_to_type_answers(servers: SampleServers, session: requests.Session) -> None:
    found = {b.slug: session.get(servers.address(b), timeout=10) for b in servers.world.blogs}
    assert {slug for slug, answer in found.items() if answer.status_code != 200} == {
        "waikotare-room-3"
    }
    for slug, answer in found.items():
        assert "sample://" not in answer.text, slug


@pytest.mark.parametrize(
    ("blog", "generator"),
    [
        (BLOG, "WordPress 6.1.9"),
        ("pukerata-library", "Ghost 5.130"),
        ("kotukutuku-room-2", "blogger"),
    ],
)
def test_pages_name_their_software(
    servers: SampleServers, session: requests.Session, blog: str, generator: str
) -> None:
    page = etree.HTML(_get(session, servers, blog, "/").text)
    assert page.xpath("//meta[@name='generator']/@content") == [generator]


def test_addresses_in_answers_lead_back(servers: SampleServers, session: requests.Session) -> None:
    listing = _get(session, servers, BLOG, "/wp-json/wp/v2/posts?per_page=3").json()
    assert all(post["link"].startswith(servers.addresses[BLOG]) for post in listing)
    assert session.get(listing[0]["link"], timeout=10).status_code == 200


def _read_rest(session: requests.Session, address: str) -> dict[str, tuple[str, bool]]:
    """Return link -> title and whether its text is shown, as a reader of REST sees it."""
    found: dict[str, tuple[str, bool]] = {}
    url: str | None = f"{address}/wp-json/wp/v2/posts?per_page=100&_fields=link,title,content"
    while url:
        answer = session.get(url, timeout=10)
        for post in answer.json():
            title = etree.HTML(f"<p>{post['title']['rendered']}</p>").xpath("string()")
            found[post["link"]] = (str(title), not post["content"]["protected"])
        url = answer.links.get("next", {}).get("url")
    return found


def _read_rss(session: requests.Session, url: str) -> dict[str, tuple[str, bool]]:
    feed = etree.fromstring(session.get(url, timeout=10).content)
    return {
        str(item.findtext("link")): (str(item.findtext("title") or ""), True)
        for item in feed.iter("item")
    }


def _promised(expected: ExpectedBlog) -> dict[str, tuple[str, bool]]:
    return {
        post.permalink: (post.title, post.state == "published")
        for post in expected.posts
        if post.reachable
    }


@pytest.mark.parametrize("step", [0, 2, 3, 4, 8])
def test_the_servers_serve_what_is_expected(
    world: World, session: requests.Session, step: int
) -> None:
    with SampleServers(world, step=step) as servers:
        for blog in world.blogs:
            expected = servers.expected()[blog.slug]
            if expected.health is not Health.WELL:
                continue
            address = servers.addresses[blog.slug]
            if blog.kind is BlogKind.WORDPRESS:
                assert _read_rest(session, address) == _promised(expected), blog.slug
            elif blog.kind is BlogKind.RSS:
                served = _read_rss(session, address + blog.feed_path)
                assert served == _promised(expected), blog.slug


def test_advance_shows_the_next_step(servers: SampleServers, session: requests.Session) -> None:
    before = _get(session, servers, BLOG, "/feed/").content
    assert servers.advance() == 1
    assert _get(session, servers, BLOG, "/feed/").content != before
    assert servers.advance(99) == servers.world.last_step
    assert servers.advance() == servers.world.last_step


def test_the_same_step_gives_the_same_bytes_but_for_the_ports(world: World) -> None:
    def bodies() -> list[bytes]:
        with SampleServers(world) as servers, requests.Session() as session:
            return [
                _get(session, servers, blog.slug, blog.feed_path).content.replace(
                    servers.addresses[blog.slug].encode(), b"here"
                )
                for blog in world.blogs
                if blog.slug not in ("northmarsh-links", "matuku-school")
            ]

    assert bodies() == bodies()


def test_the_servers_tell_the_world_time(servers: SampleServers, session: requests.Session) -> None:
    """A reader that asks for changes since the last answer must find the next step's."""
    dates = [_get(session, servers, BLOG, "/").headers["Date"]]
    servers.advance()
    dates.append(_get(session, servers, BLOG, "/").headers["Date"])
    assert dates == ["Fri, 20 Nov 2026 03:00:00 GMT", "Fri, 20 Nov 2026 03:30:00 GMT"]


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503])
def test_a_status_on_demand(servers: SampleServers, session: requests.Session, status: int) -> None:
    servers.fault(BLOG, str(status), retry_after=7)
    answer = _get(session, servers, BLOG, "/feed/")
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == ("7" if status in (429, 503) else None)
    assert _get(session, servers, "rimuwai-news", "/feed/").status_code == 200
    servers.mend(BLOG)
    assert _get(session, servers, BLOG, "/feed/").status_code == 200


def test_a_fault_can_end_by_itself(servers: SampleServers, session: requests.Session) -> None:
    servers.fault(BLOG, "503", times=2)
    found = [_get(session, servers, BLOG, "/feed/").status_code for _ in range(3)]
    assert found == [503, 503, 200]


def test_a_fault_can_keep_to_a_path(servers: SampleServers, session: requests.Session) -> None:
    servers.fault(BLOG, "401", path="/wp-json/")
    assert _get(session, servers, BLOG, "/wp-json/wp/v2/posts").status_code == 401
    assert _get(session, servers, BLOG, "/feed/").status_code == 200


def test_a_timeout_says_nothing(servers: SampleServers, session: requests.Session) -> None:
    servers.fault(BLOG, "timeout")
    with pytest.raises(requests.ReadTimeout):
        session.get(servers.addresses[BLOG] + "/feed/", timeout=(5, 0.2))
    assert servers.requests(BLOG)[-1].status is None


def test_mending_a_timeout_releases_who_waits(
    servers: SampleServers, session: requests.Session
) -> None:
    servers.fault(BLOG, "timeout")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(_get, session, servers, BLOG, "/feed/")
        assert servers.wait_for(BLOG)
        servers.mend(BLOG)
        assert isinstance(waiting.exception(timeout=10), requests.ConnectionError)


def test_a_truncated_body_is_shorter_than_promised(
    servers: SampleServers, session: requests.Session
) -> None:
    servers.fault(BLOG, "truncated")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        _ = _get(session, servers, BLOG, "/feed/").content


def test_garbage_looks_right_until_it_is_read(
    servers: SampleServers, session: requests.Session
) -> None:
    servers.fault(BLOG, "garbage")
    answer = _get(session, servers, BLOG, "/feed/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        200,
        "application/rss+xml; charset=UTF-8",
    )
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)


def test_slow_comes_byte_by_byte(servers: SampleServers) -> None:
    servers.fault(BLOG, "slow")
    port = int(servers.addresses[BLOG].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /feed/ HTTP/1.1\r\nHost: here\r\n\r\n")
        pieces = [connection.recv(4096) for _ in range(4)]
    assert [len(piece) for piece in pieces] == [1, 1, 1, 1]


def test_refused_connections_come_back_at_the_same_address(
    servers: SampleServers, session: requests.Session
) -> None:
    address = servers.addresses[BLOG]
    assert _get(session, servers, BLOG, "/").status_code == 200
    servers.fault(BLOG, "refuse")
    with pytest.raises(requests.ConnectionError):
        _get(session, servers, BLOG, "/")
    servers.mend(BLOG)
    assert _get(session, servers, BLOG, "/").status_code == 200
    assert servers.addresses[BLOG] == address


@pytest.mark.parametrize(
    ("blog", "step", "status"),
    [
        ("matuku-sport", 5, 404),
        ("matuku-sport", 6, 410),
        ("pukerata-inquiry", 6, 429),
        ("halvorsen-room-12", 6, 503),
        ("waikotare-room-3-old", 4, 404),
    ],
)
def test_the_script_makes_blogs_ill(
    world: World, session: requests.Session, blog: str, step: int, status: int
) -> None:
    with SampleServers(world, step=step) as servers:
        answer = _get(session, servers, blog, "/feed/")
    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) is (status in (429, 503))


def test_the_moved_blog_says_where_it_went(world: World, session: requests.Session) -> None:
    with SampleServers(world, step=4) as servers:
        page = _get(session, servers, "waikotare-room-3-old", "/").text
        assert servers.addresses["waikotare-room-3"] in page


def test_requests_are_counted_for_each_blog(
    servers: SampleServers, session: requests.Session
) -> None:
    _get(session, servers, BLOG, "/feed/?paged=999")
    session.head(servers.addresses[BLOG] + "/", headers={"User-Agent": "hub/1"}, timeout=10)
    seen = servers.requests(BLOG)
    assert [(s.method, s.target, s.status) for s in seen] == [
        ("GET", "/feed/?paged=999", 404),
        ("HEAD", "/", 200),
    ]
    assert seen[1].headers["user-agent"] == "hub/1"
    assert servers.requests("rimuwai-news") == ()
    servers.forget()
    assert servers.requests(BLOG) == ()


def test_waiting_for_a_request_that_does_not_come_ends(servers: SampleServers) -> None:
    assert not servers.wait_for(BLOG, timeout_seconds=0.05)


def test_many_readers_are_served_at_once(servers: SampleServers) -> None:
    def read(slug: str) -> int:
        return requests.get(servers.addresses[slug] + "/", timeout=10).status_code

    slugs = [blog.slug for blog in servers.world.blogs if not blog.moves_from] * 4
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(read, slugs)) == {200}


@pytest.mark.parametrize(
    "sent", [b"\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n"]
)
def test_what_is_no_request_ends_the_connection_alone(
    servers: SampleServers, session: requests.Session, sent: bytes
) -> None:
    port = int(servers.addresses[BLOG].rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        assert connection.recv(100) == b""
    assert _get(session, servers, BLOG, "/").status_code == 200


def test_nothing_is_left_when_the_context_ends(world: World) -> None:
    before = set(threading.enumerate())
    with SampleServers(world) as servers, requests.Session() as session:
        _get(session, servers, BLOG, "/")
        servers.fault(BLOG, "timeout")
        with pytest.raises(requests.ReadTimeout):
            session.get(servers.addresses[BLOG] + "/feed/", timeout=(5, 0.1))
        addresses = list(servers.addresses.values())
    assert set(threading.enumerate()) == before
    for address in addresses:
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=5)


def _free_ports(count: int) -> int:
    """Return the first of so many ports in a row that nothing listens on just now."""
    for first in range(21000, 60000, count):
        try:
            taken = [socket.create_server(("127.0.0.1", first + n)) for n in range(count)]
        except OSError:
            continue
        for listener in taken:
            listener.close()
        return first
    raise AssertionError("no free ports")


def test_fixed_ports_stand_in_a_row(world: World) -> None:
    first = _free_ports(len(world.blogs))
    with SampleServers(world, ports=first) as servers:
        ports = [int(address.rsplit(":", 1)[1]) for address in servers.addresses.values()]
    assert ports == list(range(first, first + len(world.blogs)))


def test_a_taken_port_is_an_error_that_leaves_nothing_open(world: World) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as other,
        pytest.raises(OSError, match="in use"),
        SampleServers(world, ports=other.getsockname()[1]),
    ):
        pass


def test_the_configuration_names_every_blog_that_is_there(
    servers: SampleServers, tmp_path: Path
) -> None:
    config = tomllib.loads(config_toml(servers, tmp_path))
    assert config["hub"] == {"data_dir": str(tmp_path), "timezone": "Pacific/Auckland"}
    assert config["network"] == {"allow": ["127.0.0.0/8"]}
    assert config["clusters"] == {"tarapunga": {"name": "Tarāpunga Cluster"}}
    sources = {source["id"]: source for source in config["sources"]}
    blogs = {blog.slug for blog in servers.world.blogs} - {"waikotare-room-3"}
    assert sources.keys() == blogs | {"vln"}
    assert sources["vln"] == {
        "id": "vln",
        "kind": "moodle",
        "title": "Tarāpunga VLN",
        "address": servers.vln.address,
        "settings": {"token": "env:CLUSTERHUB_VLN", "courses": [2, 3], "adult_courses": [2]},
    }
    assert sources["lake-tui-news"] == {
        "id": "lake-tui-news",
        "kind": "blogs",
        "title": "Lake Tūī School pānui",
        "school": "Lake Tūī School",
        "address": servers.addresses["lake-tui-news"] + "/feed.xml",
    }
    assert sources["halvorsen-young-writers"]["rules"] == {"authors_are_students": True}
    assert sources["matuku-reflections"]["rules"] == {"reflection_tags": ["reflection"]}


def test_the_key_lies_beside_the_configuration_for_its_owner_alone(
    servers: SampleServers, tmp_path: Path
) -> None:
    write_configuration(servers, tmp_path / "config.toml", "data")
    beside = tmp_path / ".env"
    assert "CLUSTERHUB_VLN=TOKEN" in beside.read_text("utf-8")
    assert beside.stat().st_mode & 0o077 == 0
    beside.write_text("MINE=1\n", "utf-8")
    write_configuration(servers, tmp_path / "config.toml", "data")
    assert beside.read_text("utf-8") == "MINE=1\n"


def test_the_new_house_is_configured_once_it_is_there(servers: SampleServers) -> None:
    servers.advance(4)
    sources = tomllib.loads(config_toml(servers, "data"))["sources"]
    (new,) = (source for source in sources if source["id"] == "waikotare-room-3")
    assert new["succeeds"] == "waikotare-room-3-old"


def test_it_can_be_served_alone(tmp_path: Path) -> None:
    """``python -m sample_cluster`` writes a configuration and serves until interrupted."""
    config = tmp_path / "config.toml"
    command = [sys.executable, "-m", "sample_cluster", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            address = running.stdout.readline().split()[0]
            assert requests.get(address, timeout=10).status_code == 200
            for _ in range(21):
                running.stdout.readline()
        finally:
            running.terminate()
    assert address in config.read_text(encoding="utf-8")
