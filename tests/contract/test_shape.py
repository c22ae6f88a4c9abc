"""The shape of a stream differs exactly when the same bytes would give other records."""

from importlib import import_module

from tests.contract.kit import opened


def test_shape_asks_nobody(kit):
    place, session = opened(kit)
    place.shape(kit.main)
    assert session.requests == 0


def test_shape_stays(kit):
    assert opened(kit)[0].shape(kit.main) == opened(kit)[0].shape(kit.main)


def test_shape_changes_with_settings_that_shape(kit):
    assert opened(kit, kit.reshaped)[0].shape(kit.main) != opened(kit)[0].shape(kit.main)


def test_shape_stays_with_settings_that_only_choose(kit):
    assert opened(kit, kit.reselected)[0].shape(kit.main) == opened(kit)[0].shape(kit.main)


def test_shape_changes_with_the_parser(kit, monkeypatch):
    before = opened(kit)[0].shape(kit.main)
    for seam in kit.parser_seam:
        module, _, name = seam.partition(":")
        found = import_module(module)
        monkeypatch.setattr(found, name, getattr(found, name) + 1)
    assert opened(kit)[0].shape(kit.main).parser > before.parser
