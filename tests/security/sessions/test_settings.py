"""Settings of sessions, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from quart.sessions import SecureCookieSessionInterface

from quart_hotframe import HotFrame
from quart_hotframe.errors import ConfigurationError
from quart_hotframe.errors import MissingExtra
from quart_hotframe.errors import SetupError
from tests.support.sites import new_app
from tests.support.visitors import Site


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"HOTFRAME_SESSIONS": "memori"}, "not 'memori'. Did you mean 'memory'"),
        ({"HOTFRAME_SESSIONS": "redis"}, "HOTFRAME_REDIS_URL is missing"),
        ({"HOTFRAME_SESSION_IDLE": 0}, "HOTFRAME_SESSION_IDLE must be more than 0"),
        ({"HOTFRAME_SESSION_LIFETIME": 0}, "HOTFRAME_SESSION_LIFETIME must be more than 0"),
        (
            {"HOTFRAME_SESSIONS": "database", "HOTFRAME_DATABASE_URL": "sqlite://"},
            "HOTFRAME_SESSIONS=database cannot be at sqlite.*in memory",
        ),
        (
            {"HOTFRAME_SESSIONS": "database", "HOTFRAME_DATABASES_READ_ONLY": "default"},
            "refuses to write",
        ),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, config: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        HotFrame(new_app(tmp_path, config))


@pytest.mark.parametrize("url", ["http://u:hidden@host", "u:hidden", "redis://:hidden@host:port"])
def test_a_wrong_url_of_redis_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    pytest.importorskip("redis")
    config = {"HOTFRAME_SESSIONS": "redis", "HOTFRAME_REDIS_URL": url}
    with pytest.raises(ConfigurationError, match="HOTFRAME_REDIS_URL must be like") as caught:
        HotFrame(new_app(tmp_path, config))
    assert "hidden" not in str(caught.value)


def test_the_password_of_redis_is_not_shown(tmp_path: Path) -> None:
    url = "redis://:hidden@127.0.0.1"
    assert "hidden" not in repr(HotFrame(new_app(tmp_path, {"HOTFRAME_REDIS_URL": url})).settings)
    with pytest.raises(ConfigurationError) as caught:
        HotFrame(new_app(tmp_path, {"HOTFRAME_REDIS_URL": ["hidden"]}))
    assert "hidden" not in str(caught.value)


def test_the_missing_package_of_redis_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    for name in ("redis", "redis_sessions"):
        monkeypatch.delitem(sys.modules, f"quart_hotframe.backends.{name}", raising=False)
    config = {"HOTFRAME_SESSIONS": "redis", "HOTFRAME_REDIS_URL": "redis://127.0.0.1"}
    with pytest.raises(MissingExtra, match=r"pip install 'quart-hotframe\[redis\]'"):
        HotFrame(new_app(tmp_path, config))


def test_an_interface_of_the_apps_own_is_not_replaced(tmp_path: Path) -> None:
    app = new_app(tmp_path, {"HOTFRAME_SESSIONS": "memory"})
    app.session_interface = SecureCookieSessionInterface()
    with pytest.raises(SetupError, match="take it out, or HOTFRAME_SESSIONS"):
        HotFrame(app)


async def test_without_a_key_an_app_with_sessions_does_not_start(tmp_path: Path) -> None:
    site = Site(tmp_path, {"HOTFRAME_SESSIONS": "memory", "SECRET_KEY": None})
    with pytest.raises(Exception, match="no SECRET_KEY to sign with.*HOTFRAME_SESSIONS"):
        await site.app.startup()


async def test_without_a_key_an_app_without_them_starts(tmp_path: Path) -> None:
    site = Site(tmp_path, {"SECRET_KEY": None})
    async with site.app.test_app():
        assert await site.visitor().text("/plain") == "plain"


async def test_times_are_those_of_the_settings(tmp_path: Path) -> None:
    site = Site(
        tmp_path,
        {
            "HOTFRAME_SESSIONS": "memory",
            "HOTFRAME_SESSION_IDLE": 100,
            "HOTFRAME_SESSION_LIFETIME": 250,
        },
    )
    visitor = await site.logged_in()
    seen = []
    for _ in range(3):
        site.now += 90
        seen.append(await visitor.text("/who"))
    assert seen == ["7", "7", "nobody"]
    visitor = await site.logged_in()
    site.now += 100
    assert await visitor.text("/who") == "nobody"


async def test_sessions_do_not_wait_for_what_the_same_request_writes(
    tmp_path: Path, sqlite_url: str
) -> None:
    """SQLite has one writer, and a request commits after its session was saved."""
    from sqlalchemy import text

    from quart_hotframe import db

    config = {"HOTFRAME_DATABASE_TIMEOUT": 0.3, "HOTFRAME_DATABASE_URL": sqlite_url}
    site = Site(tmp_path, {"HOTFRAME_SESSIONS": "database", **config})

    @site.app.post("/write")
    async def write() -> str:
        await db.session.execute(text("CREATE TABLE note (id INTEGER)"))
        await site.hotframe.sessions.login("7")
        return ""

    async with site.app.test_app():
        visitor = site.visitor()
        assert (await visitor.client.post("/write")).status_code == 200
        assert await visitor.text("/who") == "7"


def test_nothing_is_imported_for_sessions_that_nobody_asked_for() -> None:
    code = (
        "import sys, quart_hotframe.extension; "
        "print([m for m in sys.modules if m == 'redis' or m.endswith(('sessions.table', "
        "'sessions.memory', 'redis_sessions'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
