"""Requests of other sites that would change something do not arrive."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from quart import Blueprint
from quart import render_template_string
from quart import request
from quart import session
from quart import websocket
from quart.datastructures import FileStorage
from quart.testing import WebsocketResponseError

from quart_hotframe.errors import ConfigurationError
from quart_hotframe.keys import signing_keys
from quart_hotframe.security import csrf_token
from quart_hotframe.security import policy
from quart_hotframe.security.origins import origin
from quart_hotframe.security.origins import parsed_origin
from quart_hotframe.security.tokens import Signer
from quart_hotframe.security.tokens import Tokens
from tests.support.comparing import Comparisons
from tests.support.comparing import comparisons as comparisons
from tests.support.comparing import LENGTH

from .sites import CROSS
from .sites import EVIL
from .sites import make_part
from .sites import protected

COOKIE = {"Cookie": "session=x"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", **COOKIE}, 200),
        ({"Sec-Fetch-Site": "none", **COOKIE}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": EVIL, **COOKIE}, 200),
        ({"Sec-Fetch-Site": "same-site", **COOKIE}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "nonsense"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://friend.example"}, 200),
        ({"Origin": "https://friend.example", **COOKIE}, 200),
        ({"Origin": "https://friend.example.evil.example", **COOKIE}, 403),
        ({"Origin": "http://localhost", **COOKIE}, 200),
        ({"Origin": "https://localhost", **COOKIE}, 403),
        ({"Origin": "http://localhost:8000", **COOKIE}, 403),
        ({"Origin": EVIL}, 403),
        ({"Origin": "null", **COOKIE}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "", **COOKIE}, 403),
        ({"Origin": "http://ö", **COOKIE}, 403),
        ({}, 200),
        (COOKIE, 403),
        ({"Authorization": "Basic eDp4"}, 403),
        ({"HF-CSRF": "nonsense", **COOKIE}, 403),
        ({"HF-CSRF": "ä\xff", **COOKIE}, 403),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_who_may_change_something(headers: dict[str, str], status: int, method: str) -> None:
    async with protected(HOTFRAME_TRUSTED_ORIGINS=["https://friend.example"]) as client:
        response = await client.open("/part/", method=method, headers=headers)
        assert response.status_code == status


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
async def test_everybody_may_look(method: str) -> None:
    async with protected() as client:
        response = await client.open("/part/", method=method, headers=CROSS)
        assert response.status_code == 200


async def test_it_comes_before_all_other_functions_and_before_the_body() -> None:
    part, seen = make_part(), []

    @part.before_app_request
    async def note() -> None:
        seen.append((await request.form).get("x"))

    async with protected(part) as client:
        assert (await client.post("/part/", form={"x": "1"}, headers=CROSS)).status_code == 403
        assert seen == []
        own = {"Sec-Fetch-Site": "same-origin"}
        assert (await client.post("/part/", form={"x": "2"}, headers=own)).status_code == 200
        assert seen == ["2"]


def with_forms() -> Blueprint:
    part = Blueprint("part", "part", url_prefix="/part")

    @part.get("/token")
    async def token() -> str:
        return await render_template_string("{{ csrf_token() }}")

    @part.post("/form")
    async def form() -> dict[str, Any]:
        files = await request.files
        texts = {name: (await request.form)[name] for name in await request.form}
        texts.pop("HF-CSRF", None)
        return texts | {name: one.read().decode() for name, one in files.items()}

    @part.post("/json")
    async def json() -> Any:
        return await request.get_json()

    @part.post("/leave")
    async def leave() -> str:
        session.clear()
        return ""

    return part


async def token_of(client: Any) -> str:
    text: str = await (await client.get("/part/token")).get_data(as_text=True)
    return text


async def test_a_client_of_no_browser_needs_the_token_of_its_session() -> None:
    async with protected(with_forms()) as client:
        token = await token_of(client)
        wrong = await client.post("/part/form", form={"x": "1"})
        right = await client.post("/part/form", form={"x": "1", "HF-CSRF": token})
        assert (wrong.status_code, right.status_code) == (403, 200)
        assert await right.get_json() == {"x": "1"}
        files = {"file": FileStorage(BytesIO(b"content"), "a.txt")}
        sent = await client.post("/part/form", form={"x": "1", "HF-CSRF": token}, files=files)
        assert await sent.get_json() == {"x": "1", "file": "content"}
        sent = await client.post("/part/json", json={"x": 1}, headers={"HF-CSRF": token})
        assert await sent.get_json() == {"x": 1}
        assert (await client.post("/part/json", json={"x": 1})).status_code == 403


async def test_the_token_of_another_session_is_worth_nothing() -> None:
    async with protected(with_forms()) as client:
        other = client.app.test_client()
        await token_of(client)
        stolen = {"HF-CSRF": await token_of(other)}
        assert (await other.post("/part/form", headers=stolen)).status_code == 200
        assert (await client.post("/part/form", headers=stolen)).status_code == 403


async def test_a_token_ends_with_its_session() -> None:
    async with protected(with_forms()) as client:
        old = {"HF-CSRF": await token_of(client)}
        assert (await client.post("/part/leave", headers=old)).status_code == 200
        await token_of(client)
        assert (await client.post("/part/form", headers=old)).status_code == 403


@pytest.mark.parametrize("generation", [None, 7])
async def test_without_a_session_to_belong_to_no_token_is_good(generation: Any) -> None:
    part = with_forms()

    @part.get("/begin")
    async def begin() -> str:
        session["hf_generation"] = generation
        return ""

    async with protected(part) as client:
        await client.get("/part/begin")
        tokens = client.app.extensions["hotframe"].tokens
        loose = tokens.make("hotframe.csrf", "x", lifetime=9)  # what only the app could make
        refused = await client.post("/part/form", headers={"HF-CSRF": loose})
        assert (refused.status_code, refused.headers.getlist("Set-Cookie")) == (403, [])


async def test_a_token_is_good_for_a_day() -> None:
    async with protected(with_forms()) as client:
        now = 1_800_000_000.0
        signer = Signer(lambda: signing_keys(client.app))
        client.app.extensions["hotframe"].tokens = Tokens(signer, lambda: now)
        token = {"HF-CSRF": await token_of(client)}
        now += 86_399
        assert (await client.post("/part/form", headers=token)).status_code == 200
        now += 1
        assert (await client.post("/part/form", headers=token)).status_code == 403


async def test_a_token_of_an_older_key_is_good_while_that_is_a_fallback() -> None:
    async with protected(with_forms()) as client:
        token = {"HF-CSRF": await token_of(client)}
        client.app.config["SECRET_KEY_FALLBACKS"] = [client.app.secret_key]
        client.app.secret_key = "another"
        assert (await client.post("/part/form", headers=token)).status_code == 200
        client.app.config["SECRET_KEY_FALLBACKS"] = []
        assert (await client.post("/part/form", headers=token)).status_code == 403


async def test_tokens_are_compared_in_constant_time(comparisons: Comparisons) -> None:
    async with protected(with_forms()) as client:
        forged = {"HF-CSRF": (await token_of(client))[:-LENGTH] + "A" * LENGTH}
        comparisons.count = 0
        assert (await client.post("/part/form", headers=forged)).status_code == 403
        assert comparisons.count == 1
        comparisons.equal = True
        assert (await client.post("/part/form", headers=forged)).status_code == 200


async def test_a_token_needs_a_key() -> None:
    async with protected() as client:
        client.app.secret_key = None
        async with client.app.test_request_context("/"):
            with pytest.raises(ConfigurationError, match="quart hotframe secret-key"):
                csrf_token()


async def test_a_token_differs_each_time() -> None:
    async with protected(with_forms()) as client:
        assert await token_of(client) != await token_of(client)


async def test_a_page_of_another_site_opens_no_socket() -> None:
    part = Blueprint("part", "part", url_prefix="/part")

    @part.websocket("/ws")
    async def ws() -> None:
        await websocket.send("hello")

    @part.websocket("/open")
    @policy(csrf=False)
    async def open_to_all() -> None:
        await websocket.send("hello")

    async with protected(part) as client:
        for headers in (CROSS, {"Origin": EVIL}, COOKIE):
            with pytest.raises(WebsocketResponseError) as refused:
                async with client.websocket("/part/ws", headers=headers) as socket:
                    await socket.receive()
            assert refused.value.response.status_code == 403
        for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}, {}):
            async with client.websocket("/part/ws", headers=headers) as socket:
                assert await socket.receive() == "hello"
        async with client.websocket("/part/open", headers=CROSS) as socket:
            assert await socket.receive() == "hello"


async def test_a_refusal_is_told_once_with_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    async with protected() as client:
        for _ in range(3):
            await client.post("/part/", headers=CROSS)
        [line] = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
        assert "'part.index' was refused" in line and "HOTFRAME_TRUSTED_ORIGINS" in line


def test_origins_are_compared_as_browsers_write_them() -> None:
    assert origin("wss", "Site.example:443") == "https://site.example"
    assert parsed_origin("HTTP://[::1]:80") == "http://[::1]"
    for text in ("null", "*", "https://a/", "https://u@a", "ftp://a", "https://a:b", "https://"):
        assert parsed_origin(text) is None


@given(st.text(max_size=40))
def test_any_text_is_an_origin_or_none(text: str) -> None:
    found = parsed_origin(text)
    assert found is None or parsed_origin(found) == found
