"""The databases that benchmarks run on: SQLite, and PostgreSQL where a server answers."""

import os

from tests.databases import POSTGRES_VARIABLE
from tests.find_postgres import CANDIDATES, can_create_databases

KINDS = ("sqlite", "postgresql")


def server_address() -> str:
    """Return the PostgreSQL server that the environment names, or one that answers here."""
    named = os.environ.get(POSTGRES_VARIABLE)
    return named or next((one for one in CANDIDATES if can_create_databases(one)), "")
