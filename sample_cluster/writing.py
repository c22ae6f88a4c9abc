"""Puts posts together from the tables of phrases: titles, bodies, edits, oddities.

Pure: the same recipe gives the same text, on every machine. The sentences stand in ``phrases``
and the topic tables; who writes when is decided in ``archive``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from sample_cluster.phrases import (
    CLUSTER_LINES,
    ENDINGS,
    OBSERVATIONS,
    OPENINGS,
    QUOTES,
    REFLECTIONS,
    SCENES,
    STUDENT_LINES,
)
from sample_cluster.slots import SLOTS
from sample_cluster.topic import Topic
from sample_cluster.topics import TOPICS

_SLOT = re.compile(r"\{(\w+)\}")

_EXTRA_LINES: dict[str, tuple[tuple[str, ...], ...]] = {
    "school": (OBSERVATIONS,),
    "class": (OBSERVATIONS,),
    "teacher": (REFLECTIONS, OBSERVATIONS),
    "facilitator": (CLUSTER_LINES, REFLECTIONS),
    "student": (STUDENT_LINES,),
}

NASTY = (
    '<script>window.sampleScriptRan = true;</script><p onclick="sampleClick()">Press here.</p>',
    '<p><a href="javascript:void(0)">Open the slideshow</a></p>',
    '<iframe src="https://video.example.org/embed/42" width="560" height="315"></iframe>',
    '<p style="position:fixed;top:0;left:0;width:100%">Sale</p><img src="x" onerror="sampleError()">',
    '<form action="https://example.org/collect"><input name="password"><button>Go</button></form>',
)
"""What real blogs carry along; each of them is harmless when it does run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything a body follows from."""

    seed: int
    key: str
    """Unique to one text; a copy that moved house keeps it."""
    base: str
    """Where the blog stands: pictures lie beside it."""
    voice: str
    topic: str
    edit: int = 0
    """How often it was edited."""
    nasty: bool = False
    decomposed: bool = False
    """Macrons as combining marks (NFD), as some editors send them."""
    about: tuple[str, str] | None = None
    """For a post that passes on another: its address and title."""


@lru_cache(maxsize=8192)
def written(recipe: Recipe) -> str:
    """Return the body as HTML."""
    parts = _passed_on(recipe) if recipe.about else _paragraphs(recipe)
    for edit in range(1, recipe.edit + 1):
        parts = _edited(recipe, parts, edit)
    if recipe.nasty:
        parts.insert(len(parts) // 2, _rng(recipe, "nasty").choice(NASTY))
    html = "\n".join(parts) + "\n"
    return unicodedata.normalize("NFD", html) if recipe.decomposed else html


def titled(recipe: Recipe) -> str:
    """Return a title; a few hundred of them are shared by all posts, as in life."""
    rng = _rng(recipe, "title")
    if recipe.about:
        return rng.choice(("Worth reading: {}", "Seen elsewhere: {}", "{}")).format(recipe.about[1])
    title = rng.choice(TOPICS[recipe.topic].titles)
    chance = rng.random()
    if chance < 0.08:
        title = f"{title} {rng.choice(SLOTS['emoji'])}"
    elif chance < 0.2:
        title = f"{rng.choice(SLOTS['day'])}: {title[0].lower()}{title[1:]}"
    elif chance < 0.3:
        title = f"{title} – Week {rng.randint(1, 11)}"
    return unicodedata.normalize("NFD", title) if recipe.decomposed else title


def filled(line: str, rng: Random) -> str:
    """Return the line with its slots filled and a capital at its head."""
    text = line
    while "{" in text:
        text = _SLOT.sub(lambda slot: rng.choice(SLOTS[slot[1]]), text)
    return text[0].upper() + text[1:]


def _rng(recipe: Recipe, purpose: str) -> Random:
    return Random(f"{recipe.seed}|{recipe.key}|{purpose}")


def _paragraphs(recipe: Recipe) -> list[str]:
    rng = _rng(recipe, "body")
    topic = TOPICS[recipe.topic]
    lines = [filled(line, rng) for line in rng.sample(topic.lines, 4)]
    extra = [
        filled(line, rng)
        for pool in _EXTRA_LINES[recipe.voice]
        for line in rng.sample(pool, 4 // len(_EXTRA_LINES[recipe.voice]))
    ]
    opening = filled(rng.choice(OPENINGS[recipe.voice]), rng)
    scenes = [filled(line, rng) for line in rng.sample(SCENES, 5)]
    ending = filled(rng.choice(ENDINGS[recipe.voice]), rng)
    parts = [
        _paragraph(opening, lines[0], scenes[0]),
        _paragraph(lines[1], extra[0], scenes[1], scenes[3], lines[2]),
        _paragraph(scenes[2], extra[1], lines[3], scenes[4]),
        _paragraph(*extra[2:], ending),
    ]
    for part in _ornaments(recipe, topic, rng):
        parts.insert(rng.randint(1, len(parts) - 1), part)
    return parts


def _paragraph(*sentences: str) -> str:
    return f"<p>{' '.join(sentences)}</p>"


def _ornaments(recipe: Recipe, topic: Topic, rng: Random) -> list[str]:
    found = []
    if topic.things and rng.random() < 0.35:
        found.append(_list(topic, rng))
    if rng.random() < 0.3:
        found.append(f"<blockquote><p>{rng.choice(QUOTES)}</p></blockquote>")
    if rng.random() < 0.3:
        found.append(_picture(recipe, rng))
    if rng.random() < 0.2:
        found.append(_link(recipe, rng))
    return found


def _list(topic: Topic, rng: Random) -> str:
    things = rng.sample(topic.things, 2) + rng.sample(SLOTS["thing"], 2)
    items = "".join(f"<li>{thing}</li>" for thing in things)
    heading = rng.choice(("What we used", "To remember", "For next time", "Ngā mea hei mau mai"))
    return f"<h3>{heading}</h3>\n<ul>{items}</ul>"


def _picture(recipe: Recipe, rng: Random) -> str:
    alt = f"{rng.choice(SLOTS['thing'])} {rng.choice(SLOTS['place'])}"
    name = f"{recipe.topic}-{rng.randint(1, 40)}.png"
    image = f'<img src="{recipe.base}/pictures/{name}" alt="{alt}" width="120" height="80">'
    return f"<figure>{image}<figcaption>{alt[0].upper()}{alt[1:]}</figcaption></figure>"


def _link(recipe: Recipe, rng: Random) -> str:
    address = rng.choice(
        (
            f"https://example.org/{recipe.topic}/{rng.randint(100, 999)}?utm_source=blog",
            f"{recipe.base}/?from=text",
            "/about/",
            "https://www.example.com/a(b)/c?d=1&amp;e=2#part",
        )
    )
    return f'<p>There is more about {recipe.topic} <a href="{address}">over here</a>.</p>'


def _passed_on(recipe: Recipe) -> list[str]:
    assert recipe.about
    rng = _rng(recipe, "body")
    address, title = recipe.about
    remarks = [filled(line, rng) for line in rng.sample(REFLECTIONS + CLUSTER_LINES, 3)]
    return [
        f'<p>{remarks[0]} Read <a href="{address}">{_escaped(title)}</a>.</p>',
        f"<blockquote><p>{filled(rng.choice(OBSERVATIONS), rng)}</p></blockquote>",
        _paragraph(*remarks[1:], filled(rng.choice(OBSERVATIONS), rng)),
    ]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _edited(recipe: Recipe, parts: list[str], edit: int) -> list[str]:
    rng = _rng(recipe, f"edit {edit}")
    pool = TOPICS[recipe.topic].lines if recipe.topic in TOPICS else OBSERVATIONS
    changed = _paragraph(*(filled(line, rng) for line in rng.sample(pool, 3)))
    note = f"<p><strong>Added later:</strong> {filled(rng.choice(OBSERVATIONS), rng)}</p>"
    return [parts[0], changed, *parts[2:], note]
