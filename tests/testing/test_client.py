from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing import load_module
from tests.support.modules import write_module

VIEWS = """\
    from quart import websocket
    from . import blueprint

    @blueprint.post("/")
    async def index() -> str:
        return "changed"

    @blueprint.websocket("/ws")
    async def ws() -> None:
        await websocket.send("hello")
"""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
async def test_the_client_of_tests_is_a_page_of_the_app(
    headers: Any, status: int, tmp_path: Path
) -> None:
    folder = write_module(tmp_path, "shop", files={"views.py": VIEWS})
    async with load_module(folder) as running:
        running.client.set_cookie("localhost", "session", "x")
        assert (await running.client.post("/shop/", headers=headers)).status_code == status
        if status == 200:
            async with running.client.websocket("/shop/ws") as socket:
                assert await socket.receive() == "hello"
