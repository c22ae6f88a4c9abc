"""Rooms of chat services, posted to with Apprise."""
