"""A board's RSS: the newest topics or posts that everybody may see."""

from datetime import datetime
from xml.sax.saxutils import escape

from sample_cluster.answers import Answer
from sample_cluster.discourse.shapes import cooked, slug_of
from sample_cluster.discourse.world import Board, Post

_MOST = 30


def topics_feed(board: Board, user: int | None) -> Answer:
    """Return the newest topics with the text of their first posts."""
    topics = sorted(board.shown_topics(user), key=lambda one: one.created, reverse=True)
    host = board.base.partition("://")[2]
    items = []
    for topic in topics[:_MOST]:
        first = board.posts[topic.posts[0]]
        count = f"<p><small>{len(topic.posts)} posts - 1 participant</small></p>"
        link = f"{board.base}/t/{slug_of(topic)}/{topic.id}"
        more = f'<p><a href="{link}">Read full topic</a></p>'
        text = cooked(board, first) + count + more
        items.append(
            _item(board, first, topic.title, text, link, f"{host}-topic-{topic.id}", topic.category)
        )
    return _feed(board, items)


def posts_feed(board: Board, user: int | None) -> Answer:
    """Return the newest posts."""
    shown = [post for number, post in sorted(board.expected(user).items(), reverse=True)]
    host = board.base.partition("://")[2]
    items = []
    for post in shown[:_MOST]:
        topic = board.topics[post.topic]
        link = f"{board.base}/t/{slug_of(topic)}/{topic.id}/{post.number}"
        guid = f"{host}-post-{topic.id}-{post.number}"
        items.append(
            _item(board, post, topic.title, cooked(board, post), link, guid, topic.category)
        )
    return _feed(board, items)


def _item(
    board: Board, post: Post, title: str, text: str, link: str, guid: str, category: int
) -> str:
    user = board.users[post.user]
    return (
        f"<item><title>{escape(title)}</title><dc:creator><![CDATA[{user.name or user.username}]]>"
        f"</dc:creator><category>{escape(board.categories[category].name)}</category>"
        f"<description><![CDATA[{text}]]></description><link>{link}</link>"
        f"<pubDate>{_rfc822(post.created)}</pubDate>"
        f'<guid isPermaLink="false">{guid}</guid></item>'
    )


def _feed(board: Board, items: list[str]) -> Answer:
    head = (
        '<?xml version="1.0" encoding="UTF-8" ?><rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
        f"<title>{escape(board.title)}</title><link>{board.base}/latest</link>"
        "<description>Latest</description>"
    )
    kind = ("Content-Type", "application/rss+xml; charset=utf-8")
    return Answer(200, f"{head}{''.join(items)}</channel></rss>", (kind,))


def _rfc822(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
