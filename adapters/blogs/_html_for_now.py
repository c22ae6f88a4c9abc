"""Stands in for connector.html until it is there; to be removed with its first version."""

# mypy: ignore-errors
try:
    from connector.html import fold, plain_line, safe_link
except ImportError:
    import re
    import unicodedata
    from html import unescape

    def plain_line(text: str) -> str:
        return " ".join(unescape(re.sub(r"<[^<>]*>", "", text)).split())[:300]

    def safe_link(url: str | None) -> str | None:
        return url if url and url.startswith(("http://", "https://")) else None

    def fold(text: str) -> str:
        bare = unicodedata.normalize("NFKD", text)
        return "".join(c for c in bare if not unicodedata.combining(c)).casefold()


__all__ = ["fold", "plain_line", "safe_link"]
