"""Reads Discourse boards through their JSON API.

How a board's posts come to the hub is told in ``docs/reference/discourse.md``.
"""
