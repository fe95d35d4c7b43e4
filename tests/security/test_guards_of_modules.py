"""Guards of modules: by the manifest, before all that a module serves, and gone with it."""

from __future__ import annotations

import asyncio
import weakref
from functools import partial
from typing import Any

import pytest
from quart.testing import WebsocketResponseError

from quart_hotframe.errors import LoadError
from tests.support.forgetting import cycles
from tests.support.forgetting import forgets
from tests.support.forgetting import Seen
from tests.support.people import GuardedSite

GUARD = 'guard = "shop.edit"\npermissions = ["shop.edit"]'
NESTED = """\
from quart import Blueprint, websocket

ran = []
blueprint = Blueprint("shop", __name__, static_folder="static")
inner = Blueprint("inner", __name__)

@blueprint.before_request
async def first():
    ran.append("first")

@blueprint.get("/")
@inner.get("/inner")
async def page():
    return "secret"

@blueprint.get("/ran")
async def ran_():
    return " ".join(ran)

@blueprint.websocket("/socket")
async def socket():
    await websocket.send("secret")

blueprint.register_blueprint(inner)
"""
FILES = {"__init__.py": NESTED, "views.py": "", "static/plan.txt": "secret"}


async def test_a_guard_of_the_manifest_stands_before_everything(people: GuardedSite) -> None:
    await people.has("shop", manifest=GUARD, files=FILES)
    for path in ("/shop/", "/shop/inner", "/shop/static/plan.txt"):
        assert await people.status(path) == 401
        assert await people.status(path, "ann") == 403
        assert await people.status(path, "editor") == 200
    assert await (await people.asks("/shop/ran", "keeper")).get_data() == b"first first first first"
    with pytest.raises(WebsocketResponseError) as caught:
        async with people.client.websocket("/shop/socket", headers={"Visitor": "ann"}) as socket:
            await socket.receive()
    assert caught.value.response.status_code == 403
    assert await people.status("/shop/absent", "ann") == 404
    assert await people.status("/shop/", "ann", method="POST") == 405


@pytest.mark.parametrize(
    ("word", "may"),
    [("authenticated", ["ann", "staff", "root"]), ("staff", ["staff"]), ("superuser", ["root"])],
)
async def test_words_that_a_manifest_may_have(
    people: GuardedSite, word: str, may: list[str]
) -> None:
    await people.has("shop", manifest=f'guard = "{word}"')
    visitors = ["", "ann", "staff", "root", "expired"]
    assert [one for one in visitors if await people.status("/shop/", one) == 200] == may


async def test_a_guard_comes_and_goes_with_its_version(people: GuardedSite) -> None:
    await people.has("shop")
    assert await people.status("/shop/") == 200
    await people.modules.upgrade("shop", people.source("shop", "2.0", manifest=GUARD))
    assert await people.status("/shop/") == 401
    await people.modules.rollback("shop")
    assert await people.status("/shop/") == 200


OUTSIDE = """\
from quart import Blueprint

blueprint = Blueprint("shop", __name__)

async def page():
    return "secret"

blueprint.record(lambda state: state.app.add_url_rule("/outside", "{endpoint}", page))
"""


@pytest.mark.parametrize("endpoint", ["outside", "other.outside"])
async def test_a_route_that_the_guard_would_miss_is_refused(
    people: GuardedSite, endpoint: str
) -> None:
    files = {"__init__.py": OUTSIDE.format(endpoint=endpoint), "views.py": ""}
    with pytest.raises(LoadError, match=f"cannot stand before the endpoint '{endpoint}'"):
        await people.has("shop", manifest=GUARD, files=files)
    assert await people.status("/outside", "root") == 404


MISPLACED = """\
from quart_hotframe.security import guard, IsStaff

from . import blueprint


@guard(IsStaff)
@blueprint.get("/edit")
async def edit():
    return "secret"
"""


async def test_a_guard_above_its_route_fails_the_load(people: GuardedSite) -> None:
    with pytest.raises(LoadError) as caught:
        await people.has("shop", files={"views.py": MISPLACED})
    assert "views.py:6: @guard stands above the route of 'shop.edit'" in str(caught.value)
    assert await people.status("/shop/edit") == 404


WAITING = """\
from quart import current_app
from quart_hotframe.security import check, guard, HasPermission

from . import blueprint


async def may(user):
    current_app.inside.set()
    await current_app.released.wait()
    return True


@blueprint.get("/edit")
@guard(may)
async def edit():
    await check(HasPermission("shop.edit"))
    return "old"
"""


async def test_a_request_sees_the_permissions_of_its_version_to_its_end(
    people: GuardedSite,
) -> None:
    app: Any = people.app
    app.inside, app.released = asyncio.Event(), asyncio.Event()
    declared = 'permissions = ["shop.edit"]'
    await people.has("shop", manifest=declared, files={"views.py": WAITING})
    asking = asyncio.create_task(people.asks("/shop/edit", "editor"))
    await app.inside.wait()
    going = asyncio.create_task(people.modules.disable("shop"))
    while people.hotframe.permissions:
        await asyncio.sleep(0)
    app.released.set()
    response = await asking
    assert (response.status_code, await response.get_data()) == (200, b"old")
    await going
    assert await people.status("/shop/edit", "editor") == 404


FORGOTTEN = """\
from quart_hotframe.security import guard, HasPermission

from . import blueprint


class Mine:
    ballast = bytes(256 * 1024)

    def __call__(self, user):
        return True


mine = Mine()


@blueprint.get("/edit")
@guard(HasPermission("shop.edit") & mine)
async def edit():
    return "secret"
"""


async def cycle(people: GuardedSite, seen: Seen) -> None:
    await people.modules.enable("shop")
    assert await people.status("/shop/edit", "editor") == 200
    views = people.modules.worker.mounting.mounted["shop"].package.import_("views")
    seen += [weakref.ref(one) for one in (views, views.mine, views.edit, views.edit.__wrapped__)]
    del views
    await people.modules.disable("shop")
    await people.modules.drained()


@cycles
async def test_nothing_of_a_guard_stays(
    people: GuardedSite, cycles: int, record_property: Any
) -> None:
    people.write("shop", manifest=GUARD, files={"views.py": FORGOTTEN})
    await forgets(partial(cycle, people), cycles, record_property)
