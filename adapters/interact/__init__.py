"""The old community: an Interact, read from its database, a dump, its feeds or saved pages.

Modelled on release 2.4. What each module does is in ``docs/reference/interact.md``.
"""
