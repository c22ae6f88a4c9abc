"""A promise about speed, and whether the figures keep it; or a figure that is only stated."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One number and the bound it has to keep, if there is one."""

    sentence: str
    value: float
    bound: float | None
    """None: nothing is promised, and the number is stated."""
    at_least: bool = False
    unit: str = "x"
    also: str = ""
    """The same in another way, for whoever judges the number."""

    @property
    def is_met(self) -> bool | None:
        """Whether the number keeps its bound; None where it has none."""
        if self.bound is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        """Return one line of a report."""
        verdict = {True: "met", False: "NOT MET", None: "stated"}[self.is_met]
        word = "at least" if self.at_least else "at most"
        bound = None if self.bound is None else f"{word} {self.bound:g}"
        beside = "; ".join(part for part in (bound, self.also) if part)
        numbers = f"{self.value:.2f} {self.unit}" + (f" ({beside})" if beside else "")
        return f"{verdict:7} {self.sentence}: {numbers}"

    def for_programs(self) -> dict[str, object]:
        """Return the same as JSON holds it."""
        return {
            "promise": self.sentence,
            "value": round(self.value, 3),
            "bound": self.bound,
            "at_least": self.at_least,
            "unit": self.unit,
            "met": self.is_met,
        }
