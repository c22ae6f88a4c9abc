"""A stand-in Moodle: what one site holds, who may see it, and how it answers over the network.

Written from recorded answers of Moodle 4.5.6; nothing of Moodle itself is in it.
"""
