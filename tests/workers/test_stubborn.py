"""A real server ends in bounded time, though code of a module does not end when it is told to."""

from __future__ import annotations

import threading

import pytest

from tests.support.servers import Farm
from tests.support.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]

STUBBORN = """\
import asyncio
from quart import current_app
from . import blueprint

async def stubborn():
    while True:
        try:
            await asyncio.sleep(3600)
        except {swallows}:
            pass

@blueprint.get("/request")
async def view(): await stubborn()

@blueprint.get("/background")
async def background():
    current_app.add_background_task(stubborn)
    return "begun"

@blueprint.get("/stray")
async def stray():
    asyncio.create_task(stubborn(), name="of the news").add_done_callback(print)
    return "begun"
"""


def hanging(farm: Farm, way: str, swallows: str) -> tuple[Server, list[int]]:
    """Serve a module in which something does not end; return the status of its request too."""
    code = STUBBORN.format(swallows=swallows)
    farm.command("install", farm.source("news", "1.0", files={"views.py": code}))
    farm.command("enable", "news")
    server, answers = farm.serve(), list[int]()

    def ask() -> None:
        answers.append(server.ask("GET", f"/news/{way}")[0])

    threading.Thread(target=ask, daemon=True).start()
    farm.becomes(lambda: server.who()["served"] == {"news": "1.0"})
    if way != "request":
        farm.becomes(lambda: answers)
    return server, answers


@pytest.mark.parametrize(
    ("way", "swallows"),
    [
        ("request", "asyncio.CancelledError"),
        ("background", "BaseException"),
        ("stray", "BaseException"),
    ],
)
def test_hypercorn_ends_after_a_stubborn_module_went(farm: Farm, way: str, swallows: str) -> None:
    server, answers = hanging(farm, way, swallows)
    server.done("disable", "news")
    farm.becomes(lambda: "a restart of this process is advised" in farm.log.read_text())
    assert server.who()["served"] == {}
    farm.becomes(lambda: answers == [503 if way == "request" else 200])
    server.stop()


@pytest.mark.parametrize("way", ["background", "stray"])
def test_hypercorn_ends_with_a_stubborn_module_that_serves(farm: Farm, way: str) -> None:
    server, _ = hanging(farm, way, "BaseException")
    server.stop()
    assert "a restart of this process is advised" in farm.log.read_text()
