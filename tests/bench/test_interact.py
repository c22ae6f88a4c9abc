"""The benchmark of an old Interact: its large dump is one, its figures are judged as promised."""

from bench import interact
from tests.interact.reading import read, settings_of


def test_large_dump_is_as_large_as_asked_for_and_can_be_read(tmp_path):
    path = tmp_path / "large.sql"
    size = interact.large_dump(path, 2)
    assert 1_800_000 < size < 2_500_000
    found = read(settings_of(dump=str(path)))
    long = [one for one in found.records.values() if "it's a long story" in one.html]
    assert len(long) == 2_000_000 // 4_200


def test_figures_are_judged_as_promised():
    def figures(seconds: float, megabytes: float) -> interact.Figures:
        return {"wall_seconds": seconds, "cpu_seconds": seconds, "peak_megabytes": megabytes}

    found = {"floor": figures(1, 50), "database": figures(2.5, 100)}
    found |= {"dump": figures(2, 120), "large dump": figures(5, 201)}
    ratio, peak, questions = interact.promises(found, 15)
    assert (ratio.value, ratio.is_met) == (2.5, True)
    assert (peak.value, peak.is_met) == (201, False)
    assert questions.is_met
    assert not interact.promises(found, 16)[2].is_met
