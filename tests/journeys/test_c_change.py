"""Journey c, a change of a module: plan, prepare, commit, drain, forget, in every worker."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quart_hotframe import signals
from quart_hotframe.errors import LoadError
from tests.support.sites import becomes
from tests.support.sites import loaded_packages
from tests.support.sites import serving
from tests.support.sites import Site

NEEDS = 'requires = ["shop"]'


async def phases(site: Site) -> list[str]:
    history = (await site.modules.operations(1))[0]
    return [entry["phase"] for entry in history.entries]


async def test_a_module_comes_changes_fails_goes_back_and_leaves(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    published: list[int] = []

    def note(app: object, number: int, **extra: object) -> None:
        published.append(number)

    async with serving(site):
        record = await site.modules.install(site.source("shop", "1.0"))
        assert (record.state, record.version) == ("disabled", "1.0")
        await site.modules.install(site.source("reviews", "1.0", manifest=NEEDS))
        await site.modules.enable("reviews")
        assert await phases(site) == ["prepare", "migrate", "commit", "finished"]

        plan = await site.modules.plan("upgrade", "shop", site.source("shop", "2.0"))
        assert [(step.action, step.module) for step in plan.steps] == [
            ("load", "shop"),
            ("load", "reviews"),
            ("lifecycle", "shop"),
            ("publish", ""),
            ("drain", "shop 1.0"),
        ]
        assert site.modules["shop"].version == "1.0"  # nothing happened yet

        with signals.generation_published.connected_to(note):
            await site.modules.upgrade("shop", site.source("shop", "2.0"))
            await site.modules.drained()
        assert len(published) == 1  # both changed in one moment
        assert await site.get("/shop/") == (200, "shop 2.0")
        assert await site.get("/reviews/") == (200, "reviews 1.0")
        assert len({name.split(".")[1] for name in loaded_packages()}) == 2

        before = await site.snapshot("/shop/", "/reviews/")
        with pytest.raises(LoadError, match=r"views\.py:1"):
            await site.modules.upgrade(
                "shop", site.source("shop", "3.0", files={"views.py": "1/0"})
            )
        await site.is_as(before)
        assert (await phases(site))[-1] == "aborted"

        await site.modules.rollback("shop")
        assert await site.get("/shop/") == (200, "shop 1.0")

        await site.modules.disable("shop", cascade=True)
        await site.modules.uninstall("reviews")
        await site.modules.uninstall("shop")
        await site.modules.drained()
        assert len(site.modules) == 0
        assert loaded_packages() == frozenset()
        await becomes(lambda: not list((site.instance / "modules").glob("[a-z]*")))


async def test_the_history_says_who_asked_and_what_was_planned(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    site.write("blog")
    async with serving(site):
        plan = await site.modules.plan("enable", "blog")
        await site.modules.enable("blog")
        [history] = await site.modules.operations(1)
    assert (history.by["process"], history.by["pid"]) == ("worker", os.getpid())
    assert history.by["user"] and history.by["host"]
    assert history.plan == str(plan)
