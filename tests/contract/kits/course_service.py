"""A course in memory: people with roles, and forums for everybody in it or for one group.

All that a blog is not: each question is a POST with the token in its body, nothing is public,
and of what was removed the course says only what it says of what is hidden: no access.
"""

import json
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from tests.contract.fake_session import Answer, Request

ADDRESS = "https://learn.example.school.nz/ask"
TOKEN = "tui-7f3a91c04be2"
NEWS, GARDEN = 1, 2
BEGIN = 1_788_200_000


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    role: str
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Discussion:
    id: int
    forum: int
    author: int
    text: str
    created: int
    modified: int
    hidden: bool = False


class Course:
    """Discussions with a clock that each change moves on by a minute."""

    def __init__(self) -> None:
        self.now = BEGIN
        self.people = (
            Person(1, "Mere Tautahi", "lead"),
            Person(2, "Sam Oduya", "teacher", (7,)),
            Person(3, "Room 5 learner", "learner", (7,)),
            Person(4, "Room 6 learner", "learner"),
            Person(5, "Visitor", "observer"),
        )
        self.forums = ((NEWS, "Course news", None), (GARDEN, "Garden group", 7))
        self.discussions: dict[int, Discussion] = {}
        for number in range(120):
            self.write(NEWS, f"Kōrero {number} & <b>friends</b>", author=1 + number % 4)
        for number in range(20):
            self.write(GARDEN, f"Seedlings {number}", author=2 + number % 2)

    def tick(self) -> int:
        self.now += 60
        return self.now

    def write(self, forum: int, text: str, *, author: int = 2, hidden: bool = False) -> int:
        number, now = max(self.discussions, default=0) + 1, self.tick()
        self.discussions[number] = Discussion(number, forum, author, text, now, now, hidden)
        return number

    def change(self, number: int, text: str) -> None:
        self.discussions[number] = replace(
            self.discussions[number], text=text, modified=self.tick()
        )

    def remove(self, number: int) -> None:
        self.tick()
        del self.discussions[number]

    def open(self, forum: int) -> list[Discussion]:
        """Return what the token may read of a forum."""
        found = self.discussions.values()
        return [each for each in found if each.forum == forum and not each.hidden]

    # What it answers

    def answer(self, request: Request) -> Answer:
        if urlsplit(request.url).path != "/ask" or request.body is None:
            return Answer(b"<title>Nothing here</title>", 404, {"Content-Type": "text/html"})
        form = request.form
        if form.get("token") != TOKEN:
            return said({"error": "invalid_token"})
        answers = {
            "people": self._people,
            "forums": self._forums,
            "discussions": self._changed,
            "ids": self._ids,
            "shown": self._shown,
        }
        return said(answers[form["ask"]](form))

    def _people(self, form: dict[str, str]) -> object:
        return {"people": [vars(each) for each in self.people]}

    def _forums(self, form: dict[str, str]) -> object:
        named = [{"id": id, "name": name, "group": group} for id, name, group in self.forums]
        return {"forums": named}

    def _changed(self, form: dict[str, str]) -> object:
        """List what changed after a moment and an id, the earliest change first."""
        after = int(form["after_time"]), int(form["after_id"])
        found = sorted(self.open(int(form["forum"])), key=lambda each: (each.modified, each.id))
        later = [each for each in found if (each.modified, each.id) > after]
        shown = [
            {
                "id": each.id,
                "author": each.author,
                "title": f"About {each.id}",
                "html": f"<p>{each.text}</p>",
                "created": each.created,
                "modified": each.modified,
            }
            for each in later[:50]
        ]
        return {"discussions": shown, "more": len(later) > 50}

    def _ids(self, form: dict[str, str]) -> object:
        numbers = sorted(each.id for each in self.open(int(form["forum"])))
        later = [each for each in numbers if each > int(form["after_id"])]
        return {"ids": later[:50], "more": len(later) > 50}

    def _shown(self, form: dict[str, str]) -> object:
        asked = {int(each) for each in form["ids"].split(",")}
        found = self.discussions.values()
        return {"shown": [each.id for each in found if each.id in asked and not each.hidden]}


def said(value: object) -> Answer:
    return Answer(json.dumps(value).encode(), 200, {"Content-Type": "application/json"})
