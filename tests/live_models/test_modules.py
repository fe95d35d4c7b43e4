"""Components of modules that show rows: they come and go with their module, and nothing stays."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from quart_hotframe.testing import live_page
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing.client import client_of
from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.sites import serving
from tests.support.sites import Site

MODELS = """\
    from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
    from quart_hotframe.database import ModuleModels, Versioned

    class Base(ModuleModels, DeclarativeBase): ...

    class Order(Versioned, Base):
        id: Mapped[int] = mapped_column(primary_key=True)
        status: Mapped[str] = mapped_column(default="new")

    BALLAST = bytearray(256 * 1024)
    """
CODE = """\
    from quart_hotframe import event, ModelComponent
    from ..models import Order

    class Edit(ModelComponent[Order]):
        @event
        async def again(self): self.row.status += "!"
    """
VIEWS = """\
    from quart import render_template
    from quart_hotframe import db
    from . import blueprint
    from .models import Base, Order

    @blueprint.get("/")
    async def index():
        async with db.transaction() as session:
            await (await session.connection()).run_sync(Base.metadata.create_all)
            if await session.get(Order, 1) is None:
                session.add(Order())
        return await render_template("shop/index.html")
    """
FILES: dict[str, str | bytes] = {
    "models.py": MODELS,
    "views.py": VIEWS,
    "components/edit.py": CODE,
    "components/edit.html": '<h1>{{ row.status }}</h1><button {{ on.click("again") }}>x</button>',
    "templates/shop/index.html": '<body>{% component "edit" id=1 %}{% endcomponent %}</body>',
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A serving site without any component of its own."""
    async with serving(Site(tmp_path, {"SECRET_KEY": "a key"})) as made:
        made.client = client_of(made.app)
        yield made


def running(site: Site) -> RunningApp:
    return RunningApp(site.app, site.hotframe, site.client)


async def test_a_row_is_followed_over_a_new_version(site: Site) -> None:
    await site.has("shop", files=FILES)
    async with live_page(running(site), "/shop/") as one:
        await one.click("again")
        new = {**FILES, "components/edit.py": CODE.replace('"!"', '"?"')}
        await site.modules.upgrade("shop", site.source("shop", "2.0", files=new))
        async with live_page(running(site), "/shop/") as other:
            await other.click("again")
            await one.until(lambda: one.text("h1") == "new!?")


async def cycle(site: Site, seen: Seen) -> None:
    await site.modules.enable("shop")
    async with live_page(running(site), "/shop/") as one, live_page(running(site), "/shop/") as two:
        before = one.text("h1")
        await one.click("again")
        await two.until(lambda: two.text("h1") == before + "!")
    package = site.modules.worker.mounting.mounted["shop"].package
    order: Any = package.import_("models").Order
    edit: Any = package.import_("components.edit").Edit
    seen += [weakref.ref(one) for one in (order, order.__mapper__, edit, edit.__mro__[1])]
    del order, edit, package
    await site.modules.disable("shop")
    await site.modules.drained()


@cycles
@pytest.mark.by_turns
async def test_nothing_of_a_model_and_its_component_stays(
    site: Site, cycles: int, record_property: Any
) -> None:
    site.write("shop", files=FILES)
    await forgets(partial(cycle, site), cycles, record_property)
