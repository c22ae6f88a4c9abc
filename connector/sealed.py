"""A small text, encrypted with a passphrase: the second file of a backup.

::

    clusterhub-key-1 {"hub": "...", "made": "...", "salt": "...", "nonce": "...", "log_n": 17}\\n
    ciphertext (AES-256-GCM; the first line is authenticated with it)

The key is made from the passphrase by scrypt (RFC 7914) with r=8, p=1. Nothing in the first
line is secret: it tells whose file it is without the passphrase.
"""

import json
import os
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from connector.errors import ConfigError

MAGIC = b"clusterhub-key-1 "
_LOG_N = 17
"""128 MB and a third of a second for each try; OWASP's advice of 2023."""
_LARGEST_LOG_N = 20
_LONGEST_LABEL = 4096


def seal(text: str, passphrase: str, label: Mapping[str, str]) -> bytes:
    """Return the file that holds ``text``; ``label`` stands in it for all to read."""
    salt, nonce = os.urandom(16), os.urandom(12)
    told = {**label, "salt": salt.hex(), "nonce": nonce.hex(), "log_n": _LOG_N}
    first = MAGIC + json.dumps(told, sort_keys=True).encode() + b"\n"
    cipher = AESGCM(_derived(passphrase, salt, _LOG_N))
    return first + cipher.encrypt(nonce, text.encode("utf-8"), first)


def label_of(file: bytes) -> dict[str, Any]:
    """Return what stands in the first line. Raises ConfigError for another kind of file."""
    first, end, _ = file[:_LONGEST_LABEL].partition(b"\n")
    if first.startswith(MAGIC) and end:
        try:
            label = json.loads(first.removeprefix(MAGIC))
        except ValueError:
            label = None
        if isinstance(label, dict):
            return label
    raise ConfigError("It is not a key file of a backup, or it is damaged.")


def unseal(file: bytes, passphrase: str) -> str:
    """Return the text. Raises ConfigError for a wrong passphrase or a damaged file."""
    label = label_of(file)
    first = file[: file.index(b"\n") + 1]
    try:
        salt, nonce = bytes.fromhex(label["salt"]), bytes.fromhex(label["nonce"])
        log_n = int(label["log_n"])
        if not 1 <= log_n <= _LARGEST_LOG_N:
            raise ValueError
        cipher = AESGCM(_derived(passphrase, salt, log_n))
        return cipher.decrypt(nonce, file[len(first) :], first).decode("utf-8")
    except (KeyError, ValueError, TypeError):
        raise ConfigError("It is damaged.") from None
    except InvalidTag:
        raise ConfigError("The passphrase is wrong, or the file is damaged.") from None


def _derived(passphrase: str, salt: bytes, log_n: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log_n, r=8, p=1).derive(passphrase.encode("utf-8"))
