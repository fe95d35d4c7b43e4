"""Routes of components: they come, are protected and go with what their component belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent

import pytest

from quart_hotframe.errors import ClashError
from quart_hotframe.errors import LoadError
from tests.support.modules import write_file
from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
    from quart import render_template_string
    from . import blueprint

    @blueprint.get("/")
    async def index(): return await render_template_string(
        "{% component 'shop:card' id=7 %}{% endcomponent %}")
    """
CODE = """\
    from quart import Blueprint
    from quart_hotframe import render_component

    blueprint = Blueprint("card", __name__)

    @blueprint.get("/<int:id>/more")
    async def more(id): return f"more of {id}"
    """
CARD = "{% props id: int %}<a href=\"{{ url_for('shop.card.more', id=id) }}\">More</a>"
FILES: dict[str, str | bytes] = {
    "views.py": VIEWS,
    "components/card.html": CARD,
    "components/card.py": CODE,
}
MORE = "/shop/components/card/7/more"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with serving(Site(tmp_path, {"SECRET_KEY": "not a secret"})) as made:
        yield made


async def enable(site: Site, manifest: str = "", **files: str) -> None:
    """Enable the module; ``components__card`` is ``components/card.py``, ``package`` the first."""
    names = {name: name.replace("__", "/") for name in files} | {"package": "__init__"}
    more = {f"{names[name]}.py": text for name, text in files.items()}
    site.write("shop", manifest=manifest, files=FILES | more)
    await site.modules.enable("shop")


async def test_a_component_has_routes_below_its_module_which_go_with_it(site: Site) -> None:
    await enable(site)
    assert await site.get("/shop/") == (200, f'<a href="{MORE}">More</a>')
    assert await site.get(MORE) == (200, "more of 7")
    await site.modules.disable("shop")
    assert (await site.get(MORE))[0] == 404
    assert not any("card" in one for one in site.app.view_functions)


async def test_a_new_version_answers_and_a_request_in_flight_keeps_its_own(site: Site) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        waiting.set()
        await go.wait()

    site.app.config["WAIT"] = wait
    first = CODE.replace('f"more', 'await current_app.config["WAIT"]() or f"old')
    first = first.replace("import Blueprint", "import Blueprint, current_app")
    await site.has("shop", files=FILES | {"components/card.py": first})
    old = asyncio.create_task(site.get(MORE))
    await asyncio.wait_for(waiting.wait(), 15)
    new = FILES | {"components/card.py": CODE.replace("more of", "new of")}
    await site.modules.upgrade("shop", site.source("shop", "2.0", files=new))
    assert await site.get(MORE) == (200, "new of 7")
    go.set()
    assert await old == (200, "old of 7")
    gone = FILES | {
        "components/card.py": "from quart_hotframe import *\nclass Card(Component): ..."
    }
    gone["components/card.html"] = "{{ attributes }}"
    await site.modules.upgrade("shop", site.source("shop", "3.0", files=gone))
    assert (await site.get(MORE))[0] == 404


async def test_the_author_says_another_address_and_writes_a_class(site: Site) -> None:
    code = """\
        from quart import Blueprint
        from quart_hotframe import Component, Prop
        blueprint = Blueprint("card", __name__, url_prefix="/cards")

        @blueprint.get("/more")
        async def more(): return Card.__name__

        class Card(Component):
            id: Prop[int]
        """
    card = "{{ url_for('shop.card.more', n=id) }}"
    files = FILES | {"components/card/card.html": card, "components/card/card.py": code}
    del files["components/card.html"], files["components/card.py"]
    site.write("shop", files=files)
    await site.modules.enable("shop")
    assert await site.get("/shop/") == (200, "/shop/cards/more?n=7")
    assert await site.get("/shop/cards/more") == (200, "Card")


async def test_a_module_of_components_alone_has_them_at_its_name(site: Site) -> None:
    files = FILES | {"__init__.py": "", "views.py": ""}
    site.write("shop", manifest='url_prefix = "/s"', files=files)
    await site.modules.enable("shop")
    assert await site.get("/s/components/card/7/more") == (200, "more of 7")


async def test_guards_limits_and_policies_of_the_module_hold(site: Site) -> None:
    guarded = "from quart import Blueprint\nblueprint = Blueprint('shop', __name__)\n"
    manifest = 'limits = ["2/hour"]\n[security]\nheaders = {X-Shop = "yes"}'
    await enable(site, manifest)
    answer = await site.client.get(MORE)
    assert answer.headers["X-Shop"] == "yes"
    assert (await site.get(MORE))[0] == 200
    assert (await site.get(MORE))[0] == 429
    await site.modules.disable("shop")
    await enable(site, 'guard = "authenticated"')
    assert (await site.get(MORE))[0] == 401
    await site.modules.disable("shop")
    guard = "from quart_hotframe.security import guard, IsStaff\nguard(IsStaff)(blueprint)\n"
    await enable(site, package=guarded + guard)
    assert (await site.get(MORE))[0] == 401


async def test_csrf_is_checked_as_for_any_route_of_a_module(site: Site) -> None:
    code = CODE.replace("blueprint.get", "blueprint.post")
    await enable(site, components__card=code)
    headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await site.client.post(MORE, headers=headers)).status_code == 403


async def test_a_clash_is_told_with_both_owners(site: Site) -> None:
    await enable(site)
    code = "from . import blueprint\n@blueprint.get('/card/<int:id>/more')\n"
    views = code + "async def taken(id): return ''\n"
    site.write("blog", manifest='url_prefix = "/shop/components"', files={"views.py": views})
    with pytest.raises(ClashError, match="components/card/<int:id>/more") as caught:
        await site.modules.enable("blog")
    assert "'blog'" in str(caught.value) and "'shop'" in str(caught.value)


@pytest.mark.parametrize(
    ("file", "code", "message"),
    [
        ("components/card", CODE.replace('"card"', '"crad"'), "card.py: The blueprint must have"),
        ("components/card", CODE.replace("blueprint", "routes"), "'blueprint', not 'routes'"),
        ("components/helping", CODE, "helping.py: The routes of the blueprint 'card' would be l"),
        ("components/blog/card", CODE, "blog/card.py: The routes of the blueprint 'card' would"),
        (
            "views",
            "from . import blueprint\nfrom quart import Blueprint\n"
            "blueprint.register_blueprint(Blueprint('card', __name__))",
            "The name 'card' is already registered",
        ),
        (
            "components/card",
            CODE + "\n    from quart_hotframe import Component\n    class Crad(Component): ...\n",
            "There must be a class Card",
        ),
    ],
)  # fmt: skip
async def test_routes_that_would_be_lost_fail_the_load(
    site: Site, file: str, code: str, message: str
) -> None:
    with pytest.raises(LoadError, match=message):
        await enable(site, **{file.replace("/", "__"): code})


async def test_the_blueprint_of_the_module_may_be_used_too(site: Site) -> None:
    code = """\
        from modules.shop import blueprint

        @blueprint.get("/card/more")
        async def more(): return "more"

        from quart_hotframe import Component, Prop
        class Card(Component): id: Prop[int]
        """
    site.write("shop", files={"components/card.html": "{{ id }}", "components/card.py": code})
    await site.modules.enable("shop")
    assert await site.get("/shop/card/more") == (200, "more")


async def test_components_of_the_app_have_routes_from_its_start(tmp_path: Path) -> None:
    card = "{{ url_for('app.card.more', id=3) }}"
    write_file(tmp_path / "app/components/card.html", card)
    code = dedent(CODE.replace("card", "secret"))
    code += "from quart_hotframe.security import guard, IsStaff\nguard(IsStaff)(blueprint)\n"
    write_file(tmp_path / "app/components/card.py", CODE)
    write_file(tmp_path / "app/components/secret.html", "")
    write_file(tmp_path / "app/components/secret.py", code)
    site = Site(tmp_path, {"SECRET_KEY": "not a secret"})
    for _ in range(2):
        async with serving(site), site.app.app_context():
            site.write("shop", files=FILES)
            assert await site.get("/components/card/3/more") == (200, "more of 3")
            assert (await site.get("/components/secret/3/more"))[0] == 401
    assert [str(rule) for rule in site.app.url_map.iter_rules("app.card.more")] == [
        "/components/card/<int:id>/more"
    ]


async def test_an_override_of_the_app_has_no_routes(tmp_path: Path) -> None:
    write_file(tmp_path / "app/components/shop/card.html", "")
    write_file(tmp_path / "app/components/shop/card.py", CODE)
    async with serving(Site(tmp_path, {})) as site:
        site.write("shop", files=FILES)
        await site.modules.enable("shop")
        assert (await site.get("/shop/"))[0] == 500


def test_commands_know_the_routes_of_the_apps_components(tmp_path: Path) -> None:
    write_file(tmp_path / "app/components/card.html", "")
    write_file(tmp_path / "app/components/card.py", CODE)
    site = Site(tmp_path, {})
    site.app.test_cli_runner().invoke(args=["--help"])
    assert "/components/card/<int:id>/more" in {one.rule for one in site.app.url_map.iter_rules()}
