"""No address that leaves the hub opens a door; all others leave as they are."""

import pytest

from connector.outputs.links import LEFT_OUT, shareable, shareable_html

HARMLESS = [
    "https://blog.example/2026/03/week-5/",
    "https://blog.example/?p=137&preview=false#comment-5",
    "https://blog.example/wh%C4%81nau?page=2&keyword=kete&monkey=1",
    "http://[2001:db8::1]:8080/a;b?c",
    "mailto:office@rimu.example",
    "https://video.example/watch?v=dQw4w9WgXcQ",
    "https://moodle.example/mod/forum/discuss.php?d=5&parent=7",
]


@pytest.mark.parametrize("url", HARMLESS)
def test_a_harmless_address_leaves_as_it_is(url: str) -> None:
    assert shareable(url) == url
    assert shareable_html(f'<a href="{url.replace("&", "&amp;")}">x</a>') == (
        f'<a href="{url.replace("&", "&amp;")}">x</a>'
    )


@pytest.mark.parametrize(
    "name",
    "token access_token wstoken key apikey api_key API-KEY secret client_secret password passwd "
    "sig signature X-Amz-Signature sesskey sessionid PHPSESSID jsessionid auth authkey jwt "
    "accessToken".split(),
)
def test_a_key_is_left_out_of_query_and_fragment(name: str) -> None:
    assert shareable(f"https://x.example/a?{name}=hunter22&page=2") == "https://x.example/a?page=2"
    assert shareable(f"https://x.example/a?page=2#{name}=hunter22") == "https://x.example/a?page=2"
    assert shareable(f"https://x.example/a?{name.replace('e', '%65')}=hunter22") == (
        "https://x.example/a"
    )


def test_a_name_and_password_are_left_out() -> None:
    assert shareable("https://me:hunter22@x.example/a?b=c") == "https://x.example/a?b=c"


@pytest.mark.parametrize(
    "url",
    [
        "https://moodle.example/tokenpluginfile.php/hunter22hunter22/5/mod_forum/a.png",
        "https://moodle.example/rss/file.php/25/hunter22hunter22/mod_forum/1/rss.xml",
        "https://calendar.example/ical/a/private-0123456789abcdef/basic.ics",
        "https://discord.example/api/webhooks/123/hunter22",
        "https://hooks.slack.example/services/T0000/B0000/hunter22",
        "http://[broken",
    ],
)
def test_an_address_whose_path_is_a_key_is_left_out(url: str) -> None:
    assert shareable(url) is None
    assert "hunter22" not in shareable_html(f'<p><a href="{url}">x</a> {url}</p>')


def test_no_secret_of_the_configuration_is_in_an_address() -> None:
    secrets = {"s3cret/value", "abc"}
    assert shareable("https://x.example/s3cret/value/5", secrets) is None
    assert shareable("https://x.example/?q=s3cret%2Fvalue", secrets) is None
    assert shareable("https://x.example/abc", secrets) == "https://x.example/abc"


def test_links_in_html_lose_their_keys_and_keep_their_text() -> None:
    html = '<p><a href="https://x.example/?a=1&amp;token=hunter22">see</a></p>'
    assert shareable_html(html) == '<p><a href="https://x.example/?a=1">see</a></p>'
    html = (
        "<p>see https://me:hunter22@x.example/b, or https://x.example/rss/file.php/1/hunter22</p>"
    )
    assert shareable_html(html) == f"<p>see https://x.example/b, or {LEFT_OUT}</p>"
