"""The front door: the only part of ``connector`` that knows adapters and jobs.

One module for each group of commands; ``hub`` opens what they all need, ``show`` prints.
Results go to standard output, everything else to standard error; exit 0 done, 1 failed,
2 wrong usage.
"""

from connector.cli.main import main

__all__ = ["main"]
