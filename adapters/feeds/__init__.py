"""What every adapter that stands on feeds may use of the feed readers.

The readers grew up with the blogs and still live there; ``reading`` (pure) and ``asking`` are
the only doors to them for another adapter, so that what is behind can move unnoticed.
"""
