"""The headers of protected answers."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from quart import Blueprint
from quart import render_template_string
from quart import request
from quart import Response
from quart import stream_template_string
from quart import stream_with_context

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from quart_hotframe.security import csp_nonce
from quart_hotframe.security import policy
from quart_hotframe.security import request_id
from quart_hotframe.security import RequestIdFilter

from .sites import CROSS
from .sites import make_app
from .sites import make_part
from .sites import protected


async def test_a_protected_answer_has_them() -> None:
    async with protected() as client:
        headers = (await client.get("/part/")).headers
        assert headers["Content-Security-Policy"] == (
            "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; "
            "base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
        )
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers


async def test_a_nonce_is_made_where_it_is_used_and_differs_each_time() -> None:
    part = Blueprint("part", "part")

    @part.get("/page")
    async def page() -> str:
        return await render_template_string("{{ csp_nonce() }} {{ csp_nonce() }}")

    async with protected(part) as client:
        seen = set()
        for _ in range(2):
            response = await client.get("/page")
            one, two = (await response.get_data(as_text=True)).split()
            text = response.headers["Content-Security-Policy"]
            assert one == two and text.count(f"'self' 'nonce-{one}'") == 2
            seen.add(one)
        assert len(seen) == 2


async def test_a_nonce_after_the_headers_of_a_stream_is_told() -> None:
    part = Blueprint("part", "part")

    @part.get("/late")
    async def late() -> Any:
        @stream_with_context
        async def body() -> AsyncIterator[str]:
            with pytest.raises(SetupError, match="before the stream begins"):
                csp_nonce()
            yield "told"

        return body()

    @part.get("/early")
    async def early() -> Any:
        csp_nonce()
        return await stream_template_string("{{ csp_nonce() }}")

    async with protected(part) as client:
        early_answer = await client.get("/early")
        nonce = await early_answer.get_data(as_text=True)
        assert f"'nonce-{nonce}'" in early_answer.headers["Content-Security-Policy"]
        assert await (await client.get("/late")).get_data() == b"told"


async def test_what_the_view_set_itself_wins_and_a_policy_adds() -> None:
    part = Blueprint("part", "part")

    @part.get("/set")
    async def own() -> Response:
        return Response("", headers={"content-security-policy": "a", "Referrer-Policy": "b"})

    @part.get("/changed")
    @policy(csp="img-src 'nonce'", headers={"referrer-policy": "", "Permissions-Policy": "x=()"})
    async def changed() -> str:
        return ""

    @part.after_app_request
    async def late(response: Any) -> Any:
        response.headers.setdefault("X-Content-Type-Options", "late")
        return response

    async with protected(part) as client:
        headers = (await client.get("/set")).headers
        assert headers.getlist("Content-Security-Policy") == ["a"]
        assert headers.getlist("Referrer-Policy") == ["b"]
        assert headers.getlist("X-Content-Type-Options") == ["late"]
        headers = (await client.get("/changed")).headers
        assert headers["Content-Security-Policy"] == "img-src"
        assert "Referrer-Policy" not in headers and headers["Permissions-Policy"] == "x=()"


async def test_https_only_is_said_over_https_only() -> None:
    async with protected(HOTFRAME_HSTS=3600) as client:
        plain, secure = await client.get("/part/"), await client.get("/part/", scheme="https")
        assert "Strict-Transport-Security" not in plain.headers
        assert secure.headers["Strict-Transport-Security"] == "max-age=3600"


async def test_https_only_is_not_said_without_the_setting() -> None:
    async with protected() as client:
        secure = await client.get("/part/", scheme="https")
        assert "Strict-Transport-Security" not in secure.headers


@pytest.mark.parametrize(
    "name", ["Strict-Transport-Security", "HF-Request-Id", "X-Content-Type-Options"]
)
@pytest.mark.parametrize("within", [True, False])
async def test_a_header_that_is_there_is_not_set_again(name: str, within: bool) -> None:
    app, part = make_app(HOTFRAME_HSTS=3600), Blueprint("part", "part")

    @part.get("/")
    async def index() -> Response:
        return Response("", headers={name: "mine"} if within else {})

    def around(inner: Any) -> Any:
        async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
            async def add(message: Any) -> None:
                if message["type"] == "http.response.start" and not within:
                    message["headers"].append((name.encode(), b"mine"))  # with its capitals
                await send(message)

            await inner(scope, receive, add)

        return asgi_app

    app.asgi_app = around(app.asgi_app)  # type: ignore[method-assign]
    hotframe = HotFrame(app)
    async with app.test_app():
        await hotframe.mount(part)
        headers = (await app.test_client().get("/", scheme="https")).headers
        assert headers.getlist(name) == ["mine"]


async def test_who_tries_a_policy_out_has_no_other() -> None:
    part = Blueprint("part", "part")

    @part.get("/")
    async def index() -> Response:
        return Response("", headers={"Content-Security-Policy-Report-Only": "img-src 'self'"})

    async with protected(part) as client:
        assert "Content-Security-Policy" not in (await client.get("/")).headers


@pytest.mark.parametrize("text", ["a\r\nSet-Cookie: b=c", "a\nb", "a\rb"])
async def test_nothing_that_came_from_outside_begins_a_header(text: str) -> None:
    part = Blueprint("part", "part")

    @part.get("/echo")
    async def echo() -> Response:
        response = Response("")
        response.headers["X-Echo"] = request.args["x"]
        return response

    async with protected(part) as client:
        response = await client.get("/echo", query_string={"x": text})
        assert response.status_code == 500
        assert "Set-Cookie" not in response.headers and "X-Echo" not in response.headers


# -- the request's name ----------------------------------------------------------------------------


async def test_an_answer_has_the_name_that_the_log_has(caplog: pytest.LogCaptureFixture) -> None:
    part, log = make_part(), logging.getLogger("shop")
    caplog.handler.addFilter(RequestIdFilter())

    @part.get("/log")
    async def note() -> str:
        log.warning("seen")
        return request_id()

    async with protected(part) as client:
        response = await client.get("/part/log", headers={"X-Request-Id": "spoofed-name"})
        name = response.headers["HF-Request-Id"]
        assert (
            name == await response.get_data(as_text=True) == vars(caplog.records[-1])["request_id"]
        )
        assert len(name) == 16 and name != (await client.get("/part/log")).headers["HF-Request-Id"]
    log.warning("outside")
    assert vars(caplog.records[-1])["request_id"] == "-" and request_id() == ""


# -- reports ---------------------------------------------------------------------------------------

REPORTS = "/hotframe/csp-reports"
REPORT = {"csp-report": {"blocked-uri": "https://evil.example/x.js", "effective-directive": "s"}}


async def test_browsers_are_told_where_to_report_only_where_it_is_asked_for() -> None:
    async with protected() as client:
        assert (await client.post(REPORTS, json=REPORT)).status_code == 404
    async with protected(HOTFRAME_CSP_REPORTS=True) as client:
        headers = (await client.get("/part/")).headers
        assert headers["Content-Security-Policy"].endswith(f"; report-uri {REPORTS}")


@pytest.mark.parametrize("security", ["report", "strict"])
async def test_a_report_is_logged_once(security: str, caplog: pytest.LogCaptureFixture) -> None:
    async with protected(HOTFRAME_CSP_REPORTS=True, HOTFRAME_SECURITY=security) as client:
        for _ in range(3):
            sent = await client.post(REPORTS, json=REPORT, headers={"Cookie": "a=b"})
            assert sent.status_code == 204
        assert [r.getMessage() for r in caplog.records if "https://evil" in r.getMessage()] == [
            "A browser blocked 'https://evil.example/x.js' ('s') on ''."
        ]


@pytest.mark.parametrize("modules", [True, False])
async def test_the_route_for_reports_is_protected_itself(modules: bool) -> None:
    names: Any = {"HOTFRAME_CSP_REPORTS": True, "HOTFRAME_TRUSTED_HOSTS": ["localhost"]}
    async with protected(**names) as client:
        if not modules:
            await client.app.extensions["hotframe"].unmount("part")
        for host, status in (("localhost", 204), ("evil.example", 400)):
            answer = await client.post(REPORTS, json=REPORT, headers={**CROSS, "Host": host})
            assert (answer.status_code, answer.headers["Referrer-Policy"]) == (
                status,
                "same-origin",
            )
            assert len(answer.headers.getlist("HF-Request-Id")) == 1
            own = await client.get("/own", headers={"Host": host})
            assert (own.status_code, "HF-Request-Id" in own.headers) == (200, False)
        assert not client.app.before_request_funcs[None]


async def test_the_route_for_reports_has_no_headers_where_protection_is_off() -> None:
    async with protected(HOTFRAME_CSP_REPORTS=True, HOTFRAME_SECURITY="off") as client:
        answer = await client.post(REPORTS, json=REPORT)
        assert (answer.status_code, "HF-Request-Id" in answer.headers) == (204, False)


async def test_a_report_is_not_told_as_a_request_that_would_be_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with protected(HOTFRAME_CSP_REPORTS=True, HOTFRAME_TRUSTED_HOSTS=["a"]) as client:
        await client.post(REPORTS, data=b"", headers=CROSS)
    assert caplog.messages == []


async def test_reports_are_bounded(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quart_hotframe.security.csp_reports.MOST", 3)
    async with protected(HOTFRAME_CSP_REPORTS=True, HOTFRAME_SECURITY="off") as client:
        for number in range(9):
            line = {"csp-report": {"blocked-uri": f"{number}\n{'x' * 5000}"}}
            assert (await client.post(REPORTS, json=line)).status_code == 204
        assert len(caplog.records) == 3
        assert all(len(r.getMessage()) < 500 and "\n" not in r.getMessage() for r in caplog.records)
        for body in (b"", b"{", b"[]", b"1", b'{"csp-report": 1}', b"\xff", b"[" * 9999):
            assert (await client.post(REPORTS, data=body)).status_code == 204
        assert (await client.post(REPORTS, data=b"x" * 20_000)).status_code == 413
