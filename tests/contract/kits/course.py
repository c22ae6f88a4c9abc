"""The kit of a place unlike any blog; it stands in no registry (see ``course_place``)."""

from collections.abc import Callable

from connector.model import Presence
from tests.contract.fake_session import Answer, Request
from tests.contract.kits.course_place import ADAPTER, CourseSettings
from tests.contract.kits.course_service import ADDRESS, GARDEN, NEWS, TOKEN, Course

HIDDEN, SHOWN = "canary-hidden", "canary-for-the-course"


class CourseKit:
    """A course with two forums, one of them for a group."""

    adapter = ADAPTER
    secrets = (TOKEN,)
    secret_in_url = False
    private = (HIDDEN, SHOWN)
    shows_public = False
    students = frozenset({"user:3", "user:4"})
    lists_members = True
    parser_seam = ("tests.contract.kits.course_place:PARSER_VERSION",)
    main = f"forum:{NEWS}"
    whole = True
    paged = True
    sweeps = True
    removed = Presence.FORBIDDEN

    def __init__(self) -> None:
        self.course = Course()
        self.course.write(NEWS, HIDDEN, hidden=True)
        self.course.write(GARDEN, SHOWN)
        self.settings = CourseSettings(address=ADDRESS, token=TOKEN)
        self.reshaped = self.settings.model_copy(update={"audience": "facilitators"})
        self.reselected = CourseSettings(address=ADDRESS, token="another")

    def answer(self, request: Request) -> Answer:
        return self.course.answer(request)

    def add(self) -> str:
        return f"discussion:{self.course.write(NEWS, 'Something new')}"

    def edit(self, external_id: str) -> None:
        self.course.change(int(external_id.partition(":")[2]), "Written anew")

    def remove(self, external_id: str) -> None:
        self.course.remove(int(external_id.partition(":")[2]))

    def ids(self, stream: str) -> set[str]:
        forum = int(stream.partition(":")[2])
        return {f"discussion:{each.id}" for each in self.course.open(forum)}

    def words(self) -> str:
        return repr(vars(self.course))


KITS: dict[str, Callable[[], CourseKit]] = {"forums": CourseKit}
