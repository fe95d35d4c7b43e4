"""Limits of body and time that one route has."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from quart import Blueprint
from quart import request
from quart import websocket

from quart_hotframe.security import guard
from quart_hotframe.security import limit
from quart_hotframe.security import policy
from tests.support.sites import Site
from tests.support.sites import site

from .sites import protected

__all__ = ["site"]


async def test_a_body_that_says_its_length_is_refused_before_it_is_read() -> None:
    part = Blueprint("part", "part")
    policy(max_body=10)(part)

    @part.post("/echo")
    async def echo() -> Any:
        return await request.get_data()

    async with protected(part) as client:
        for told in (True, False):
            for length, status in ((10, 200), (11, 413)):
                headers = {"Content-Length": str(length)} if told else {}
                response = await client.post("/echo", data="x" * length, headers=headers)
                assert response.status_code == status


async def test_a_body_that_is_announced_too_long_is_not_waited_for() -> None:
    part, read = Blueprint("part", "part"), []

    @part.post("/ignore")
    @policy(max_body=10)
    async def ignore() -> str:
        read.append(1)
        return ""

    async with protected(part) as client:
        response = await client.post("/ignore", headers={"Content-Length": "11"})
        assert (response.status_code, read) == (413, [])


async def test_a_view_may_take_as_long_as_its_policy_says() -> None:
    part, cut = Blueprint("part", "part"), asyncio.Event()
    policy(timeout=0.05)(part)

    @part.get("/hangs")
    async def hangs() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            cut.set()
        return ""

    @part.get("/sync")
    def blocks() -> str:
        time.sleep(0.2)
        return ""

    @part.get("/quick")
    @policy(timeout=60)
    def quick() -> str:
        return "quick"

    async with protected(part) as client:
        response = await client.get("/hangs")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
        assert cut.is_set()
        assert (await client.get("/sync")).status_code == 503
        assert await (await client.get("/quick")).get_data() == b"quick"


async def for_ever() -> Any:
    await asyncio.Event().wait()


def with_guard(part: Blueprint) -> None:
    guard(lambda user, request: for_ever())(part)


def with_limit(part: Blueprint) -> None:
    limit("9/minute", by=for_ever)(part)


def with_own_function(part: Blueprint) -> None:
    part.before_request(for_ever)


async def signed_in() -> Any:
    return SimpleNamespace(id=1, is_authenticated=True)


@pytest.mark.parametrize("hanging", [with_guard, with_limit, with_own_function])
async def test_what_runs_before_the_view_may_not_hang_either(hanging: Any) -> None:
    part = Blueprint("part", "part")
    hanging(part)

    @part.get("/page")
    @policy(timeout=0.05)
    async def page() -> str:
        return ""

    async with protected(part, HOTFRAME_USER_LOADER=signed_in) as client:
        response = await client.get("/page")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
        assert "Content-Security-Policy" in response.headers


@pytest.mark.parametrize("site", [{"HOTFRAME_USER_LOADER": for_ever}], indirect=True)
async def test_a_module_does_not_wait_for_ever_for_the_user(site: Site) -> None:
    manifest = 'guard = "staff"\nlimits = ["9/minute by user"]\n[security]\ntimeout = 0.05'
    await site.has("shop", manifest=manifest)
    assert (await site.get("/shop/"))[0] == 503
    assert (await site.get("/shop/"))[0] == 503


async def test_a_request_has_one_time_for_all_that_runs_for_it() -> None:
    part = Blueprint("part", "part")

    @part.before_request
    async def before() -> None:
        await asyncio.sleep(0.15)

    @part.get("/slow")
    @policy(timeout=0.2)
    async def slow() -> str:
        await asyncio.sleep(0.15)
        return ""

    @part.get("/patient")
    async def patient() -> str:
        await asyncio.sleep(0.15)
        return ""

    async with protected(part) as client:
        assert (await client.get("/slow")).status_code == 503
        assert (await client.get("/patient")).status_code == 200


async def test_what_runs_before_all_requests_is_not_of_its_time() -> None:
    part = Blueprint("part", "part")

    @part.before_app_request
    async def before() -> None:
        await asyncio.sleep(0.1)

    @part.get("/quick")
    @policy(timeout=0.05)
    async def quick() -> str:
        return ""

    async with protected(part) as client:
        assert (await client.get("/quick")).status_code == 200


async def test_a_timeout_of_the_view_itself_stays_its_own() -> None:
    part = Blueprint("part", "part")

    @part.get("/own")
    @policy(timeout=60)
    async def own_timeout() -> str:
        raise TimeoutError("of a database")

    part.url_prefix = "/part"
    async with protected(part) as client:
        assert (await client.get("/part/own")).status_code == 500


async def test_a_socket_lasts() -> None:
    part = Blueprint("part", "part")
    policy(timeout=0.01)(part)

    @part.websocket("/ws")
    async def ws() -> None:
        await asyncio.sleep(0.1)
        await websocket.send("still there")

    async with protected(part) as client, client.websocket("/ws") as socket:
        assert await socket.receive() == "still there"


@pytest.mark.parametrize("security", ["report", "strict"])
async def test_a_route_of_the_app_may_have_a_limit_for_bodies(security: str) -> None:
    async with protected(HOTFRAME_SECURITY=security) as client:
        policy(max_body=3)(client.app.view_functions["own"])
        status = (await client.post("/own", form={"x": "xxxx"})).status_code
        assert status == (413 if security == "strict" else 200)


@pytest.mark.parametrize("more", [6, 11])
async def test_a_body_that_grows_too_long_while_it_is_read_is_refused(more: int) -> None:
    part, begun = Blueprint("part", "part"), asyncio.Event()

    @part.post("/read")
    @policy(max_body=10)
    async def read() -> str:
        async for _ in request.body:
            begun.set()
        return "all of it"

    async with protected(part) as client:
        async with client.request("/read", method="POST") as connection:
            await connection.send(b"x" * 5)
            await begun.wait()
            await connection.send(b"x" * more)
            await connection.send_complete()
        assert (await connection.as_response()).status_code == 413
