"""What is decided about announcements: pure, and the same for every destination.

What a delivery may become is in ``moves``, what is sent in ``writing`` and ``limits``, what was
agreed to in ``plan``, and when something happens in ``timing``. Nothing here sends.
"""
