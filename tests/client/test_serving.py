"""A page loads the client, and an app that does not want it has nothing of it."""

from __future__ import annotations

import gzip
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha384
from typing import Any

import pytest
from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError


@asynccontextmanager
async def site(**config: Any) -> AsyncIterator[Any]:
    app = Quart("site", instance_path="/nowhere")
    app.secret_key = "not a secret"
    app.config |= {"HOTFRAME_SAFE_MODE": True, **config}
    HotFrame(app)

    @app.get("/")
    async def index() -> str:
        return await render_template_string("{{ hotframe_script() }}")

    async with app.test_app():
        yield app.test_client()


async def element(client: Any) -> dict[str, str]:
    answer = await client.get("/")
    text = await answer.get_data(as_text=True)
    assert text.startswith('<script type="module" ') and text.endswith("></script>")
    return {"csp": answer.headers.get("Content-Security-Policy", ""), "text": text} | dict(
        re.findall(r'(\w+)="([^"]*)"', text)
    )


async def test_the_page_names_the_file_with_its_checksum_and_nonce() -> None:
    async with site(HOTFRAME_CLIENT=True, HOTFRAME_SECURITY="strict") as client:
        script = await element(client)
        answer = await client.get(script["src"])
        body = await answer.get_data()
    assert answer.mimetype == "text/javascript"
    assert script["integrity"] == f"sha384-{b64encode(sha384(body).digest()).decode()}"
    assert f"'nonce-{script['nonce']}'" in script["csp"]
    assert "data-hf-debug" not in script["text"]


async def test_the_file_is_kept_for_ever_and_packed_for_who_can_unpack_it() -> None:
    async with site(HOTFRAME_CLIENT=True) as client:
        src = (await element(client))["src"]
        plain = await client.get(src)
        packed = await client.get(src, headers={"Accept-Encoding": "gzip, br"})
        refused = await client.get(src, headers={"Accept-Encoding": "gzip;q=0, br"})
        data, more, third = (
            await plain.get_data(),
            await packed.get_data(),
            await refused.get_data(),
        )
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip" and gzip.decompress(more) == data == third
    assert all("Accept-Encoding" in answer.vary for answer in (plain, packed))


async def test_another_version_of_the_file_is_not_found_and_not_kept() -> None:
    async with site(HOTFRAME_CLIENT=True) as client:
        answer = await client.get("/hotframe/static/hotframe.0123456789abcdef.js")
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("Cache-Control", "")


async def test_an_app_below_a_path_names_it() -> None:
    async with site(HOTFRAME_CLIENT=True) as client:
        answer = await client.get("/shop/", root_path="/shop")
        assert 'src="/shop/hotframe/static/' in await answer.get_data(as_text=True)


async def test_in_debug_mode_the_client_tells_more() -> None:
    async with site(HOTFRAME_CLIENT=True) as client:
        client.app.debug = True
        assert " data-hf-debug>" in (await element(client))["text"]


async def test_an_app_that_did_not_ask_for_it_has_no_route_and_is_told_how() -> None:
    async with site() as client:
        rules = [rule.rule for rule in client.app.url_map.iter_rules()]
        async with client.app.test_request_context("/"):
            with pytest.raises(SetupError, match="HOTFRAME_CLIENT = True"):
                await render_template_string("{{ hotframe_script() }}")
    assert not any(rule.startswith("/hotframe/") for rule in rules)
