"""Failures that users of other systems reported: one file for each, named after its row."""
