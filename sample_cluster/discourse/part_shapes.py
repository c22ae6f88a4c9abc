"""A board's categories and groups in the words of its API."""

from typing import Any

from sample_cluster.discourse.shapes import short_user, time_text
from sample_cluster.discourse.world import Board, Category, Group

Json = dict[str, Any]


def category_json(board: Board, category: Category, user: int | None) -> Json:
    """Return a category as the list of them shows it."""
    children = [one for one in board.categories.values() if one.parent == category.id]
    seen = [one for one in children if board.may_see(user, one.id)]
    mine = [one for one in board.topics.values() if one.category == category.id]
    count = len([one for one in mine if one.deleted is None])
    nothing = (
        "emoji icon description description_text description_excerpt topic_url topic_template "
        "topic_title_placeholder subcategory_count sort_order sort_ascending default_view "
        "uploaded_logo uploaded_logo_dark uploaded_background uploaded_background_dark"
    ).split()
    return {
        **dict.fromkeys(nothing),
        "id": category.id,
        "name": category.name,
        "color": "0088CC",
        "text_color": "FFFFFF",
        "style_type": "square",
        "slug": category.slug,
        "topic_count": count,
        "post_count": sum(len(one.posts) for one in mine),
        "position": category.id,
        "read_restricted": bool(category.groups),
        "permission": 1,
        "notification_level": 1,
        "can_edit": False,
        "has_children": bool(seen),
        "show_subcategory_list": False,
        "num_featured_topics": 3,
        "subcategory_list_style": "rows_with_featured_topics",
        "default_top_period": "all",
        "default_list_filter": "all",
        "minimum_required_tags": 0,
        "navigate_to_first_post_after_read": False,
        "topics_day": 0,
        "topics_week": 0,
        "topics_month": 0,
        "topics_year": count,
        "topics_all_time": count,
        "subcategory_ids": [one.id for one in seen],
        "subcategory_list": [category_json(board, one, user) for one in seen] or None,
    }


def shown_category(board: Board, category: Category, user: int | None) -> Json:
    """Return a category as its own address shows it: with the groups that may read it."""
    left_out = {
        *("topics_day topics_week topics_month topics_year topics_all_time").split(),
        "subcategory_ids",
        "subcategory_list",
    }
    base = {k: v for k, v in category_json(board, category, user).items() if k not in left_out}
    groups = [board.groups[number] for number in category.groups]
    named = [
        {"permission_type": 1, "group_name": one.name, "group_id": one.id} for one in groups
    ] or [{"permission_type": 1, "group_name": "everyone", "group_id": 0}]
    falses = (
        "auto_close_based_on_last_post allow_unlimited_owner_edits_on_first_post "
        "email_in_allow_strangers mailinglist_mirror all_topics_wiki can_delete "
        "topic_featured_link_allowed"
    ).split()
    nothing = "read_only_banner auto_close_hours default_slow_mode_seconds email_in".split()
    return {
        **base,
        **dict.fromkeys(falses, False),
        **dict.fromkeys(nothing),
        "custom_fields": {},
        "required_tag_groups": [],
        "available_groups": [],
        "topic_posting_review_group_ids": [],
        "reply_posting_review_group_ids": [],
        "group_permissions": named,
        "allow_badges": True,
        "search_priority": 0,
    }


def members_json(board: Board, group: Group, offset: int, limit: int) -> Json:
    """Return some members of a group."""
    some = [board.users[number] for number in group.members[offset : offset + limit]]
    when = time_text(board.now)
    times = dict.fromkeys("last_posted_at last_seen_at added_at".split(), when)
    people = [
        {**short_user(one), **times, "title": None, "timezone": "Pacific/Auckland"} for one in some
    ]
    meta = {"total": len(group.members), "limit": limit, "offset": offset}
    return {"members": people, "owners": [], "meta": meta}
