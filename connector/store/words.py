"""Where a kept post has words, for all who take them back.

Students, withdrawals and what left its place lose them for different reasons, by the same list.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete

from connector.store.rows import batches
from connector.store.tables import origin_text, revision, search_entry

WITHOUT_WORDS: dict[str, Any] = {
    "title": "",
    "excerpt": "",
    "url": None,
    "tags": [],
    "enclosures": [],
    "location": "",
    "in_reply_to": None,
}
"""The values of an origin's columns that may hold words of a post, when it has none."""

WITHOUT_DIGESTS: dict[str, Any] = {
    "reply_key": None,
    "text_hash": b"",
    "meta_hash": b"",
    "raw_hash": None,
}
"""The same for digests by which somebody who has the words could recognise them."""


def drop_texts(conn: Connection, origin_ids: Sequence[int]) -> None:
    """Delete the text, the former texts and the search rows of these origins."""
    for ids in batches(origin_ids):
        for table in (origin_text, revision, search_entry):
            conn.execute(delete(table).where(table.c.origin_id.in_(ids)))
