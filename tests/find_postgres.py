"""Finds a PostgreSQL server on this machine that tests may use; ``./run test`` asks it.

Prints a database URL, or nothing when no server answers or none lets us create databases.
Tests read the URL from ``CLUSTERHUB_TEST_POSTGRES`` and never look for servers themselves.
"""

import psycopg

CANDIDATES = (
    "postgresql:///postgres",  # the usual socket, as ourselves (libpq's PG* variables count)
    "postgresql://postgres@127.0.0.1:5432/postgres",
)


def can_create_databases(url: str) -> bool:
    """Whether a server answers there and lets us make a database of our own."""
    question = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute(question).fetchone()
    except psycopg.Error:
        return False
    return row is not None and bool(row[0])


def main() -> None:
    """Print the first URL that serves."""
    print(next((url for url in CANDIDATES if can_create_databases(url)), ""))


if __name__ == "__main__":
    main()
