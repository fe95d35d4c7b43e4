"""Pages for errors, that echo nothing as markup and give way to the handlers of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quart import abort
from quart import Blueprint
from quart import Response
from werkzeug.exceptions import default_exceptions
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound
from werkzeug.exceptions import TooManyRequests

from tests.support.sites import Site
from tests.support.sites import site

from .sites import protected

__all__ = ["site"]

SCRIPT = "<script>alert(1)</script>"
CODES = sorted(code for code in default_exceptions if code < 505)
JSON = {"Accept": "application/json"}


def fails(target: Any) -> None:
    @target.get("/<int:code>")
    async def fail(code: int) -> str:
        abort(code, description=SCRIPT)


def failing() -> Blueprint:
    part = Blueprint("part", "part")
    fails(part)
    return part


@pytest.mark.parametrize("owner", ["module", "app"])
@pytest.mark.parametrize("code", CODES)
async def test_every_error_has_a_page_without_script(code: int, owner: str) -> None:
    part = failing() if owner == "module" else None
    async with protected(part, HOTFRAME_SECURITY="report" if part else "strict") as client:
        if part is None:
            fails(client.app)
        response = await client.get(f"/{code}")
        text = await response.get_data(as_text=True)
        assert (response.status_code, response.mimetype) == (code, "text/html")
        assert "<script" not in text and "&lt;script&gt;" in text
        assert "Content-Security-Policy" in response.headers
        nonce = text.partition('<style nonce="')[2].partition('"')[0]
        assert nonce and f"'nonce-{nonce}'" in response.headers["Content-Security-Policy"]
        response = await client.get(f"/{code}", headers=JSON)
        assert (response.status_code, response.mimetype) == (code, "application/json")
        assert (await response.get_json())["message"] == SCRIPT


async def test_what_belongs_to_an_error_stays_with_it() -> None:
    part = Blueprint("part", "part")

    @part.get("/slow")
    async def slow() -> str:
        raise TooManyRequests(retry_after=7)

    @part.get("/method")
    async def method() -> str:
        raise MethodNotAllowed(["PUT"])

    async with protected(part) as client:
        assert (await client.get("/slow")).headers["Retry-After"] == "7"
        assert (await client.get("/method", headers=JSON)).headers["Allow"] == "PUT"


async def test_an_answer_within_an_error_is_given_as_it_is() -> None:
    part = Blueprint("part", "part")

    @part.get("/mine")
    async def mine() -> str:
        abort(Response("mine", 418))

    @part.get("/missing")
    async def missing() -> str:
        raise NotFound(response=Response("mine", 404))

    async with protected(part) as client:
        assert await (await client.get("/mine")).get_data() == b"mine"
        assert await (await client.get("/missing")).get_data() == b"mine"


@pytest.mark.parametrize("registered", ["module code", "module general", "app code", "app general"])
async def test_ordinary_handlers_win(registered: str) -> None:
    part = failing()

    async def handle(error: Exception) -> tuple[str, int]:
        return "mine", 404

    owner, kind = registered.split()
    what: Any = 404 if kind == "code" else Exception
    if owner == "module":
        part.register_error_handler(what, handle)
    async with protected(part) as client:
        if owner == "app":
            client.app.register_error_handler(what, handle)
        assert await (await client.get("/404")).get_data() == b"mine"


@pytest.mark.parametrize("strict", [True, False])
async def test_pages_of_the_app_change_only_where_it_asks_for_it(strict: bool) -> None:
    async with protected(HOTFRAME_SECURITY="strict" if strict else "report") as client:
        for headers in ({}, JSON):
            response = await client.get("/nowhere", headers=headers)
            text = await response.get_data(as_text=True)
            plain = HTTPException.get_body(default_exceptions[404]())
            assert (text == plain) is not strict


async def test_a_general_handler_of_a_strict_app_wins() -> None:
    async with protected(HOTFRAME_SECURITY="strict") as client:

        @client.app.errorhandler(Exception)
        async def handle(error: Exception) -> str:
            return "mine"

        assert await (await client.get("/nowhere")).get_data() == b"mine"


PAGES = {
    "views.py": """\
        from quart import abort
        from . import blueprint

        @blueprint.get("/<int:code>")
        async def fail(code: int): abort(code, description="<b>")
        """,
}


async def test_templates_of_the_module_come_before_those_of_the_app(site: Site) -> None:
    app = Path(site.app.root_path) / "templates" / "errors"
    app.mkdir(parents=True)
    (app / "404.html").write_text("app {{ error.code }} {{ error.description }}")
    await site.has("news", files=PAGES)
    assert await site.get("/news/404") == (404, "app 404 &lt;b&gt;")
    own = {"templates/shop/errors/error.html": "shop {{ error.description }}"}
    await site.has("shop", files={**PAGES, **own})
    assert await site.get("/shop/404") == (404, "shop &lt;b&gt;")
    assert await site.get("/shop/410") == (410, "shop &lt;b&gt;")
    assert "<h1>Gone</h1>" in (await site.get("/news/410"))[1]


async def test_a_template_that_fails_hides_no_error(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    own = {"templates/shop/errors/error.html": "{{ 1 / 0 }}"}
    await site.has("shop", files={**PAGES, **own})
    status, text = await site.get("/shop/410")
    assert status == 410 and "<h1>Gone</h1>" in text
    assert "The error page for 410 of 'shop' failed." in caplog.messages
