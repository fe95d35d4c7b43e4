"""Which component a name of the starter set means, and what that costs who uses none."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import BaseModel

from quart_hotframe import render_component
from quart_hotframe.errors import ComponentNotFound
from quart_hotframe.errors import SetupError
from quart_hotframe.forms import Form
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
from quart import render_template_string
from quart_hotframe import render_component
from . import blueprint

@blueprint.get("/")
async def index(): return await render_component("badge")

@blueprint.get("/starter")
async def starter(): return await render_component("hotframe:badge")
"""


class Named(BaseModel):
    name: str


ROOT = Path(__file__).parents[3]
LOADS = re.compile(r'(?:href|src)="(/hotframe/components/[^"]+)"')


async def test_module_before_app_before_starter_set(tmp_path: Path) -> None:
    site = Site(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})
    plain = {"views.py": VIEWS}
    async with serving(site):
        await site.has("shop", files=plain)
        assert 'class="hf-badge' in (await site.get("/shop/"))[1]
        write_file(tmp_path / "app/components/badge.html", "of the app")
        assert await site.get("/shop/") == (200, "of the app")
        more = {**plain, "components/badge.html": "of the shop"}
        await site.modules.upgrade("shop", site.source("shop", "2.0", files=more))
        assert await site.get("/shop/") == (200, "of the shop")
        assert 'class="hf-badge' in (await site.get("/shop/starter"))[1]
        async with site.app.app_context():
            assert await render_component("badge") == "of the app"
            assert await render_component("app:badge") == "of the app"
            assert 'class="hf-badge' in await render_component("hotframe:badge")
            (tmp_path / "app/components/badge.html").unlink()
            assert 'class="hf-badge' in await render_component("badge")
            with pytest.raises(ComponentNotFound, match="Did you mean 'badge'?"):
                await render_component("bagde")
            with pytest.raises(ComponentNotFound, match="Did you mean 'hotframe:badge'?"):
                await render_component("hotframe:bagde")


async def test_what_a_starter_component_is_made_of_can_be_replaced(tmp_path: Path) -> None:
    site = Site(tmp_path, {})
    write_file(tmp_path / "app/components/field.html", "{% props field: any %}own {{ field.name }}")
    async with serving(site), site.app.test_request_context("/"):
        html = await render_component("form", form=Form(Named))
    assert "own name" in html
    assert "hf-field" not in html


async def test_a_component_may_be_made_of_the_one_that_it_replaces(tmp_path: Path) -> None:
    guide = (ROOT / "docs/how_to/use_the_starter_components.md").read_text("utf-8")
    own = guide.split("{# components/button.html #}\n")[1].split("```")[0]
    write_file(tmp_path / "app/components/button.html", own)
    site = Site(tmp_path, {})
    async with site.app.app_context():
        html = await render_component("button", type="submit", id="x", slots={"default": "Save"})
    assert html.partition("<button ")[2].strip() == (
        'type="submit" class="hf-button hf-secondary hf-medium our-button" id="x">Save</button>'
    )


CACHED = """\
from quart_hotframe import Component, Prop

class Rows(Component):
    cache = 60
    to: Prop[str] = ""
"""


async def test_links_to_this_page_are_not_cached_for_others(tmp_path: Path) -> None:
    pages = '{% component "pagination" page=1 pages=2 href=to %}{% endcomponent %}'
    write_file(tmp_path / "app/components/rows.html", pages)
    write_file(tmp_path / "app/components/rows.py", CACHED)
    site = Site(tmp_path, {})
    async with serving(site), site.app.test_request_context("/here"):
        assert 'href="/there?page=2"' in await render_component("rows", to="/there")
        with pytest.raises(SetupError, match="The address of the request depends on who asks"):
            await render_component("rows")


async def test_styles_are_served_by_workers_that_never_used_them(tmp_path: Path) -> None:
    this, other = Site(tmp_path / "a", {}), Site(tmp_path / "b", {})
    async with serving(this), serving(other):
        async with this.app.test_request_context("/"):
            addresses = LOADS.findall(await render_component("alert"))
        assert [one.rpartition(".")[2] for one in addresses] == ["css", "js"]
        for address in addresses:
            assert (await other.get(address))[0] == 200
            await becomes(lambda: "hotframe.component" in this.app.view_functions)
            assert await this.get(address) == await other.get(address)
        assert (await other.get("/hotframe/components/hotframe/none/style.0.css"))[0] == 404
        assert (await other.get("/hotframe/components/hotframe/"))[0] == 404


CHEAP = """\
import asyncio, sys
from quart import Quart, render_template_string
from quart_hotframe import HotFrame
app = Quart("none", instance_path={folder!r})
HotFrame(app)
async def main():
    async with app.test_app(), app.app_context():
        await render_template_string("{{{{ 1 }}}}")
asyncio.run(main())
from quart_hotframe.components.starter.reading import found_here
print(found_here.cache_info().currsize, sorted(n for n in sys.modules if "starter.components" in n))
"""


def test_an_app_that_uses_none_reads_none(tmp_path: Path) -> None:
    code = CHEAP.format(folder=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True,
        cwd=tmp_path, env={"PYTHONPATH": ":".join(filter(None, sys.path))},
    )  # fmt: skip
    assert done.stdout == "0 []\n"
