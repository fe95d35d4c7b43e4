"""Keys of fixed length, so that what clients send reaches no storage as a name."""

from __future__ import annotations

from hashlib import blake2b


class Digest:
    """A digest whose first parts are known, and one more that is not yet.

    >>> Digest("a", "b").of("c") == Digest("a").of("bc")
    False
    """

    def __init__(self, *parts: str) -> None:
        self._known = blake2b(f"{len(parts)}\0".encode(), digest_size=16)
        for part in parts:
            self._known.update(f"{len(part)}:{part}\0".encode("utf-8", "surrogatepass"))

    def of(self, part: str) -> str:
        """Return 32 hexadecimal digits for all parts."""
        whole = self._known.copy()
        whole.update(part.encode("utf-8", "surrogatepass"))
        return whole.hexdigest()


def digest(*parts: str) -> str:
    """Return 32 hexadecimal digits for parts of any length and content.

    >>> digest("a", "b") == digest("ab")
    False
    """
    *first, last = parts
    return Digest(*first).of(last)
