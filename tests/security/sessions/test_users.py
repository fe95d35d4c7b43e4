"""Who is logged in where: rotation, generations, and the end of a user's sessions."""

from __future__ import annotations

import asyncio
import json

import pytest

from quart_hotframe.errors import SetupError
from quart_hotframe.errors import TokenInvalid
from tests.support.visitors import Site


async def test_a_login_keeps_what_an_anonymous_visitor_had(site: Site) -> None:
    visitor = site.visitor()
    await visitor.text("/set/basket/apple")
    await visitor.text("/login/7")
    assert await visitor.text("/who") == "7"
    assert json.loads(await visitor.text("/show")) == {"basket": "apple"}


async def test_another_user_does_not_get_what_the_first_one_had(site: Site) -> None:
    visitor = await site.logged_in("7")
    await visitor.text("/set/secret/1")
    before = visitor.cookie
    await visitor.text("/login/8")
    assert (await visitor.text("/who"), json.loads(await visitor.text("/show"))) == ("8", {})
    assert await site.visitor(before).text("/who") == "nobody"


@pytest.mark.parametrize("path", ["/login/7", "/rotate"])
async def test_the_id_before_is_worth_nothing(site: Site, path: str) -> None:
    visitor = site.visitor()
    await visitor.text("/set/a/1")
    before = visitor.cookie
    await visitor.text(path)
    assert visitor.cookie != before
    assert json.loads(await site.visitor(before).text("/show")) == {}
    assert json.loads(await visitor.text("/show")) == {"a": "1"}


async def test_a_logout_ends_the_session_and_takes_the_cookie(site: Site) -> None:
    visitor = await site.logged_in()
    before = visitor.cookie
    await visitor.text("/logout")
    assert visitor.cookie is None
    assert await site.visitor(before).text("/who") == "nobody"


async def test_a_logout_holds_although_the_page_fails(quick: Site) -> None:
    @quick.app.get("/fail")
    async def fail() -> str:
        await quick.hotframe.sessions.logout()
        raise RuntimeError("after it")

    visitor = await quick.logged_in()
    before = visitor.cookie
    await visitor.get("/fail")
    assert await quick.visitor(before).text("/who") == "nobody"


async def test_the_sessions_of_a_user(site: Site) -> None:
    first = site.visitor()
    await first.text("/login/7", headers={"User-Agent": "Nets\x07cape" + "e" * 300})
    site.now += 100
    second = await site.logged_in("7")
    await site.logged_in("8")
    found = json.loads(await first.text("/of/7"))
    assert [one["current"] for one in found] == [False, True]
    assert found[1]["agent"].startswith("Netscape") and len(found[1]["agent"]) == 200
    assert "2030" in found[0]["created"] and found[0]["address"]
    assert await first.text(f"/end/{found[0]['id']}") == "True"
    assert await first.text(f"/end/{found[0]['id']}") == "False"
    assert [await one.text("/who") for one in (first, second)] == ["7", "nobody"]


async def test_the_ids_that_are_listed_cannot_be_used(site: Site) -> None:
    visitor = await site.logged_in()
    listed = json.loads(await visitor.text("/of/7"))[0]["id"]
    assert visitor.cookie is not None and listed not in visitor.cookie
    forged = listed + "." + visitor.cookie.split(".")[1]
    assert await site.visitor(forged).text("/who") == "nobody"


@pytest.mark.parametrize(("query", "own"), [("?others", "7"), ("", "nobody")])
async def test_all_sessions_of_a_user_end(site: Site, query: str, own: str) -> None:
    visitors = [await site.logged_in("7") for _ in range(3)]
    other = await site.logged_in("8")
    generation = await visitors[0].text("/generation")
    await visitors[0].text("/end_all/7" + query)
    assert [await one.text("/who") for one in visitors] == [own, "nobody", "nobody"]
    assert await other.text("/who") == "8"
    assert await visitors[0].text("/generation") != generation
    assert len(await site.store.of_user('"7"')) == (own == "7")


@pytest.mark.parametrize("end", ["/logout", "/end_all/7", "/rotate", "end"])
async def test_a_session_that_ended_is_not_brought_back(site: Site, end: str) -> None:
    visitor = await site.logged_in()
    held = asyncio.create_task(visitor.text("/hold/a/1"))
    await site.holding.wait()
    same = site.visitor(visitor.cookie)
    if end == "end":
        end = f"/end/{json.loads(await same.text('/of/7'))[0]['id']}"
    await same.text(end)
    cookie = visitor.cookie
    site.release.set()
    await held
    assert visitor.cookie == cookie
    assert await site.visitor(cookie).text("/who") == "nobody"
    assert await site.visitor(cookie).text("/show") == "{}\n"
    if end == "/rotate":  # it goes on under its new id, and the old one brings nothing
        assert json.loads(await same.text("/show")) == {}
        return
    assert await site.store.of_user('"7"') == []


@pytest.mark.parametrize("user", ["", "a" * 101])
async def test_the_id_of_a_user_has_a_limit(quick: Site, user: str) -> None:
    async with quick.app.test_request_context("/"):
        with pytest.raises(ValueError, match="1 to 100 characters"):
            await quick.hotframe.sessions.login(user)


async def test_strange_ids_of_users(site: Site) -> None:
    users = ["*", "ü" * 100, "a\x00b", "\ud800", "'; DROP TABLE hotframe_sessions; --", '"7"']

    @site.app.get("/strange/<int:number>")
    async def strange(number: int) -> str:
        await site.hotframe.sessions.login(users[number])
        return ""

    for number in range(len(users)):
        await site.visitor().text(f"/strange/{number}")
    async with site.app.app_context():
        found = [await site.hotframe.sessions.of_user(user) for user in users]
    assert [len(one) for one in found] == [1] * len(users)


async def test_what_is_no_id_ends_nothing(site: Site) -> None:
    visitor = await site.logged_in()
    async with site.app.app_context():
        for text in ("", "a\x00b", "\ud800", "*", "0" * 64, "0" * 63 + "\n"):
            assert not await site.hotframe.sessions.end(text)
    assert await visitor.text("/who") == "7"


# -- generations -----------------------------------------------------------------------------------


async def test_a_generation_changes_with_the_user(any_kind: Site) -> None:
    site = any_kind
    visitor = site.visitor()
    found = [await visitor.text("/generation")]
    assert await visitor.text("/generation") == found[0]
    for path in ("/rotate", "/login/7", "/login/7", "/login/8", "/logout"):
        await visitor.text(path)
        found.append(await visitor.text("/generation"))
        assert await visitor.text("/generation") == found[-1]
    assert len({*found, await site.visitor().text("/generation")}) == 7


async def test_tokens_that_are_bound_to_it_end_with_it(quick: Site) -> None:
    tokens = quick.hotframe.tokens
    visitor = await quick.logged_in()
    before = await visitor.text("/generation")
    token = tokens.make("delete", 7, lifetime=60, bound_to=before)
    assert tokens.read("delete", token, bound_to=await visitor.text("/generation")) == 7
    await visitor.text("/login/7")
    with pytest.raises(TokenInvalid):
        tokens.read("delete", token, bound_to=await visitor.text("/generation"))


async def test_users_work_with_quarts_cookie_and_their_sessions_cannot_be_listed(
    plain: Site,
) -> None:
    visitor = await plain.logged_in()
    assert await visitor.text("/who") == "7"
    await visitor.text("/logout")
    assert await visitor.text("/who") == "nobody"
    for call in (plain.hotframe.sessions.of_user("7"), plain.hotframe.sessions.end("7")):
        with pytest.raises(SetupError, match="HOTFRAME_SESSIONS"):
            await call


async def test_a_websocket_cannot_log_in(quick: Site) -> None:
    errors: list[Exception] = []

    @quick.app.websocket("/socket-login")
    async def socket_login() -> None:
        for call in (quick.hotframe.sessions.login("7"), quick.hotframe.sessions.rotate()):
            try:
                await call
            except SetupError as error:
                errors.append(error)

    async with quick.visitor().client.websocket("/socket-login"):
        pass
    await asyncio.sleep(0)
    assert len(errors) == 2
