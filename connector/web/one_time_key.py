"""The key of the one-time link that lets a facilitator in until there are accounts."""

import hmac
import threading


class OneTimeKey:
    """A token that opens once; None never opens. Thread-safe."""

    def __init__(self, token: str | None):
        self._token = token.encode() if token else None
        self._lock = threading.Lock()

    def fits(self, offered: str) -> bool:
        """Whether this would open; changes nothing."""
        token = self._token
        return token is not None and hmac.compare_digest(token, offered.encode())

    def use(self, offered: str) -> bool:
        """Whether it opened; afterwards it never does again."""
        with self._lock:  # two browsers at once: one gets in
            if not self.fits(offered):
                return False
            self._token = None
            return True
