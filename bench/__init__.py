"""Speed and memory, as ratios in one run: ``./run bench NAME [--json]``.

Each side runs in a process of its own and prints one JSON object; a benchmark runs them in
turn, several times, and compares medians. Nothing here is a test and nothing is timed by one.
"""
