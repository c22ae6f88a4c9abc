"""Reads a Moodle through its web services: courses, forums, blogs, sign-ups, calendar, people.

``docs/reference/moodle.md`` says which module does what, and how an answer becomes records.
"""
