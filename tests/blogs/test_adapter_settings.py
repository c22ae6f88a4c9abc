"""What may be configured about a blog, and how a mistake is told."""

import pytest
from pydantic import ValidationError

from adapters.blogs.settings import BlogSettings


@pytest.mark.parametrize(
    "address",
    [
        "https://blog.example.school.nz/",
        "http://blog.example.school.nz:8080/room-5/",
        "blog.example.school.nz",
        "  blog.example.school.nz/2026/03/welcome/ ",
        "https://kōwhai.example.nz/",
        "http://[2001:db8::1]/",
    ],
)
def test_web_addresses_are_taken(address):
    assert BlogSettings(address=address).address == address.strip()


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "ftp://blog.example.school.nz/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://name:word@blog.example.school.nz/",
        "two words",
        "https://[bad/",
        "x" * 2001,
    ],
)
def test_what_is_no_web_address_is_refused(address):
    with pytest.raises(ValidationError):
        BlogSettings(address=address)


def test_more_feeds_need_a_whole_address():
    """They become part of ids, which stay for ever; no scheme may be guessed."""
    with pytest.raises(ValidationError, match="begins with https"):
        BlogSettings(address="blog.example.nz", feeds=("blog.example.nz/feed",))


def test_unknown_zone_names_what_was_found():
    with pytest.raises(ValidationError, match="'Pacific/Nowhere' is no time zone"):
        BlogSettings(address="blog.example.nz", timezone="Pacific/Nowhere")


@pytest.mark.parametrize("zone", ["", "../etc/passwd", "/etc/passwd", "Pacific", "\x00"])
def test_strange_zones_are_refused(zone):
    with pytest.raises(ValidationError):
        BlogSettings(address="blog.example.nz", timezone=zone)


def test_unknown_flavour_is_refused():
    with pytest.raises(ValidationError, match="flavour"):
        BlogSettings(address="blog.example.nz", flavour="medium")


def test_key_is_shown_nowhere():
    settings = BlogSettings(address="blog.example.nz", ghost_key="canary-key")
    assert "canary-key" not in f"{settings!r} {settings} {settings.model_dump_json()}"
