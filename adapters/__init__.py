"""One folder per kind of place, all of the same shape."""
