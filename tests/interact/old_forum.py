"""One old forum twice: as rows of a database, and as the pages that a server makes of them."""

from datetime import datetime

from adapters.interact.texts import mended
from sample_cluster import interact_forum
from sample_cluster.interact_site import ZERO_DATE, InteractSite


def pages_of(site: InteractSite) -> interact_forum.Forum:
    """Return the pages that an Interact with these rows would show of its first forum."""
    names = {row[0]: f"{row[5] or row[3]} {row[4]}" for row in site.rows["users"]}
    forum = interact_forum.Forum(names, space=1, key=site.rows["modules"][0][0])
    for row in site.rows["posts"]:
        # The start of this one was lost together with its number.
        if row[1] != forum.key or row[2] == 888_000:
            continue
        # UTF-8 in a column called latin1 leaves the server as the bytes that went in.
        body = mended(row[7])
        when = None if row[9] == ZERO_DATE else datetime.fromisoformat(row[9])
        forum.posts[row[0]] = interact_forum.Post(
            row[0], row[4], row[6], body, when, row[2], row[3], "deleted" if row[12] == 4 else ""
        )
    return forum


def community():
    """Return rows with what pages find hard too: hierarchy, markup, an empty text, a deleted post."""
    site = InteractSite()
    forum = site.rows["modules"][0][0]
    start = next(row for row in site.rows["posts"] if row[1] == forum and row[2] == 0)
    more = (
        (9001, start[0], "Re: <i>one</i>", "", 1),
        (9002, 9001, "A &amp; B", "Plain words\nin two lines", 1),
        (9003, 9002, "Deeper", '<p><a href="../../files/a.doc">a</a> <img src="b.png"></p>', 1),
        (9004, 9003, "canary-deleted", "canary-deleted", 4),
        (9005, 9004, "Orphan", "<p>x</p>", 1),
    )
    for key, parent, subject, body, status in more:
        row = (key, forum, parent, start[0], 2, 0, subject, body, "", start[9])
        site.rows["posts"].append((*row, ZERO_DATE, ZERO_DATE, status, ""))
    return site
