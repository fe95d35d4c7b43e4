"""What streams holds no connection: its unit of work has ended, and it can begin others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from quart import Response
from quart import stream_with_context
from quart import websocket

from quart_hotframe import db
from quart_hotframe.errors import SetupError
from tests.support.notes import Note
from tests.support.notes import Notes
from tests.support.notes import site as site


@pytest.mark.parametrize("content_type", ["text/plain", "text/event-stream"])
@pytest.mark.parametrize("with_context", [True, False], ids=["with_context", "without"])
async def test_a_stream_holds_no_connection(
    site: Notes, content_type: str, with_context: bool
) -> None:
    seen: list[Any] = []

    @site.app.get("/")
    async def view() -> Response:
        await site.write("before")

        async def stream() -> AsyncIterator[bytes]:
            seen.append((site.checked_out, await site.texts()))
            yield b"1"
            with pytest.raises(SetupError, match="also in a generator that streams"):
                site.db.session  # noqa: B018
            async with site.db.transaction() as session:
                session.add(Note(text="while"))
            seen.append((site.checked_out, await site.texts()))
            yield b"2"

        body: Any = stream_with_context(stream)() if with_context else stream()
        return Response(body, content_type=content_type)

    response = await site.client.get("/")
    assert await response.get_data() == b"12"
    assert seen == [(0, ["before"]), (0, ["before", "while"])]


async def test_a_websocket_has_transactions_only(site: Notes) -> None:
    @site.app.websocket("/")
    async def view() -> None:
        with pytest.raises(SetupError, match="A websocket has no unit of work"):
            db.session  # noqa: B018
        async with db.transaction() as session:
            assert db.session is session
            session.add(Note(text=await websocket.receive()))
        await websocket.send(f"{site.checked_out} {await site.texts()}")

    async with site.client.websocket("/") as socket:
        await socket.send("said")
        assert await socket.receive() == "0 ['said']"
