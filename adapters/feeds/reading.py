"""The pure part: feeds of every kind -> records, and the small values around them."""

from adapters.blogs.cursors import digest_of, pack, unpack
from adapters.blogs.harvest import in_slices
from adapters.blogs.parse import PARSER_VERSION, Feed, read_feed

__all__ = ["PARSER_VERSION", "Feed", "digest_of", "in_slices", "pack", "read_feed", "unpack"]
