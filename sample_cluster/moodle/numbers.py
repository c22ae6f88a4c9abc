"""Running numbers of a stand-in site: each table counts for itself, as a database does."""


class Numbers:
    """Hands out ids by table."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}

    def next(self, table: str, wanted: int | None = None) -> int:
        """Return the next id of a table, or the wanted one, which must be a new one."""
        last = self._last.get(table, 0)
        if wanted is None:
            wanted = last + 1
        self._last[table] = max(last, wanted)
        return wanted
