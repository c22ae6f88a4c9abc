"""Feeds of every kind, for the adapters that stand on them; no adapter itself.

``parse`` is the door to the feed readers, which are pure; ``client`` fetches, ``permalink`` asks
whether a post's page is still there; ``cursors`` and ``harvest`` hold what a stream's state and
its pages have in common. Whose feeds are read, and when, is said by each adapter.
"""
