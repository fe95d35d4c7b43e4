"""Filters, tests and globals that the app's own code changes after modules were mounted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment
from quart import Blueprint
from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from tests.support.sites import new_app
from tests.support.sites import serving
from tests.support.sites import Site

TEXTS = {
    "filters": "{{ 'x'|late }}",
    "tests": "{% if 'x' is late %}yes{% endif %}",
    "globals": "{{ late('x') }}",
}
RESULTS = {"filters": "x late", "tests": "yes", "globals": "x late"}


def late(text: str) -> str:
    return f"{text} late"


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[Quart]:
    """An app that serves a blueprint, with a page that renders a text in each of them."""
    app = new_app(tmp_path)
    HotFrame(app)

    @app.get("/<kind>")
    async def page(kind: str) -> str:
        return await render_template_string(TEXTS[kind])

    async with app.test_app():
        await mount(app, "shop")
        yield app


async def mount(app: Quart, name: str) -> None:
    blueprint = Blueprint(name, __name__, url_prefix=f"/{name}")

    @blueprint.get("/<kind>")
    async def page(kind: str) -> str:
        return await render_template_string(TEXTS[kind])

    for add in (blueprint.app_template_filter, blueprint.app_template_global):
        add(f"of_{name}")(late)
    await app.extensions["hotframe"].mount(blueprint)


async def text(app: Quart, path: str) -> str:
    response = await app.test_client().get(path)
    assert response.status_code == 200
    return str(await response.get_data(as_text=True))


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("kind", TEXTS)
async def test_a_late_name_is_there_at_once_and_stays(app: Quart, kind: str, early: bool) -> None:
    mine = app.jinja_env
    if early:
        mine = vars(app)["jinja_env"]  # what the host took before a module came
    getattr(mine, kind)["late"] = late
    for path in (f"/{kind}", f"/shop/{kind}"):
        assert await text(app, path) == RESULTS[kind]
    await mount(app, "blog")
    assert await text(app, f"/blog/{kind}") == RESULTS[kind]
    await app.extensions["hotframe"].unmount("shop")
    await app.extensions["hotframe"].unmount("blog")
    assert await text(app, f"/{kind}") == RESULTS[kind]
    assert "of_shop" not in app.jinja_env.filters


async def test_a_request_of_an_older_generation_sees_what_it_changed_itself(app: Quart) -> None:
    @app.get("/change")
    async def change() -> str:
        await mount(app, "blog")
        app.jinja_env.globals["late"] = late
        return await render_template_string("{{ late('x') }} {{ of_blog is defined }}")

    assert await text(app, "/change") == "x late False"
    assert await text(app, "/globals") == "x late"


WAYS: dict[str, Callable[[Any], Any]] = {
    "update": lambda names: names.update(late=late),
    "or": lambda names: names.__ior__({"late": late}),
    "setdefault": lambda names: names.setdefault("late", late),
    "twice": lambda names: [names.setdefault("late", late), names.setdefault("late", None)],
}
GONE: dict[str, Callable[[Any], Any]] = {
    "del": lambda names: names.__delitem__("late"),
    "pop": lambda names: names.pop("late"),
    "popitem": lambda names: names.popitem(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("gone", GONE)
async def test_all_ways_to_change_a_dictionary_last(app: Quart, way: str, gone: str) -> None:
    before = dict(app.jinja_env.globals)
    WAYS[way](vars(app)["jinja_env"].globals if gone == "popitem" else app.jinja_env.globals)
    await mount(app, "blog")
    assert await text(app, "/globals") == "x late"
    GONE[gone](vars(app)["jinja_env"].globals if gone == "popitem" else app.jinja_env.globals)
    await app.extensions["hotframe"].unmount("blog")
    assert dict(app.jinja_env.globals) == before
    assert app.jinja_env.globals.pop("late", 5) == 5
    with pytest.raises(KeyError):
        app.jinja_env.globals.pop("late")


async def test_the_apps_own_names_can_be_replaced_and_cleared(app: Quart) -> None:
    app.jinja_env.filters["upper"] = late
    assert vars(app)["jinja_env"].filters["upper"] is late
    own: Environment = vars(app)["jinja_env"]
    own.tests.clear()
    assert not app.jinja_env.tests
    with pytest.raises(KeyError):
        own.tests.popitem()


async def test_a_name_of_an_owner_is_not_taken_from_it(app: Quart) -> None:
    told = r"filters\['of_shop'\] belongs to 'shop'"
    with pytest.raises(SetupError, match=told):
        app.jinja_env.filters["of_shop"] = str.upper
    with pytest.raises(SetupError, match=told):
        del app.jinja_env.filters["of_shop"]
    vars(app)["jinja_env"].filters["of_shop"] = str.upper
    assert app.jinja_env.filters["of_shop"] is late


KEEPS = """\
from quart import current_app
from . import blueprint

def helper(): ...

@blueprint.get("/")
async def index():
    current_app.jinja_env.globals["helper"] = helper
"""


async def test_code_of_a_module_does_not_outlive_it_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(Site(tmp_path, {})) as site:
        await site.has("news", files={"views.py": KEEPS})
        assert (await site.get("/news/"))[0] == 500
        assert "register it in the module, with blueprint.app_template_filter" in caplog.text
        assert "helper" not in vars(site.app)["jinja_env"].globals
