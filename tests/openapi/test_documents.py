"""The OpenAPI document shows the modules that are there, and is made once for each generation."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest
from quart import Blueprint
from quart import request
from quart_schema import OpenAPIProvider
from quart_schema import QuartSchema
from quart_schema import Tag

from quart_hotframe import hooks
from tests.support.modules import write_file
from tests.support.sites import becomes
from tests.support.sites import serving
from tests.support.sites import Site

from .conftest import Documented
from .conftest import VIEWS

APP = """\
from pathlib import Path

from quart import Quart
from quart_hotframe import HotFrame
from quart_schema import QuartSchema

instance = Path(__file__).parents[1] / "instance"
app = Quart(__name__, instance_path=str(instance))
HotFrame(app)
QuartSchema(app)
"""
SCHEMAS = "#/components/schemas/"


def references(value: Any) -> set[str]:
    """Return where the references in a part of a document lead to."""
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


async def test_operations_come_and_go_with_their_module(site: Documented) -> None:
    assert list((await site.document())["paths"]) == ["/own"]
    await site.enables("shop")
    paths = (await site.document())["paths"]
    assert list(paths) == ["/own", "/shop/", "/shop/orders"]
    await site.modules.disable("shop")
    document = await site.document()
    assert (list(document["paths"]), document["components"]["schemas"]) == (["/own"], {})
    assert "tags" not in document


async def test_the_docs_lead_to_the_document(site: Documented) -> None:
    await site.enables("shop")
    for path in ("/docs", "/redocs", "/scalar"):
        status, text = await site.get(path)
        assert (status, "/openapi.json" in text) == (200, True)


async def test_hotframes_own_routes_and_files_of_modules_are_not_shown(site: Documented) -> None:
    await site.enables("shop", **{"static/a.css": "a"})
    rules = {str(rule) for rule in site.app.url_map.iter_rules()}
    assert "/hotframe/csp-reports" in rules
    assert any(rule.startswith("/hotframe/static") for rule in rules)
    assert any(rule.startswith("/shop/static") for rule in rules)
    assert list((await site.document())["paths"]) == ["/own", "/shop/", "/shop/orders"]


@pytest.mark.parametrize("site", [{"tags": [Tag("news", "of the app")]}], indirect=True)
async def test_operations_have_the_tag_of_their_module_unless_they_have_their_own(
    site: Documented,
) -> None:
    await site.enables("shop", manifest='description = "Things to buy"')
    await site.enables("blog", manifest='title = "The Blog"')
    await site.enables("news")
    document = await site.document()
    paths = document["paths"]
    assert "tags" not in paths["/own"]["get"]
    assert paths["/shop/"]["get"]["tags"] == ["shop"]
    assert paths["/shop/orders"]["post"]["tags"] == ["a", "b", "checkout"]
    assert document["tags"] == [
        {"name": "news", "description": "of the app"},
        {"name": "blog", "description": "The Blog"},
        {"name": "shop", "description": "Things to buy"},
    ]


async def test_models_and_operations_of_two_modules_may_be_named_alike(site: Documented) -> None:
    await site.enables("shop", field="price")
    await site.enables("blog", field="words")
    document = await site.document()
    schemas = document["components"]["schemas"]
    assert set(schemas) == {"blog.Item", "shop.Item"}
    assert set(schemas["shop.Item"]["properties"]) == {"price", "parts"}
    assert set(schemas["blog.Item"]["properties"]) == {"words", "parts"}
    assert references(document["paths"]["/shop/"]) == {f"{SCHEMAS}shop.Item"}
    assert references(schemas["blog.Item"]) == {f"{SCHEMAS}blog.Item"}
    operations = [one for path in document["paths"].values() for one in path.values()]
    named = [one["operationId"] for one in operations]
    assert sorted(named) == [
        "get_blog_index",
        "get_own",
        "get_shop_index",
        "post_take",
        "post_take",
    ]


async def test_a_document_is_made_once_for_each_generation(
    site: Documented, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    provider = site.schema.openapi_provider
    schema = provider.schema

    def counted() -> dict[str, Any]:
        made.append(1)
        return schema()

    monkeypatch.setattr(provider, "schema", counted)
    await site.enables("shop")
    answers = await asyncio.gather(*(site.client.get("/openapi.json") for _ in range(5)))
    bodies = {await one.get_data() for one in answers}
    assert (len(made), len(bodies)) == (1, 1)
    etag = answers[0].headers["ETag"]
    again = await site.client.get("/openapi.json", headers={"If-None-Match": etag})
    assert (again.status_code, await again.get_data()) == (304, b"")
    await site.enables("blog")
    answer = await site.client.get("/openapi.json", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.mimetype, len(made)) == (200, "application/json", 2)
    assert answer.headers["ETag"] != etag


async def test_a_request_in_flight_gets_the_document_of_its_generation(site: Documented) -> None:
    waiting, go = asyncio.Event(), asyncio.Event()

    @site.hotframe.hooks.on("asked")
    async def wait() -> None:
        waiting.set()
        await go.wait()

    @site.app.before_request
    async def ask() -> None:
        if request.args.get("wait"):
            await hooks.send("asked")

    await site.enables("shop", field="old")
    young = site.app.test_client()
    old = asyncio.create_task(young.get("/openapi.json?wait=1"))
    await asyncio.wait_for(waiting.wait(), 15)
    site.write("shop", "2.0", files={"views.py": VIEWS.format(field="new")})
    await site.modules.reload("shop")
    new = await site.document()
    go.set()
    before = await (await old).get_json()
    for document, field in ((before, "old"), (new, "new")):
        item = document["components"]["schemas"]["shop.Item"]
        assert set(item["properties"]) == {field, "parts"}


async def test_a_late_route_of_an_app_without_modules_is_shown(site: Documented) -> None:
    await site.document()
    site.app.add_url_rule("/late", "late", lambda: "")
    assert "/late" in (await site.document())["paths"]


class Loud(OpenAPIProvider):
    """A provider of an app, which looks at the request."""

    def operation_id(self, method: str, path: str, func: Any) -> str | None:
        return f"{method} {path} {request.args.get('by', '')}".strip()


@pytest.mark.parametrize("site", [{"openapi_provider_class": Loud}], indirect=True)
async def test_a_provider_of_the_app_is_kept_and_asked_each_time(site: Documented) -> None:
    await site.enables("shop")
    for by in ("", "a"):
        _, text = await site.get(f"/openapi.json?by={by}")
        assert f"GET /shop/ {by}".strip() in text


async def test_a_view_in_the_place_of_the_document_stays(tmp_path: Path) -> None:
    site = Documented(tmp_path, {})
    site.schema = QuartSchema(site.app)
    view: Any = site.app.view_functions["openapi"]

    async def guarded() -> Any:
        return await view() if request.args else ("no", 403)

    site.app.view_functions["openapi"] = guarded
    async with serving(site):
        await site.enables("shop")
        assert await site.get("/openapi.json") == (403, "no")
        assert "/shop/" in (await site.get("/openapi.json?a=b"))[1]


async def test_bare_blueprints_are_shown_too(site: Documented) -> None:
    bare = Blueprint("bare", __name__, url_prefix="/bare")
    bare.get("/")(lambda: "")
    await site.hotframe.mount(bare)
    document = await site.document()
    assert document["paths"]["/bare/"]["get"]["tags"] == ["bare"]
    assert document["tags"] == [{"name": "bare"}]


async def test_nothing_stays_of_the_models_of_a_module(site: Documented) -> None:
    await site.enables("shop")
    assert "/shop/" in (await site.document())["paths"]
    views = site.modules.worker.mounting.mounted["shop"].package.import_("views")
    seen = [weakref.ref(one) for one in (views, views.Item, site.hotframe.runtime.current)]
    del views
    await site.modules.disable("shop")
    await becomes(lambda: gc.collect() >= 0 and not any(one() for one in seen))


async def test_the_command_shows_modules_too(tmp_path: Path) -> None:
    first = Documented(tmp_path, {})
    async with serving(first):
        await first.enables("shop")
    write_file(tmp_path / "app/documented.py", APP)
    arguments = [sys.executable, "-m", "quart", "--app", "app/documented", "schema"]
    done = await asyncio.to_thread(
        subprocess.run, arguments, cwd=tmp_path, capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    document = json.loads(done.stdout)
    assert "/shop/" in document["paths"]
    assert document["tags"] == [{"name": "shop"}]


async def test_without_a_document_nothing_is_done(tmp_path: Path) -> None:
    async with serving(Site(tmp_path, {})) as site:
        site.write("shop")
        await site.modules.enable("shop")
        assert (await site.get("/openapi.json"))[0] == 404
