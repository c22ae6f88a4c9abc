"""One module for each kind of place: its kits, by name, in ``KITS``."""
