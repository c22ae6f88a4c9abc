"""Texts as teachers write them, made from a few words: the same words give the same text.

A corpus case says ``{paper bridges 90}`` where ninety words about paper bridges stand. Two
texts have turns of phrase in common, as two posts by one teacher do, and little else.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterator

_SENTENCES = """
Today we looked at the THING and the CHILDREN wanted to know why it is so QUALITY.
The CHILDREN found THING beside the PLACE and drew what they saw.
We talked about THING for a while, and then about THING and THING.
I was surprised how QUALITY the CHILDREN were when the THING was passed round.
Next time we will bring THING to the PLACE so that everybody has a turn.
Some of us thought that THING comes before THING; others were not so sure.
What worked well: THING, a QUALITY start, and time in the PLACE.
What did not work: too much THING, too little THING.
Our question for whānau this week is what you remember about THING.
The CHILDREN wrote about THING in their books and read it to the PLACE group.
I keep wondering whether QUALITY THING would help the CHILDREN at the PLACE.
In the afternoon the CHILDREN took THING outside and measured THING with string.
""".strip().splitlines()

_WORDS = {
    "THING": """bridge paper river frog lantern seed compost kite map bread drum string shadow
        magnet recipe whale tower clay rain feather stone garden waiata haka poi harakeke kererū
        ngahere moana awa kūmara mānuka tūī weather fraction decimal poem letter number story
        book engine battery wheel lever pulley ramp boat raft shell worm beetle spider nest egg
        fossil volcano earthquake tide moon matariki planet star camera film code robot circuit
        timetable survey graph average hundred symmetry pattern tukutuku kōwhaiwhai mask puppet
        dance song chorus rhythm netball swimming relay bicycle helmet lunch apple sandwich""",
    "CHILDREN": """juniors seniors tamariki pairs twins newcomers readers builders groups
        captains artists scientists drummers gardeners five-year-olds students year-sixes""",
    "PLACE": """library hall playground creek field classroom kitchen marae garden fence beach
        bus staffroom shed pool harbour hilltop bush gym studio""",
    "QUALITY": """quiet loud heavy light patient careful fast slow curious proud tired bright
        muddy brave gentle clever stubborn cheerful serious playful""",
}
_CHOICES = {name: words.split() for name, words in _WORDS.items()}
_MADE = re.compile(r"\{([^{}]+?) (\d+)\}")
_SLOT = re.compile("|".join(_CHOICES))


def written_out(text: str) -> str:
    """Return the text with each ``{words of a subject N}`` written out to N words."""
    return _MADE.sub(lambda found: words_about(found[1], int(found[2])), text)


def words_about(subject: str, count: int) -> str:
    """Return so many words that no other subject has in this order."""
    words: list[str] = []
    chance = _chance(subject)
    while len(words) < count:
        sentence = _SENTENCES[next(chance) % len(_SENTENCES)]
        filled = _SLOT.sub(lambda slot: _pick(slot[0], chance), sentence)
        # The subject comes up now and then, as it would.
        words += filled.split() if next(chance) % 4 else f"{filled} So much for {subject}.".split()
    return " ".join(words[:count])


def _pick(slot: str, chance: Iterator[int]) -> str:
    choices = _CHOICES[slot]
    return choices[next(chance) % len(choices)]


def _chance(subject: str) -> Iterator[int]:
    step = 0
    while True:
        yield from hashlib.blake2b(f"{subject}/{step}".encode()).digest()
        step += 1


def without_macrons(text: str) -> str:
    """Return the text as an old editor left it: ā written a."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", text) if letter != "\N{COMBINING MACRON}"
    )
