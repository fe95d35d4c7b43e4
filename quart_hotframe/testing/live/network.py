"""The way between a page and its server, on which requests are lost, doubled and overtaken."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from typing import NamedTuple

from quart.typing import TestClientProtocol

from .faults import Faults

PATH = "/hotframe/live"
HEADERS = {"HF-Request": "live", "Sec-Fetch-Site": "same-origin"}


class Piece(NamedTuple):
    """A piece of a file, from a place in it."""

    page: str
    id: str
    file: str
    at: int
    data: bytes


Content = dict[str, Any] | Piece


class Answer(NamedTuple):
    """What came back; ``body`` is ``None`` where it is no JSON object."""

    status: int
    body: dict[str, Any] | None


class Network:
    """Brings requests of one page to the app.

    :param forget: lets the server lose the state of an instance.
    """

    def __init__(
        self, client: TestClientProtocol, faults: Faults,
        forget: Callable[[str], Awaitable[None]],
    ) -> None:  # fmt: skip
        self._client = client
        self._faults = faults
        self._forget = forget
        self._random = random.Random(faults.seed)
        self._late: list[Content] = []
        self._passing = 0
        self._held: list[asyncio.Future[None]] = []

    def happens(self, fault: str) -> bool:
        """Draw whether something goes wrong now."""
        rate: float = getattr(self._faults, fault)
        return rate > 0 and self._random.random() < rate

    async def send(self, content: Content) -> Answer | None:
        """Send what a page sends, and return the answer, ``None`` when there is none."""
        await self.bring_late(0.5)
        if self.happens("forget"):
            await self._forget(content.id if isinstance(content, Piece) else content["id"])
        if self.happens("lose"):
            return None
        if self.happens("reorder"):
            self._late.append(content)
            return None
        if self.happens("delay"):
            await self._let_others_pass()
        answer = await self._arrive(content, 2 if self.happens("duplicate") else 1)
        return None if self.happens("lose_answer") else answer

    async def bring_late(self, rate: float = 1.0) -> None:
        """Let requests arrive that were overtaken; their page does not wait for answers any more.

        :param rate: how many of them.
        """
        arriving = [one for one in self._late if self._random.random() < rate]
        self._late = [one for one in self._late if not any(one is other for other in arriving)]
        self._random.shuffle(arriving)
        for one in arriving:
            await self._arrive(one)

    async def _arrive(self, content: Content, times: int = 1) -> Answer:
        self._passing += 1
        try:
            return self._random.choice(
                await asyncio.gather(*[self.ask(content) for _ in range(times)])
            )
        finally:
            self._passing -= 1
            self._random.shuffle(self._held)
            for one in self._held:
                if not one.done():
                    one.set_result(None)
            self._held.clear()

    async def ask(self, content: Content) -> Answer:
        """Send something with which nothing goes wrong, and return the answer."""
        if isinstance(content, Piece):
            response = await self._client.post(
                f"{PATH}/upload",
                headers={**HEADERS, "HF-Request": "upload"},
                query_string={**content._asdict(), "data": ""},
                data=content.data,
            )
        else:
            response = await self._client.post(PATH, headers=HEADERS, json=content)
        body = await response.get_json(silent=True)
        return Answer(response.status_code, body if isinstance(body, dict) else None)

    async def _let_others_pass(self) -> None:
        if self._passing:
            self._held.append(asyncio.get_running_loop().create_future())
            await self._held[-1]
