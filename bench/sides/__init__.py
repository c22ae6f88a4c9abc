"""What the benchmarks run: feeds, their server, and the sides, each a process of its own."""
