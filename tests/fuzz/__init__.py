"""A coverage-guided fuzzer for every parser: ``./run exec python -m tests.fuzz PARSER``.

It is no test of the suite, since it has no end. What it finds becomes a file under
``tests/captures/fuzz/`` and with that a test (``tests/hostile/test_parsers.py``).
"""
