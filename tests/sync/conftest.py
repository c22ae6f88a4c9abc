"""Stores for these tests: a fresh SQLite file, or the one PostgreSQL database emptied."""

from tests.store.conftest import database_url, emptied_databases

__all__ = ["database_url", "emptied_databases"]
