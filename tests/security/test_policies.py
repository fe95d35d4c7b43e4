"""Which policy binds which route, and that it leaves with its module."""

from __future__ import annotations

from typing import Any

import pytest
from quart import Blueprint
from quart import request
from quart.views import MethodView

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import ManifestError
from quart_hotframe.modules.manifest import Manifest
from quart_hotframe.security import Policy
from quart_hotframe.security import policy
from tests.support.sites import Site
from tests.support.sites import site

from .sites import CROSS
from .sites import make_app
from .sites import protected

__all__ = ["site"]

HEAD = 'name = "shop"\nversion = "1.0"\n'


async def statuses(client: Any, *paths: str) -> list[int]:
    return [(await client.post(path, headers=CROSS)).status_code for path in paths]


async def test_a_view_wins_over_its_blueprint_and_an_inner_one_over_the_outer() -> None:
    part = Blueprint("part", "part", url_prefix="/part")
    inner = Blueprint("inner", "part", url_prefix="/inner")
    policy(csrf=False)(part)
    policy(csrf=True)(inner)

    @part.post("/a")
    async def a() -> str:
        return ""

    @part.post("/b")
    @policy(csrf=True)
    async def b() -> str:
        return ""

    @inner.post("/c")
    async def c() -> str:
        return ""

    @policy(csrf=False)
    @inner.post("/d")
    async def above_the_route() -> str:
        return ""

    @inner.post("/e")
    @policy(max_body=5)
    @policy(csrf=False)
    async def e() -> str:
        return ""

    part.register_blueprint(inner)
    async with protected(part) as client:
        paths = ["/part/a", "/part/b", "/part/inner/c", "/part/inner/d", "/part/inner/e"]
        assert await statuses(client, *paths) == [200, 403, 403, 200, 200]


async def test_a_class_based_view_has_a_policy_too() -> None:
    part = Blueprint("part", "part")

    class View(MethodView):
        decorators = [policy(csrf=False)]

        async def post(self) -> str:
            return ""

    part.add_url_rule("/view", view_func=View.as_view("view"))
    async with protected(part) as client:
        assert await statuses(client, "/view") == [200]


async def test_a_manifest_says_it_for_the_module_and_takes_it_along(site: Site) -> None:
    views = """\
        from . import blueprint
        from quart_hotframe.security import policy

        @blueprint.post("/")
        async def index() -> str: return "{}"

        @blueprint.post("/strict")
        @policy(csrf=True)
        async def strict() -> str: return ""
    """
    manifest = '[security]\ncsrf = false\ncsp = ""\n[security.headers]\nX-Shop = "1"\n'
    files = {"views.py": views.replace("{}", "1")}
    await site.has("shop", manifest=manifest, files=files)
    assert await statuses(site.client, "/shop/", "/shop/strict") == [200, 403]
    response = await site.client.post("/shop/")
    assert response.headers["X-Shop"] == "1"
    assert "Content-Security-Policy" not in response.headers
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=files))
    assert await statuses(site.client, "/shop/", "/shop/strict") == [403, 403]
    await site.modules.disable("shop")
    assert not site.hotframe.runtime.current.kinds["policies"]
    assert await statuses(site.client, "/shop/") == [404]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("csfr = false", "line 4, key 'security.csfr': unknown key. Did you mean 'csrf'?"),
        ("csrf = 1", "line 4, key 'security.csrf': must be true or false, not 1."),
        ("max_body = 1.5", "key 'security.max_body': must be a whole number of bytes"),
        ("timeout = -1", "key 'security.timeout': must be a number of seconds"),
        ("timeout = nan", "key 'security.timeout': must be a number of seconds"),
        ('csp = "a\\r\\nb"', "key 'security.csp': must be one line of ASCII"),
        ("csp = \"script-src 'nonce-x'\"", "key 'security.csp': write 'nonce'"),
        ("headers = 1", "key 'security.headers': must be a table"),
        ('headers.X-A = "a\\nb"', "key 'security.headers.X-A': must be one line of ASCII"),
        ('headers."X A" = "a"', "cannot be the name of a header"),
        ('headers."X:A" = "a"', "cannot be the name of a header"),
        ('headers.X-A = "ö"', "key 'security.headers.X-A': must be one line of ASCII"),
        ("headers.X-A = 1", "key 'security.headers.X-A': must be one line of ASCII"),
        ('headers.content-security-policy = "a"', "write csp"),
        ('headers.Content-Security-Policy = "a"', "write csp"),
    ],
)
def test_a_wrong_manifest_is_told_with_its_line(table: str, told: str) -> None:
    with pytest.raises(ManifestError) as raised:
        Manifest.parse(f"{HEAD}[security]\n{table}\n", "module.toml")
    assert told in str(raised.value)


def test_a_wrong_option_in_code_is_told() -> None:
    with pytest.raises(ConfigurationError, match="max_body"):
        policy(max_body=0)
    with pytest.raises(ConfigurationError, match="X-A"):
        policy(headers={"X-A": "a\r\nSet-Cookie: b"})
    with pytest.raises(ConfigurationError, match="1 cannot be the name of a header"):
        policy(headers={1: "a"})  # type: ignore[dict-item]


def test_headers_are_added_up() -> None:
    changed = Policy().changed({"headers": {"A": "1"}}).changed({"headers": {"B": "2"}})
    assert changed.headers == {"A": "1", "B": "2"}


# -- whom they bind --------------------------------------------------------------------------------


async def test_routes_of_the_app_are_told_about_and_left_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with protected() as client:
        for _ in range(3):
            assert await statuses(client, "/own", "/nowhere") == [200, 404]
        assert "Content-Security-Policy" not in (await client.get("/own")).headers
    [line] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "'own' would be refused under HOTFRAME_SECURITY=strict" in line


async def test_a_host_that_is_not_known_is_told_once_for_each_route(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with protected(HOTFRAME_TRUSTED_HOSTS=["shop.example"]) as client:
        for host in ("shop.example", "evil.example", "evil.example:80"):
            for path in ("/own", "/nowhere"):
                await client.post(path, headers={"Host": host})
        await client.get("/own", headers={"Host": "evil.example"})
    assert caplog.messages == [
        "A request to 'own' would be refused under HOTFRAME_SECURITY=strict: "
        "HOTFRAME_TRUSTED_HOSTS does not have its host, 'evil.example'."
    ]


async def test_host_and_sender_are_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    async with protected(HOTFRAME_TRUSTED_HOSTS=["shop.example"]) as client:
        await client.post("/own", headers={**CROSS, "Host": "evil.example"})
    host, sender = caplog.messages
    assert "its host, 'evil.example'" in host and "a page of another site" in sender


async def test_a_safe_request_is_not_looked_at(caplog: pytest.LogCaptureFixture) -> None:
    async with protected(HOTFRAME_TRUSTED_HOSTS=["shop.example"]) as client:
        for method in ("GET", "HEAD", "OPTIONS"):
            await client.open("/own", method=method, headers={**CROSS, "Host": "evil.example"})
    assert caplog.messages == []


async def test_a_request_that_strict_would_let_in_is_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with protected() as client:
        policy(csrf=False)(client.app.view_functions["own"])
        assert await statuses(client, "/own") == [200]
    assert caplog.messages == []


@pytest.mark.parametrize("host", ["ä", "a b", "", "<script>"])
async def test_nonsense_is_not_told(host: str, caplog: pytest.LogCaptureFixture) -> None:
    async with protected() as client:
        asked = {"Host": host, "Origin": f"http://{host}", "Cookie": "a=b"}
        await client.post("/nowhere", headers=asked)
    assert [record for record in caplog.records if record.levelname != "DEBUG"] == []


async def test_what_is_told_is_bounded(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quart_hotframe.security.report.MOST", 3)
    app = make_app()
    for number in range(9):
        app.add_url_rule(f"/{number}", str(number), app.view_functions["own"], methods=["POST"])
    HotFrame(app)
    await statuses(app.test_client(), *(f"/{number}" for number in range(9)))
    assert len(caplog.records) == 3


@pytest.mark.parametrize("first", [True, False])
async def test_strict_binds_the_app_too_whichever_is_first(first: bool) -> None:
    app, seen = make_app(HOTFRAME_SECURITY="strict"), []

    def add() -> None:
        @app.before_request
        async def note() -> None:
            seen.append(request.path)

        @app.post("/webhook")
        @policy(csrf=False)
        async def webhook() -> str:
            return ""

    if first:
        add()
    HotFrame(app)
    if not first:
        add()
    client = app.test_client()
    assert await statuses(client, "/own", "/webhook", "/nowhere") == [403, 200, 403]
    assert seen == ["/webhook"]
    response = await client.get("/own")
    assert "Content-Security-Policy" in response.headers


async def test_strict_binds_modules_once(site: Site) -> None:
    async with protected(HOTFRAME_SECURITY="strict") as client:
        assert await statuses(client, "/part/", "/own") == [403, 403]
        response = await client.get("/part/")
        assert len(response.headers.getlist("HF-Request-Id")) == 1


async def test_off_binds_nothing() -> None:
    async with protected(HOTFRAME_SECURITY="off") as client:
        assert await statuses(client, "/part/", "/own") == [200, 200]
        response = await client.get("/part/")
        assert "HF-Request-Id" not in response.headers
        assert "X-Content-Type-Options" not in response.headers


def test_a_wrong_word_is_told() -> None:
    with pytest.raises(ConfigurationError, match="Did you mean 'strict'"):
        HotFrame(make_app(HOTFRAME_SECURITY="strickt"))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TRUSTED_ORIGINS", ["https://a.example/"]),
        ("TRUSTED_ORIGINS", ["*"]),
        ("TRUSTED_ORIGINS", ["null"]),
        ("TRUSTED_HOSTS", ["a.example:80"]),
        ("TRUSTED_HOSTS", ["*.example"]),
        ("TRUSTED_PROXIES", ["0"]),
        ("TRUSTED_PROXIES", ["nginx"]),
        ("TRUSTED_PROXIES", ["10.0.0.1/8"]),
        ("FORWARDED_HEADERS", ["fro"]),
        ("FORWARDED_HEADERS", ["forwarded", "for"]),
        ("CSP", "default-src 'self'\nX: y"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start(key: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"HOTFRAME_{key} "):
        HotFrame(make_app(**{f"HOTFRAME_{key}": value}))
