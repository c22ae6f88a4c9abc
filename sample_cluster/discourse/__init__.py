"""A stand-in for a Discourse board: a world that can be changed, and what it answers.

``world`` holds the board, ``shapes`` its JSON, ``answering`` who may see what and at which
address, ``limits`` how often; ``server`` speaks on a socket. Keys and types follow the
board software's published API description of August 2026.
"""
