"""Units of work of requests: they end before the answer is sent, whatever happens.

A request commits at the very last moment of Quart's handling: after all ``after_request``
functions and after the session was saved, and before the first byte is sent. A stream has no
connection therefore. What is not committed then is rolled back when the request is torn down.
"""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from quart import got_request_exception
from quart import Quart
from quart import request_finished
from quart import request_tearing_down

from ..errors import DatabaseUnavailable
from ..runtime.pin import Pin
from ..runtime.runtime import Runtime

if TYPE_CHECKING:
    from .tally import Tally
    from .work import Work


class RequestUnits:
    """The units of work of one request, by the name of the database.

    ``failed`` when an exception ended the view: nothing is committed any more. ``over`` when the
    answer is ready. ``tally`` counts the queries, where they are watched.
    """

    tally: Tally | None = None

    def __init__(self) -> None:
        self.works: dict[str, Work] = {}
        self.failed = self.over = False

    async def finish(self, status: int) -> None:
        """End all units; an answer below 400 commits.

        :raises Exception: what a commit raised; the units after it are rolled back.
        """
        commit, self.over = status < 400 and not self.failed, True
        try:
            while self.works:
                await self.works.pop(next(iter(self.works))).end(commit=commit)
        finally:
            await self._roll_back()

    async def fail(self) -> None:
        """Roll back, so that handlers of errors begin anew; what they write is undone, too."""
        self.failed, self.over = True, False
        await self._roll_back()

    async def close(self) -> None:
        """Roll back what is still open."""
        self.over = True
        await self._roll_back()
        if self.tally is not None:
            self.tally.end()

    async def _roll_back(self) -> None:
        while self.works:
            work = next(iter(self.works.values()))
            await work.abandon()
            self.works = {name: one for name, one in self.works.items() if one is not work}


class RequestWatch:
    """Ends the units of requests. It listens as soon as a request has one, and not before."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._watching = False
        self._units: WeakKeyDictionary[Pin, RequestUnits] = WeakKeyDictionary()

    def units(self) -> RequestUnits:
        """Return the units of the request that runs."""
        pin = self._runtime.pin.get()
        assert pin is not None
        units = self._units.get(pin)
        if units is None:
            units = self._units[pin] = RequestUnits()
            self._watch(self._runtime.app)
        return units

    def knows(self, pin: Pin) -> bool:
        """Say whether a request has, or had, units."""
        return pin in self._units

    def _watch(self, app: Quart) -> None:
        if not self._watching:
            self._watching = True
            request_finished.connect(self._finished, app)
            got_request_exception.connect(self._failed, app)
            request_tearing_down.connect(self._torn_down, app)
            self._runtime.failing = self._failed

    def _present(self) -> RequestUnits | None:
        pin = self._runtime.pin.get()
        return self._units.get(pin) if pin is not None else None

    def are_open(self) -> bool:
        """Say whether the request that runs has units."""
        units = self._present()
        return units is not None and bool(units.works)

    async def finish(self) -> None:
        """Commit the units of the request that runs, if it has any."""
        if (units := self._present()) is not None:
            await units.finish(200)

    async def _finished(self, app: Quart, response: Any, **extra: Any) -> None:
        units = self._present()
        if units is None:
            return
        try:
            await units.finish(response.status_code)
        except DatabaseUnavailable as error:  # raised here it would become a 500
            response.status_code = error.code
            response.headers.clear()
            response.headers.extend(error.get_headers())
            response.set_data(error.get_body())
        if units.tally is not None:
            units.tally.end()
            units.tally.show(response.headers)

    async def _failed(self, app: Quart, **extra: Any) -> None:
        if (units := self._present()) is not None:
            await units.fail()

    async def _torn_down(self, app: Quart, **extra: Any) -> None:
        if (units := self._present()) is not None:
            await units.close()
