"""The state of one instance: the record that is written, and the object that is made from it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..components.definition import Definition
from ..runtime.contribution import module_of
from .refusing import NeedSnapshot
from .resuming import resume
from .snapshot import Claims
from .store import Record
from .writing import Meanwhile

if TYPE_CHECKING:
    from .component import LiveComponent
    from .facade import Live
    from .held import Held


class State:
    """What an instance knows, from the store or from a snapshot of its page.

    :param key: stands for the binding, page and id together.
    :param binding: session and login.
    """

    def __init__(self, live: Live, key: str, binding: str, page: str, id: str) -> None:
        self._live = live
        self._key = key
        self._binding = binding
        self._page = page
        self._id = id
        self._record: Record | None = None
        self.object: LiveComponent | None = None
        """The component, as long as it is what the record says."""

    @property
    def record(self) -> Record:
        """What is written.

        :raises NeedSnapshot: it is lost.
        """
        if self._record is None:
            raise NeedSnapshot
        return self._record

    @record.setter
    def record(self, record: Record) -> None:
        self._record = record

    # -- from the store, or from a snapshot ------------------------------------------------------

    async def load(
        self, component: str, handle: str | None, snapshot: str | None, seen: int
    ) -> bool:
        """Have the state; see :meth:`Held.load`."""
        record = await self._live.store.load(self._key)
        if record is not None and record.component != component:
            record = None
        whole = True
        if snapshot is not None:
            claims = self._live.snapshots.read(snapshot, component, self._id, self._binding)
            if record is None or self._is_newer(claims, record):
                whole = claims.version >= seen
                version = max(claims.version, seen)
                if handle is not None:  # above all that was shown of the state that is lost
                    version = max(version, time.time_ns() // 1000)
                record = await self._adopt(claims, version, record)
        elif record is None or not _same(handle, record.handle):
            raise NeedSnapshot
        if record is not self._record:
            self.object = None
        self._record = record
        return whole

    async def reload(self, component: str) -> bool:
        """Have the state as the store has it, and no object; say whether it is there."""
        record = await self._live.store.load(self._key)
        if record is None or record.component != component:
            return False
        self._record, self.object = record, None
        return True

    def _is_newer(self, claims: Claims, record: Record) -> bool:
        """Whether a snapshot knows what a record does not, which then began from an older one."""
        if claims.page == self._page and claims.seq != record.seq:
            return claims.seq > record.seq
        return claims.version > record.version

    async def _adopt(self, claims: Claims, version: int, replaced: Record | None) -> Record:
        record = Record(
            self._key, self._live.session_of(self._binding), secrets.token_urlsafe(16),
            claims.component, self._id, claims.schema, version,
            claims.seq if claims.page == self._page else 0, claims.state,
        )  # fmt: skip
        await self._live.store.save(record, replaced)
        return record

    # -- the object ------------------------------------------------------------------------------

    async def component(self, found: Definition, held: Held) -> LiveComponent:
        """Return the object, made from the record where it is not there.

        :param held: the instance, which the component can change.
        :raises Unreadable: the state does not fit the class.
        """
        known = self.object
        if known is None or type(known) is not found.kind:
            known = await resume(self.record, found)
            vars(known)["_held"] = Meanwhile(held)
            self.object = known
        return known

    def let_go(self, kinds: Collection[object]) -> None:
        """Keep no object of another class of a module than these."""
        kind = type(self.object)
        if kind not in kinds and module_of(kind.__module__) is not None:
            self.object = None

    def forget(self) -> None:
        """Keep no object: the next one is made from what is written, with what mount() reads."""
        self.object = None

    # -- for the page ----------------------------------------------------------------------------

    def snapshot(self) -> str | None:
        """Return the snapshot that the page keeps, unless the store or the size makes it needless.

        :raises NeedSnapshot: there is no state.
        """
        size = len(self.record.state)
        if self._live.store.durable or size > self._live.settings.live_snapshot_size:
            return None
        return self._live.snapshots.make(self.claims(), self._binding)

    def claims(self) -> Claims:
        """Return what a snapshot of the state says.

        :raises NeedSnapshot: there is no state.
        """
        record = self.record
        return Claims(
            record.component, record.id, record.schema, record.version, record.seq, self._page,
            record.state,
        )  # fmt: skip


def _same(one: str | None, other: str) -> bool:
    return one is not None and secrets.compare_digest(one.encode(), other.encode())
