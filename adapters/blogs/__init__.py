"""Blogs: WordPress, WordPress.com, Blogger, Ghost, and any site with a feed.

``settings`` says what may be configured, ``discovery`` finds what a site offers, ``client``
asks, the ``*_json`` modules and ``parse`` turn answers into records without asking anybody,
the ``*_reader`` modules walk through one stream each, and ``adapter`` joins them. Feeds
themselves are read by ``adapters/feeds``.
"""
