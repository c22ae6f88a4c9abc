"""Tests of the Interact adapter; a real MariaDB is in ``tests/live/test_interact.py``."""
