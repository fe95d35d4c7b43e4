"""Sessions on the server, in every kind of store."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import datetime
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from quart import flash
from quart import get_flashed_messages
from quart import session

from quart_hotframe.security.sessions.interface import ServerSessionInterface
from tests.support.sites import becomes
from tests.support.visitors import Site


async def test_values_come_back_and_the_cookie_does_not_have_them(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/fruit/apple")
    assert json.loads(await visitor.text("/show")) == {"fruit": "apple"}
    assert visitor.cookie is not None and len(visitor.cookie) == 87
    await visitor.text("/delete/fruit")
    assert json.loads(await visitor.text("/show")) == {}
    assert json.loads(await site.visitor().text("/show")) == {}


VALUES: dict[str, Any] = {
    "when": datetime(2026, 11, 21, tzinfo=UTC),
    "bytes": b"\x00\xff",
    "markup": Markup("<b>x</b>"),
    "uuid": uuid.UUID(int=7),
    "tuple": (1, [2, {" t": 3}]),
    "text": "ü\ud800\x00",
    "": None,
    "ü\ud800\x00 v:user": 1.5,
}


async def test_all_types_of_quarts_sessions_come_back(site: Site) -> None:
    @site.app.get("/values")
    async def values() -> str:
        if not session:
            session.update(VALUES)
            return ""
        assert dict(session) == VALUES
        assert all(type(session[key]) is type(VALUES[key]) for key in VALUES)
        return "equal"

    visitor = site.visitor()
    assert [await visitor.text("/values") for _ in range(2)] == ["", "equal"]


async def test_a_value_that_is_changed_in_place_is_stored(quick: Site) -> None:
    @quick.app.get("/append")
    async def append() -> str:
        session.setdefault("list", []).append(1)
        return str(len(session["list"]))

    visitor = quick.visitor()
    assert [await visitor.text("/append") for _ in range(3)] == ["1", "2", "3"]


async def test_flashed_messages(quick: Site) -> None:
    @quick.app.get("/flash")
    async def say() -> str:
        await flash("Saved", "good")
        return ""

    @quick.app.get("/flashed")
    async def said() -> list[Any]:
        return get_flashed_messages(with_categories=True)

    visitor = quick.visitor()
    await visitor.text("/flash")
    assert json.loads(await visitor.text("/flashed")) == [["good", "Saved"]]
    assert json.loads(await visitor.text("/flashed")) == []


class Watched:
    """A store that notes what it is asked."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._store, name)


async def test_who_does_not_use_it_causes_no_write_and_gets_no_cookie(quick: Site) -> None:
    interface: Any = quick.app.session_interface
    interface.store = interface._breaker._store = store = Watched(quick.store)
    visitor = quick.visitor()
    response = await visitor.client.get("/plain")
    assert "Set-Cookie" not in response.headers and "Vary" not in response.headers
    response = await visitor.client.get("/show")  # who reads an absent session writes none either
    assert "Set-Cookie" not in response.headers and response.headers["Vary"] == "Cookie"
    assert store.asked == []
    await visitor.text("/set/a/1")
    response = await visitor.client.get("/plain")
    assert "Set-Cookie" not in response.headers and "Vary" not in response.headers
    response = await visitor.client.get("/show")
    assert "Set-Cookie" not in response.headers and response.headers["Vary"] == "Cookie"
    assert store.asked == ["create", "read", "read"]
    quick.now += 61  # a use is noted once a minute
    await visitor.text("/show")
    await visitor.text("/show")
    assert store.asked[3:] == ["read", "update", "read"]


# -- two at once -----------------------------------------------------------------------------------


async def test_requests_at_the_same_time_do_not_lose_each_others_changes(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/old/1")
    first = asyncio.create_task(visitor.text("/hold/a/1"))
    await site.holding.wait()
    await site.visitor(visitor.cookie).text("/set/b/2")
    await site.visitor(visitor.cookie).text("/delete/old")
    site.release.set()
    await first
    assert json.loads(await visitor.text("/show")) == {"a": "1", "b": "2"}


async def test_of_the_same_key_the_last_change_counts(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/0")
    first = asyncio.create_task(visitor.text("/hold/a/last"))
    await site.holding.wait()
    await site.visitor(visitor.cookie).text("/set/a/first")
    site.release.set()
    await first
    assert json.loads(await visitor.text("/show")) == {"a": "last"}


async def test_many_at_once(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/0")
    same = [site.visitor(visitor.cookie) for _ in range(20)]
    await asyncio.gather(*(one.text(f"/set/k{i}/{i}") for i, one in enumerate(same)))
    assert len(json.loads(await visitor.text("/show"))) == 21


async def test_the_first_sessions_of_all_may_begin_together(site: Site) -> None:
    visitors = await asyncio.gather(*(site.logged_in() for _ in range(10)))
    assert [await one.text("/who") for one in visitors] == ["7"] * 10


# -- the end ---------------------------------------------------------------------------------------


async def test_it_expires_when_it_is_not_used(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/1")
    for _ in range(3):
        site.now += 13 * 24 * 3600
        if site.now - 1_900_000_000 < 31 * 24 * 3600:
            assert json.loads(await visitor.text("/show")) == {"a": "1"}
    assert json.loads(await visitor.text("/show")) == {}  # it had its absolute time-out


async def test_it_expires_after_a_time_without_use(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/1")
    site.now += 14 * 24 * 3600
    assert json.loads(await visitor.text("/show")) == {}


async def test_a_login_begins_its_absolute_time_anew_and_a_rotation_does_not(quick: Site) -> None:
    visitors = [await quick.logged_in() for _ in range(2)]
    for _ in range(3):
        quick.now += 10 * 24 * 3600
        await visitors[0].text("/rotate")
        await visitors[1].text("/login/7")
    quick.now += 2 * 24 * 3600
    assert [await one.text("/who") for one in visitors] == ["nobody", "7"]


async def test_expired_ones_are_removed_a_few_with_each_new_one(site: Site) -> None:
    for _ in range(12):
        await site.logged_in("old")
    site.now += 32 * 24 * 3600
    text = '"old"'
    counts = []
    for _ in range(2):
        await site.logged_in("new")
        counts.append(len(await site.store.of_user(text)))
    if type(site.store).__name__ == "RedisStore":
        return  # its own clock ends them
    assert counts == [2, 0]


@pytest.mark.redis
async def test_redis_forgets_by_itself(clean_redis: str, tmp_path: Path) -> None:
    from quart_hotframe.backends.redis import connect

    config = {"HOTFRAME_SESSION_IDLE": 100, "HOTFRAME_REDIS_URL": clean_redis}
    site = Site(tmp_path, {"HOTFRAME_SESSIONS": "redis", **config})
    site.now = time.time()
    visitor = await site.logged_in()
    async with connect(clean_redis) as redis:
        found = [key async for key in redis.scan_iter(site.store._sessions + "*")]
        assert len(found) == 1
        for key in (found[0], site.store._users + '"7"'):
            assert 50 < await redis.ttl(key) <= 100
    site.now += 50
    await visitor.text("/rotate")
    async with connect(clean_redis) as redis:
        assert await redis.zcard(site.store._users + '"7"') == 1
        assert 100 < await redis.ttl(site.store._users + '"7"') <= 150


async def test_a_permanent_one_has_a_cookie_that_lasts(quick: Site) -> None:
    @quick.app.get("/permanent")
    async def permanent() -> str:
        session.permanent = True
        return ""

    visitor = quick.visitor()
    response = await visitor.client.get("/set/a/1")
    assert "Expires" not in response.headers["Set-Cookie"]
    assert "HttpOnly" in response.headers["Set-Cookie"]
    response = await visitor.client.get("/permanent")
    assert "Expires" in response.headers["Set-Cookie"]


# -- what does not fit -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), r"session\['x'\] cannot be stored"),
        ("a" * 70_000, r"65536 are allowed. Its largest value is 'x'"),
    ],
)
async def test_what_cannot_be_stored_is_named(
    quick: Site, value: Any, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    @quick.app.get("/put")
    async def put() -> str:
        session["x"] = value
        return ""

    visitor = quick.visitor()
    await visitor.text("/set/a/1")
    assert (await visitor.get("/put"))[0] == 500
    assert any(r.exc_info and message_in(message, r.exc_info[1]) for r in caplog.records)
    assert json.loads(await visitor.text("/show")) == {"a": "1"}


def message_in(pattern: str, error: BaseException | None) -> bool:
    import re

    return re.search(pattern, str(error)) is not None


async def test_keys_are_text(quick: Site) -> None:
    async with quick.app.test_request_context("/"):
        with pytest.raises(TypeError, match="text, not 7"):
            session[7] = 1  # type: ignore[index]


# -- elsewhere -------------------------------------------------------------------------------------


async def test_a_websocket_reads_and_changes_a_session(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/1")
    async with visitor.client.websocket("/socket") as socket:
        await socket.send("b=2")
        assert await socket.receive() == "{'a': '1', 'b': '2'}"
        await site.visitor(visitor.cookie).text("/set/c/3")
        await socket.send("end")
        async with asyncio.timeout(10):
            while "b" not in await visitor.text("/show"):
                await asyncio.sleep(0.01)
    assert json.loads(await visitor.text("/show")) == {"a": "1", "b": "2", "c": "3"}


async def test_a_websocket_cannot_begin_one(quick: Site, caplog: pytest.LogCaptureFixture) -> None:
    visitor = quick.visitor()
    async with visitor.client.websocket("/socket") as socket:
        await socket.send("b=2")
        await socket.receive()
        await socket.send("end")
        await becomes(lambda: "A new session in a websocket is lost" in caplog.text)
    assert json.loads(await visitor.text("/show")) == {}


async def test_it_works_in_a_command_that_does_not_serve(site: Site) -> None:
    visitor = await site.logged_in()
    async with site.app.app_context():
        assert len(await site.hotframe.sessions.of_user(7)) == 1
        await site.hotframe.sessions.end_all("7")
        assert await site.hotframe.sessions.of_user(7) == []
    assert await visitor.text("/who") == "nobody"


async def test_quarts_client_can_prepare_a_session(quick: Site) -> None:
    visitor = quick.visitor()
    async with visitor.client.session_transaction() as prepared:
        prepared["a"] = "1"
    assert json.loads(await visitor.text("/show")) == {"a": "1"}


async def test_by_default_it_is_quarts_own(plain: Site) -> None:
    assert "session_interface" not in vars(plain.app)
    assert not isinstance(plain.app.session_interface, ServerSessionInterface)
