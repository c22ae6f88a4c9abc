"""The second file of a backup: sealed with a passphrase, and nothing gets in unseen."""

import pytest

from connector import sealed
from connector.errors import ConfigError

REAL_COST = sealed._LOG_N  # before the tests lower it


def test_what_is_sealed_at_the_real_cost_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_LOG_N", REAL_COST)
    assert REAL_COST == 17
    file = sealed.seal("the key ā", "four words", {"hub": "h"})
    assert b"the key" not in file
    assert sealed.label_of(file)["hub"] == "h"
    assert sealed.unseal(file, "four words") == "the key ā"


def test_a_wrong_passphrase_opens_nothing() -> None:
    with pytest.raises(ConfigError, match="passphrase is wrong"):
        sealed.unseal(sealed.seal("text", "four words", {}), "five words")


def test_any_changed_byte_is_noticed() -> None:
    file = sealed.seal("text", "four words", {"hub": "h", "made": "today"})
    for place in range(len(file)):
        spoilt = bytearray(file)
        spoilt[place] ^= 1
        with pytest.raises(ConfigError):
            sealed.unseal(bytes(spoilt), "four words")


@pytest.mark.parametrize("file", [b"", b"PK", sealed.MAGIC + b"{}\n", sealed.MAGIC + b"[1]\nx"])
def test_other_files_are_refused(file: bytes) -> None:
    with pytest.raises(ConfigError):
        sealed.unseal(file, "four words")


def test_a_file_cannot_ask_for_all_the_memory() -> None:
    label = b'{"salt": "00", "nonce": "00", "log_n": 40}\n'
    with pytest.raises(ConfigError, match="damaged"):
        sealed.unseal(sealed.MAGIC + label + b"x" * 32, "four words")
