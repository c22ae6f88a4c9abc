"""A row of the registry is whole: settings, documents, kits and the four files."""

import re
from pathlib import Path

import pytest

from adapters.registry import ADAPTERS
from connector.contract import AdapterInfo
from tests.contract.kit import kits

ROOT = Path(__file__).parents[2]
FILES = ("settings.py", "client.py", "parse.py", "adapter.py")

pytestmark = pytest.mark.parametrize("kind", sorted(ADAPTERS))


def test_row_says_its_own_kind(kind):
    info = ADAPTERS[kind].INFO
    assert isinstance(info, AdapterInfo)
    assert info.kind == kind


def test_fastest_interval_is_not_slower_than_the_default(kind):
    info = ADAPTERS[kind].INFO
    assert info.fastest_interval <= info.default_interval


@pytest.mark.parametrize("name", FILES)
def test_folder_has_the_four_files(kind, name):
    assert (ROOT / "adapters" / kind / name).is_file()


def test_row_has_a_kit(kind):
    assert [name for name in kits() if name.startswith(f"{kind}/")]


def test_every_setting_is_described(kind):
    fields = ADAPTERS[kind].Settings.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


def test_unknown_setting_is_refused(kind):
    with pytest.raises(ValueError, match="no_such_setting"):
        ADAPTERS[kind].Settings.model_validate({"no_such_setting": 1})


def test_reference_page_names_every_setting(kind):
    page = (ROOT / "docs" / "reference" / f"{kind}.md").read_text()
    named = set(re.findall(r"`(\w+)`", page))
    assert set(ADAPTERS[kind].Settings.model_fields) - named == set()


def test_reference_page_has_one_sentence_on_a_line(kind):
    page = (ROOT / "docs" / "reference" / f"{kind}.md").read_text()
    assert [line for line in page.splitlines() if re.search(r"[a-z]\. [A-Z]", line)] == []
