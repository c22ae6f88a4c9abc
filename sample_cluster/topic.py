"""What a topic of conversation is.

Slots in its lines are those of ``phrases``. The sentences themselves are flat tables in
``classroom_topics`` and ``life_topics``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One subject of conversation."""

    category: str
    tags: tuple[str, ...]
    titles: tuple[str, ...]
    lines: tuple[str, ...]
    months: tuple[int, ...] = ()
    """When it is written about; empty: all year."""
    things: tuple[str, ...] = ()
    """For lists."""
