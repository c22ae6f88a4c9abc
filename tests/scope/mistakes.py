"""Mistakes that somebody could make, each as a piece of source and what it would become.

Every one widens what somebody sees. A piece that is not found exactly once fails: then the
source has moved on, and the mistake has to be sown again.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One mistake in one file."""

    name: str
    path: str
    right: str
    wrong: str


_AUDIENCE, _READING = "connector/audience.py", "connector/store/reading.py"
_AUDIENCES = "connector/store/audiences.py"
_VISIBILITY, _NEWEST = "connector/store/visibility.py", "connector/store/newest.py"

MISTAKES = (
    # Who may see what.
    Mistake(
        "a visitor is taken for a member", _AUDIENCE,
        "if viewer.standing is Standing.MEMBER:", "if viewer.memberships or viewer.standing:",
    ),
    Mistake(
        "a listing makes anybody anything", _AUDIENCE,
        "for listed in viewer.memberships if listed.kind in _LISTING}",
        "for listed in viewer.memberships}",
    ),
    Mistake(
        "a held post keeps its audience", _AUDIENCE,
        "    if held:\n        return FACILITATORS\n", "",
    ),
    Mistake(
        "a reply is as open as its place says", _AUDIENCE,
        "for bound in (limit, parent):", "for bound in (limit,):",
    ),
    Mistake(
        "the wider of two audiences counts", _AUDIENCE,
        "return other if one == wide else one", "return one if one == wide else other",
    ),
    # The filters of the store.
    Mistake(
        "the list forgets the audience", _AUDIENCES,
        "return column.in_(ids)\n", "return column.is_not(None)\n",
    ),
    Mistake(
        "an item opens in another cluster", _READING,
        "            origin.c.item_id == item_id,\n            origin.c.cluster_id == scope.cluster_id,\n"
        "            origin.c.is_listed,",
        "            origin.c.item_id == item_id,\n            origin.c.is_listed,",
    ),
    Mistake(
        "former texts are for everybody", _READING,
        "_revisions(conn, item_id) if scope.everything else ()", "_revisions(conn, item_id)",
    ),
    Mistake(
        "a search counts what is hidden", _READING,
        "        scope.cluster_id,\n        ids,\n", "        scope.cluster_id,\n        None,\n",
    ),
    Mistake(
        "replies keep the audience that their post had", _VISIBILITY,
        "    left = _with_replies(conn, item_ids)\n", "    left = dict.fromkeys(item_ids)\n",
    ),
    Mistake(
        "every place is named", _NEWEST,
        "exists().where(inside, origin.c.on_front, seen_by(ids))",
        "exists().where(inside, origin.c.on_front)",
    ),
)  # fmt: skip
