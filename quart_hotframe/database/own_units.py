"""Units of work of what no request brings, such as an event of a live component by a timer."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from .requests import RequestUnits
from .requests import RequestWatch

if TYPE_CHECKING:
    from ..runtime.pin import Pin

_around: ContextVar[OwnUnits | None] = ContextVar("hotframe_own_units", default=None)


class OwnUnits(RequestUnits):
    """The units of work of a block of code, by the name of the database.

    They begin with their first use. After :meth:`finish` the block goes on with new ones.

    :param watch: that of the app.
    :param pin: of the code around; what it starts with another pin has no part in them.
    :param reads: whether the block is not expected to write.
    :param lasts: whether it may take long, so that a ``transaction()`` in it ends by itself.
    """

    def __init__(
        self, watch: RequestWatch, pin: Pin | None, *, reads: bool, lasts: bool
    ) -> None:  # fmt: skip
        super().__init__()
        self._watch = watch
        self._pin = pin
        self._reads = reads
        self.lasts = lasts
        self._token = _around.set(self)

    @property
    def reads(self) -> bool:
        """Whether it is not expected to write."""
        return self._reads

    async def finish(self, status: int) -> None:
        """End all units; the next use begins anew."""
        await super().finish(status)
        self.over = False

    async def settle(self) -> None:
        """Commit what was written so far, unless a ``transaction()`` within goes on."""
        if not any(work.session.in_nested_transaction() for work in self.works.values()):
            await self.finish(200)

    async def leave(self, *, commit: bool) -> None:
        """End all units and the block.

        :raises Exception: what a commit raised; the units after it are rolled back.
        """
        try:
            if commit:
                await self.finish(200)
        finally:
            _around.reset(self._token)
            await self.close()

    @classmethod
    def around(cls, watch: RequestWatch, pin: Pin | None) -> OwnUnits | None:
        """Return the units of the block in which the running code is, if there is one."""
        found = _around.get()
        if found is None or found._watch is not watch or found._pin is not pin:
            return None
        return found
