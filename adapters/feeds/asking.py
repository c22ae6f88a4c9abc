"""The part that asks: fetching feeds, and whether a post's page is still there."""

from adapters.blogs.client import BlogClient as FeedClient
from adapters.blogs.client import bare
from adapters.blogs.permalink import presence_of_page

__all__ = ["FeedClient", "bare", "presence_of_page"]
