"""Message boards of which only feeds can be read: phpBB, vBulletin, XenForo, Elgg and others.

``software`` knows what each calls its feeds and topics, ``parse`` makes posts of a board of a
feed's entries, ``client`` fetches feeds and reads saved ones, ``adapter`` joins them.
"""
