"""The passphrase of a backup's second file: from the environment, or typed."""

import sys
from collections.abc import Mapping

import click

from connector.errors import ConfigError

VARIABLE = "CLUSTERHUB_BACKUP_PASSPHRASE"
SHORTEST = 12


def new_passphrase(environment: Mapping[str, str]) -> str:
    """Return the passphrase to write with. Raises ConfigError without one."""
    found = environment.get(VARIABLE) or _typed("Passphrase for the key file", twice=True)
    if found is None:
        raise ConfigError(
            f"A passphrase is needed for the copy of the hub's key: write {VARIABLE}=... into "
            ".env and keep it elsewhere too, or leave that copy out with --without-key."
        )
    if len(found) < SHORTEST:
        raise ConfigError(
            f"The passphrase is too short: {SHORTEST} characters or more, such as four words."
        )
    return found


def known_passphrase(environment: Mapping[str, str]) -> str:
    """Return the passphrase to read with. Raises ConfigError without one."""
    found = environment.get(VARIABLE) or _typed("Passphrase of the key file", twice=False)
    if found is None:
        raise ConfigError(
            f"The backup's key file needs its passphrase: set {VARIABLE} in the environment or "
            ".env, or restore without the key with --without-key."
        )
    return found


def _typed(question: str, *, twice: bool) -> str | None:
    if not sys.stdin.isatty():
        return None
    return str(click.prompt(question, hide_input=True, confirmation_prompt=twice, err=True))
