"""All instances that this process works on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from collections.abc import Iterator
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ..security.digests import digest
from .held import Held
from .refusing import NeedSnapshot

if TYPE_CHECKING:
    from .facade import Live

MOST = 10_000
"""How many objects are kept for their next event; others are made anew from what is written."""


def key_of(binding: str, page: str, id: str) -> str:
    """Return what stands for session, login, page and id together."""
    return digest(binding, page, id)


class Residents:
    """Finds the instance of a session, page and id: there is one at a time, with one mailbox."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self._held: WeakValueDictionary[str, Held] = WeakValueDictionary()
        self._recent: OrderedDict[str, Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._held)

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def at(self, binding: str, page: str, id: str) -> Held:
        """Return the instance at a place; it may have no state yet.

        :param binding: session and login.
        """
        key = key_of(binding, page, id)
        held = self._held.get(key)
        if held is None:
            held = self._held[key] = Held(self._live, key, binding, page, id)
        self._recent[key] = held
        self._recent.move_to_end(key)
        while len(self._recent) > MOST:
            self._recent.popitem(last=False)  # who works on it still has it
        return held

    def forget(self, key: str) -> None:
        """Keep no object whose state is not kept either; who works on it still has it."""
        self._recent.pop(key, None)

    async def adopt(
        self, binding: str, page: str, id: str, component: str, snapshot: str
    ) -> Held:  # fmt: skip
        """Return the instance at a place, with the state of a snapshot unless a newer one is held.

        :raises Refused: the snapshot is not one of this instance, session and login.
        """
        held = self.at(binding, page, id)
        async with held.mailbox.entered():
            await held.load(component, None, snapshot)
        return held

    async def find(
        self, binding: str, page: str, id: str, component: str, handle: str
    ) -> Held | None:
        """Return the instance that a handle stands for, or ``None`` when its state is lost."""
        held = self.at(binding, page, id)
        async with held.mailbox.entered():
            try:
                await held.load(component, handle, None)
            except NeedSnapshot:
                return None
        return held

    def let_go(self, kinds: Collection[object]) -> None:
        """Keep no object of a class that is not there any more; its written state stays.

        :param kinds: the classes that are there.
        """
        for held in list(self._held.values()):
            held.state.let_go(kinds)
