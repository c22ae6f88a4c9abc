"""A promise about speed, and whether the figures keep it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """One number and the bound it has to keep."""

    sentence: str
    value: float
    bound: float
    at_least: bool = False
    unit: str = "x"
    also: str = ""
    """The same in another way, for whoever judges the number."""

    @property
    def is_met(self) -> bool:
        """Whether the number keeps its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        """Return one line of a report."""
        word = "at least" if self.at_least else "at most"
        verdict = "met    " if self.is_met else "NOT MET"
        also = f"; {self.also}" if self.also else ""
        numbers = f"{self.value:.2f} {self.unit} ({word} {self.bound:g}{also})"
        return f"{verdict} {self.sentence}: {numbers}"

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
