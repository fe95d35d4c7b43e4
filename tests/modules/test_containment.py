from __future__ import annotations

import asyncio
from typing import Any

import pytest

from quart_hotframe import signals
from quart_hotframe.errors import HotFrameError
from tests.support.sites import becomes
from tests.support.sites import Site

FAILS = """\
from quart import websocket
from . import blueprint

@blueprint.get("/")
async def index(): return "well {version}"

@blueprint.get("/bad")
async def bad(): raise RuntimeError("secret of the {version}")

@blueprint.websocket("/ws")
async def ws():
    await websocket.accept()
    raise RuntimeError("secret")
"""


def failing(version: str = "1.0") -> dict[str, str]:
    return {"views.py": FAILS.format(version=version)}


LIMIT = [{"HOTFRAME_ERROR_THRESHOLD": 3}]


async def test_an_error_of_a_module_is_answered_in_its_name_as_html(site: Site) -> None:
    await site.has("news", manifest='title = "News & <more>"', files=failing())
    response = await site.client.get("/news/bad", headers={"Accept": "text/html,*/*"})
    text = await response.get_data(as_text=True)
    assert (response.status_code, response.mimetype) == (500, "text/html")
    assert "News &amp; &lt;more&gt;" in text
    assert "secret" not in text and "Traceback" not in text
    assert await site.get("/news/") == (200, "well 1.0")


@pytest.mark.parametrize(
    "asks",
    [
        {"headers": {"Accept": "application/json"}},
        {"headers": {"Content-Type": "application/json"}},
    ],
)
async def test_an_error_of_a_module_is_answered_as_json_where_json_was_asked_for(
    site: Site, asks: dict[str, Any]
) -> None:
    await site.has("news", files=failing())
    response = await site.client.get("/news/bad", **asks)
    assert response.status_code == 500
    assert await response.get_json() == {"error": "module_failed", "module": "news"}


async def test_the_apps_own_handler_wins_and_its_own_errors_stay_as_they_were(site: Site) -> None:
    await site.has("news", files=failing())

    async def broken() -> str:
        raise RuntimeError("of the app")

    site.app.add_url_rule("/broken", "broken", broken)
    status, text = await site.get("/broken")
    assert status == 500 and "Internal Server Error" in text and "module" not in text

    @site.app.errorhandler(500)
    async def handle(error: Any) -> tuple[str, int]:
        return f"the app says {error.original_exception}", 500

    assert await site.get("/news/bad") == (500, "the app says secret of the 1.0")
    assert await site.get("/broken") == (500, "the app says of the app")


async def test_a_modules_own_handler_wins_and_counts_no_error(site: Site) -> None:
    own = FAILS.format(version=1) + (
        "\n@blueprint.errorhandler(RuntimeError)\nasync def handle(error): return 'mine', 418\n"
    )
    await site.has("news", files={"views.py": own})
    assert await site.get("/news/bad") == (418, "mine")
    assert site.modules.watch.of("news").failed == 0


@pytest.mark.parametrize("site", LIMIT, indirect=True)
async def test_a_module_is_degraded_at_the_threshold_and_not_below(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    told = []

    async def degraded(app: Any, **what: Any) -> None:
        told.append((what["module"].name, str(what["exception"])))

    with signals.module_degraded.connected_to(degraded):
        await site.has("news", files=failing())
        await site.has("other")
        for _ in range(2):
            await site.get("/news/bad")
        assert site.modules["news"].state == "active" and told == []
        await site.get("/news/bad")
        await site.get("/news/bad")
    assert told == [("news", "secret of the 1.0")]
    record = site.modules["news"]
    assert record.state == "degraded"
    assert record.error == "RuntimeError('secret of the 1.0')"
    assert "Module 'news' is degraded: 3 errors within 60 s" in caplog.text
    assert site.modules["other"].state == "active"
    assert await site.get("/news/") == (200, "well 1.0")


RECOVERIES = ("reset", "reload", "time")


@pytest.mark.parametrize(
    "site", [{"HOTFRAME_ERROR_THRESHOLD": 2, "HOTFRAME_ERROR_WINDOW": 0.3}], indirect=True
)
@pytest.mark.parametrize("way", RECOVERIES)
async def test_a_degraded_module_recovers(site: Site, way: str) -> None:
    site.write("news", files=failing())
    await site.modules.enable("news")
    await site.get("/news/bad")
    await site.get("/news/bad")
    assert site.modules["news"].state == "degraded"
    if way == "reset":
        assert (await site.modules.reset("news")).state == "active"
    elif way == "reload":
        assert (await site.modules.reload("news")).state == "active"
    await becomes(lambda: site.modules["news"].state == "active")
    if way != "time":
        assert site.modules["news"].error is None


@pytest.mark.parametrize("site", [{"HOTFRAME_ERROR_THRESHOLD": 1}], indirect=True)
async def test_an_error_in_a_websocket_counts_too(site: Site) -> None:
    await site.has("news", files=failing())
    async with site.client.websocket("/news/ws"):
        await becomes(lambda: site.modules["news"].state == "degraded")


@pytest.mark.parametrize("site", LIMIT, indirect=True)
@pytest.mark.parametrize("kind", ["async def", "def"])
@pytest.mark.parametrize("path", ["/host", "/other/"])
async def test_a_function_around_all_requests_that_raises_counts_against_its_module(
    site: Site, path: str, kind: str
) -> None:
    site.app.add_url_rule("/host", "host", lambda: "host")
    await site.has("other")
    before = await site.get(path)
    code = f"{kind} fail(): raise RuntimeError('everywhere')\nblueprint.before_app_request(fail)\n"
    await site.has("news", files={"middleware.py": "from . import blueprint\n" + code})
    for _ in range(3):
        assert (await site.get(path))[0] == 500
    assert (site.modules["news"].state, site.modules["other"].state) == ("degraded", "active")
    assert site.modules["news"].error == "RuntimeError('everywhere')"
    await site.modules.disable("news")
    assert await site.get(path) == before


async def test_middleware_around_requests_comes_and_goes_with_its_module(site: Site) -> None:
    site.app.add_url_rule("/host", "host", lambda: "host")
    code = """\
        from quart import g
        from . import blueprint

        @blueprint.before_app_request
        async def before(): g.by = "news"

        @blueprint.after_app_request
        async def after(response):
            response.headers["X-By"] = g.by
            return response
        """
    await site.has("news", files={"middleware.py": code})
    assert (await site.client.get("/host")).headers["X-By"] == "news"
    await site.modules.disable("news")
    assert "X-By" not in (await site.client.get("/host")).headers


async def test_a_module_sees_its_settings_and_an_old_request_those_of_its_version(
    site: Site,
) -> None:
    import asyncio

    views = """\
        import asyncio
        from quart_hotframe import current_module
        from . import blueprint

        entered, release = [], asyncio.Event()

        @blueprint.get("/")
        async def index(): return str(current_module.settings["page_size"])

        @blueprint.get("/slow")
        async def slow():
            entered.append(1)
            await release.wait()
            return f"{current_module.version} {current_module.settings['page_size']}"
        """
    settings = "[settings]\npage_size = {}\n"
    await site.has("news", manifest=settings.format(20), files={"views.py": views})
    assert await site.get("/news/") == (200, "20")
    old = site.modules.worker.mounting.mounted["news"].package.import_("views")
    slow = asyncio.create_task(site.get("/news/slow"))
    await becomes(lambda: old.entered)
    new = site.source("news", "2.0", manifest=settings.format(50), files={"views.py": views})
    await site.modules.upgrade("news", new)
    assert await site.get("/news/") == (200, "50")
    await site.modules.uninstall("news")
    old.release.set()
    assert await slow == (200, "1.0 20")


async def test_current_module_outside_of_a_module_says_so(site: Site) -> None:
    from quart_hotframe import current_module

    async with site.app.app_context():
        with pytest.raises(HotFrameError, match="while code of a module runs"):
            _ = current_module.name


SICK = """\
from quart import current_app, request
from . import blueprint

@blueprint.get("/")
async def index():
    if current_app.config.get("SICK"):
        raise RuntimeError("sick")
    return "well"
"""
BREAKER = [{"HOTFRAME_ERROR_THRESHOLD": 3, "HOTFRAME_BREAKER_SECONDS": 3600.0}]


@pytest.mark.parametrize("site", BREAKER, indirect=True)
async def test_a_module_that_fails_too_often_rests_until_one_request_succeeds(site: Site) -> None:
    await site.has("news", files={"views.py": SICK})
    await site.has("other")
    site.app.config["SICK"] = True
    assert [(await site.get("/news/"))[0] for _ in range(5)] == [500, 500, 500, 503, 503]
    response = await site.client.get("/news/", headers={"Accept": "application/json"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "3600")
    assert await response.get_json() == {"error": "module_failed", "module": "news"}
    assert await site.get("/other/") == (200, "other 1.0")

    watch = site.modules.watch

    async def after_a_rest() -> tuple[int, str]:
        """Return the answer to the one request that is let through."""
        watch.rest = 0.001
        async with asyncio.timeout(5):
            while (answer := await site.get("/news/"))[0] == 503:
                await asyncio.sleep(0.01)
        watch.rest = 3600.0
        return answer

    assert (await after_a_rest())[0] == 500
    assert (await site.get("/news/"))[0] == 503
    site.app.config["SICK"] = False
    assert await after_a_rest() == (200, "well")
    assert site.modules["news"].state in ("active", "provisional")
    assert await site.get("/news/") == (200, "well")


async def test_a_degraded_module_serves_on_where_nothing_else_was_set(site: Site) -> None:
    await site.has("news", files={"views.py": SICK})
    site.app.config["SICK"] = True
    assert {(await site.get("/news/"))[0] for _ in range(12)} == {500}
