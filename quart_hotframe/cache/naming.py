"""Names of keys and tags, so that no module reads what another one, or its last version, kept."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable

from ..runtime.contribution import HOST
from ..runtime.contribution import module_of
from ..security.digests import digest

TAGS = 16
"""Most tags of one value."""
EVERYTHING = digest("everything")
"""The tag that all values have."""
_AGAIN = re.compile(r"(__[0-9a-f]{12})_\d+$")


class Owner:
    """Whose code uses the cache.

    :param name: the ``__name__`` of the Python module, which has the content of a version in it.
    """

    def __init__(self, name: str) -> None:
        self.module = module_of(name)
        version = name.split(".")[1] if self.module else HOST
        self._space = _AGAIN.sub(r"\1", version)  # the same content, loaded once more

    def key(self, key: str) -> str:
        """Return the digest of a key.

        :raises TypeError: the key is no text.
        """
        return digest("key", self._space, _text("key", key))

    def tags(self, tags: Iterable[str]) -> list[str]:
        """Return the digests of tags, and of those that the owner's values all have.

        :raises TypeError: a tag is no text, or *tags* is one itself.
        :raises ValueError: there are too many.
        """
        if isinstance(tags, str):
            raise TypeError(f"tags is a list of text: write tags=[{tags!r}].")
        found = list(dict.fromkeys(tag_named(tag) for tag in tags))
        if len(found) > TAGS:
            raise ValueError(f"A value has at most {TAGS} tags, not {len(found)}.")
        own = [tag_of_module(self.module)] if self.module else []
        return [EVERYTHING, *own, *found]


def caller() -> Owner:
    """Return whose code called the function that calls this one."""
    frame = inspect.currentframe()
    outer = frame and frame.f_back and frame.f_back.f_back
    return Owner(str(outer.f_globals.get("__name__", "")) if outer else "")


def tag_named(tag: str) -> str:
    """Return the digest of a tag; tags are the same in all modules.

    :raises TypeError: the tag is no text.
    """
    return digest("tag", _text("tag", tag))


def tag_of_module(name: str) -> str:
    """Return the tag that all values of a module have."""
    return digest("module", name)


def _text(what: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"A {what} of the cache is text, not {value!r}: write str(...).")
    return value
