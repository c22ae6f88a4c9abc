"""What is remembered of a place is made anew once it would come out otherwise."""

from sync_jobs.jobs import Remembered


def test_the_same_is_made_once_and_what_changed_anew() -> None:
    made: list[object] = []
    remembered = Remembered[int, str]()

    def made_from(what: dict[str, str]) -> str:
        def make() -> str:
            made.append(what)
            return what["colour"]

        return remembered.get(1, what, make)

    assert [made_from({"colour": one}) for one in ("red", "red", "blue", "red")] == [
        "red", "red", "blue", "red",
    ]  # fmt: skip
    assert len(made) == 3
    assert remembered.get(2, {"colour": "red"}, lambda: "another's") == "another's"
