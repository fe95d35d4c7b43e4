"""What happens from outside in the middle of a change: others who change, and those who leave."""

from __future__ import annotations

import asyncio

import pytest

from quart_hotframe import current_hotframe
from quart_hotframe import signals
from quart_hotframe.errors import ModuleStateError
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site


async def test_of_two_tasks_that_enable_one_module_one_is_told_that_it_is_enabled(
    site: Site,
) -> None:
    await site.modules.install(site.source("news"))
    both = await asyncio.gather(
        site.modules.enable("news"), site.modules.enable("news"), return_exceptions=True
    )
    refused = [one for one in both if isinstance(one, ModuleStateError)]
    assert len(refused) == 1 and "enabled already" in str(refused[0])
    assert await site.get("/news/") == (200, "news 1.0")


async def test_two_upgrades_of_one_module_follow_each_other(site: Site) -> None:
    await site.has("news", "1.0")
    sources = [site.source("news", "2.0"), site.source("news", "3.0")]
    await asyncio.gather(*(site.modules.upgrade("news", one) for one in sources))
    assert site.modules["news"].previous_version == "2.0"
    assert await site.get("/news/") == (200, "news 3.0")
    await site.modules.drained()
    assert len(site.modules.worker.mounting.mounted) == 1


async def test_operations_on_many_modules_at_once_all_happen(site: Site) -> None:
    names = ["a", "b", "c"]
    for name in names:
        site.write(name)
    await asyncio.gather(*(site.modules.enable(name) for name in names))
    assert [await site.get(f"/{n}/") for n in names] == [(200, f"{n} 1.0") for n in names]


async def test_an_install_goes_on_when_the_client_that_asked_for_it_leaves(site: Site) -> None:
    source, begun = site.source("news"), asyncio.Event()
    cancelled = []

    async def install() -> str:
        try:
            await current_hotframe.modules.install(source)
            await current_hotframe.modules.enable("news")
        except asyncio.CancelledError:
            cancelled.append(True)
            raise
        return "done"

    def started(app: object, **what: object) -> None:
        begun.set()

    site.app.add_url_rule("/install", "install", install, methods=["POST"])
    with signals.operation_started.connected_to(started):
        async with site.client.request("/install", method="POST") as connection:
            await connection.send_complete()
            await asyncio.wait_for(begun.wait(), 5)
            await connection.disconnect()
    await becomes(lambda: cancelled)
    await becomes(lambda: "news" in site.modules)
    assert site.modules["news"].state == "disabled"
    await becomes(lambda: site.modules.worker.state.operation is None)
    assert (await site.modules.operations(1))[0].entries[-1]["phase"] == "finished"
    await site.modules.enable("news")
    assert await site.get("/news/") == (200, "news 1.0")


async def test_a_cancelled_caller_does_not_cancel_the_operation(site: Site) -> None:
    site.write("news")
    caller = asyncio.create_task(site.modules.enable("news"))
    await becomes(lambda: site.modules.worker.state.operation is not None)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    assert caller.cancelled()
    await becomes(lambda: "news" in site.modules.worker.mounting.mounted)
    assert await site.get("/news/") == (200, "news 1.0")


async def test_a_request_that_spans_upgrade_and_removal_ends_with_its_own_code(site: Site) -> None:
    files = {
        "views.py": """\
            import asyncio
            from quart import render_template, url_for
            from . import blueprint

            entered, release, ended = [], asyncio.Event(), []

            @blueprint.get("/slow")
            async def slow():
                entered.append(1)
                await release.wait()
                return await render_template("news/slow.html")

            @blueprint.teardown_request
            async def teardown(error): ended.append(url_for("news.slow"))
            """,
        "templates/news/slow.html": "{{ url_for('news.slow') }} 1",
    }
    await site.has("news", "1.0", files=files)
    views = site.modules.worker.mounting.mounted["news"].package.import_("views")
    slow = asyncio.create_task(site.get("/news/slow"))
    await becomes(lambda: views.entered)
    await site.modules.upgrade("news", site.source("news", "2.0"))
    assert await site.get("/news/") == (200, "news 2.0")
    await site.modules.uninstall("news")
    assert (await site.get("/news/"))[0] == 404
    views.release.set()
    assert await slow == (200, "/news/slow 1")
    assert views.ended == ["/news/slow"]


@pytest.mark.parametrize("site", [{"HOTFRAME_DRAIN_TIMEOUT": 0.1}], indirect=True)
async def test_a_task_of_a_module_is_cancelled_when_its_drain_takes_too_long(site: Site) -> None:
    views = """\
        import asyncio
        from quart import current_app
        from . import blueprint

        ended = []

        async def work():
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(1)

        @blueprint.get("/")
        async def index():
            current_app.add_background_task(work)
            return "begun"
        """
    await site.has("news", files={"views.py": views})
    module = site.modules.worker.mounting.mounted["news"].package.import_("views")
    assert await site.get("/news/") == (200, "begun")
    await site.modules.disable("news")
    ended = module.ended
    del module
    await becomes(lambda: ended)
    await site.modules.drained()


async def test_what_was_enabled_is_served_again_by_a_process_that_starts_later(site: Site) -> None:
    await site.has("news", "1.0")
    await site.modules.upgrade("news", site.source("news", "2.0"))
    async with serving(Site(site.folder, {})) as again:
        assert await again.get("/news/") == (200, "news 2.0")
        await again.modules.rollback("news")
        await becomes(lambda: site.modules.worker.state.revision == 4)
        await becomes(lambda: site.modules["news"].version == "1.0")
        assert await site.get("/news/") == (200, "news 1.0")
