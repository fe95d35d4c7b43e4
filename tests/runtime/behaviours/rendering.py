"""Templates, files and streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from quart import render_template
from quart import render_template_string
from quart import request
from quart import Response
from quart import send_file
from quart import send_from_directory
from quart import stream_template
from quart import stream_with_context
from quart import url_for
from werkzeug.http import http_date

from tests.runtime.site import behaviour
from tests.runtime.site import see
from tests.runtime.site import Site


@behaviour()
def templates_that_extend_those_of_other_owners(site: Site) -> Any:
    site.write("templates/base.html", "<{% block body %}app{% endblock %}>{{ request.path }}")
    site.write("shop/templates/shop/base.html", "{% extends 'base.html' %}"
               "{% block body %}shop:{% block inner %}{% endblock %}{% endblock %}")  # fmt: skip
    site.write("blog/templates/blog/post.html", "{% extends 'shop/base.html' %}"
               "{% from 'shop/macros.html' import hello %}{% block inner %}{{ hello('you') }}"
               "{% include 'blog/part.html' %}{% endblock %}")  # fmt: skip
    site.write("shop/templates/shop/macros.html", "{% macro hello(x) %}hello {{ x }}{% endmacro %}")
    site.write("blog/templates/blog/part.html", " part {{ url_for('.post') }} {{ g.x }}")

    @site.other.get("/")
    async def post() -> str:
        return await render_template("blog/post.html")

    return ["/blog/"]


@behaviour()
def templates_of_the_app_come_first(site: Site) -> Any:
    for owner, folder in (
        ("app", "templates"),
        ("shop", "shop/templates"),
        ("blog", "blog/templates"),
    ):
        site.write(f"{folder}/{owner}.html", f"own of {owner}")
        site.write(f"{folder}/everywhere.html", f"everywhere of {owner}")
    for owner in ("shop", "blog"):
        site.write(f"{owner}/templates/modules.html", f"modules of {owner}")

    @site.other.get("/<name>")
    async def page(name: str) -> str:
        return await render_template([f"{name}.absent", f"{name}.html"])

    names = ("app", "shop", "blog", "everywhere", "modules")
    return [f"/blog/{name}" for name in names]


@behaviour(contained=True)
def templates_that_are_absent_or_wrong(site: Site) -> Any:
    site.write("shop/templates/wrong.html", "{% if %}")
    site.write("shop/templates/includes.html", "a{% include 'absent.html' ignore missing %}b")

    @site.blueprint.get("/<name>")
    async def page(name: str) -> str:
        return await render_template(f"{name}.html")

    return ["/shop/absent", "/shop/wrong", "/shop/includes"]


@behaviour()
def filters_tests_and_globals(site: Site) -> Any:
    @site.blueprint.app_template_filter("twice")
    def twice(value: str) -> str:
        return value * 2

    @site.blueprint.app_template_test("even")
    def even(value: int) -> bool:
        return value % 2 == 0

    @site.blueprint.app_template_global()
    def shout(value: str) -> str:
        return value.upper()

    @site.app.template_filter("thrice")
    async def thrice(value: str) -> str:
        return value * 3

    site.app.jinja_env.globals["answer"] = 42
    text = "{{ 'a'|twice }}{{ 'b'|thrice }}{{ shout('c') }}{{ 4 is even }}{{ answer }}{{ '<'|e }}"

    @site.blueprint.get("/")
    @site.other.get("/")
    @site.app.get("/")
    async def page() -> str:
        return await render_template_string(text + "{{ '<b>' }}")

    return ["/shop/", "/blog/", "/"]


@behaviour()
def context_processors(site: Site) -> Any:
    @site.app.context_processor
    async def of_app() -> dict[str, Any]:
        return {"x": "app", "y": "app"}

    @site.blueprint.context_processor
    def own() -> dict[str, Any]:
        return {"x": "shop", "own": 1}

    @site.blueprint.app_context_processor
    async def everywhere() -> dict[str, Any]:
        return {"y": "shop everywhere"}

    @site.blueprint.get("/")
    @site.other.get("/")
    @site.app.get("/")
    async def page() -> str:
        return await render_template_string("{{ x }} {{ y }} {{ own }} {{ z }}", z="z")

    return ["/shop/", "/blog/", "/"]


@behaviour()
def autoescaping_and_options_of_the_environment(site: Site) -> Any:
    site.app.jinja_options = {"trim_blocks": True, "extensions": ["jinja2.ext.do"]}
    site.write("shop/templates/a.txt", "{{ '<' }}{% do [] %}")
    site.write("shop/templates/a.html", "{{ '<' }}{% if true %}\nx{% endif %}\n")

    @site.blueprint.get("/<name>")
    async def page(name: str) -> str:
        return await render_template(name)

    return ["/shop/a.txt", "/shop/a.html"]


@behaviour()
def streamed_templates(site: Site) -> Any:
    site.write(
        "shop/templates/long.html",
        "{% for n in range(3) %}{{ n }} {{ request.path }}\n{% endfor %}",
    )

    @site.blueprint.get("/")
    async def long() -> Any:
        return await stream_template("long.html")

    return ["/shop/"]


@behaviour()
def streamed_bodies(site: Site) -> Any:
    @site.blueprint.get("/")
    async def plain() -> Any:
        async def chunks() -> AsyncIterator[bytes]:
            for number in range(3):
                await asyncio.sleep(0)
                yield f"{number};".encode()

        return chunks(), 200, {"X-Stream": "1"}

    @site.blueprint.get("/context")
    async def context() -> Any:
        @stream_with_context
        async def chunks() -> AsyncIterator[str]:
            yield request.path
            yield url_for(".plain")

        return Response(chunks(), mimetype="text/event-stream")

    return ["/shop/", "/shop/context", ("HEAD", "/shop/")]


@behaviour()
def static_files(site: Site) -> Any:
    site.write("shop/static/a.css", "body { color: red }")
    site.write("static/b.txt", "of the app")
    later = {"headers": {"If-Modified-Since": http_date(4_000_000_000)}}

    async def look(client: Any) -> Any:
        first = await client.get("/shop/static/a.css")
        same = {"headers": {"If-None-Match": first.headers["ETag"]}}
        part = {"headers": {"Range": "bytes=0-3"}}
        bad = {"headers": {"Range": "bytes=900-"}}
        path = "/shop/static/a.css"
        wanted: list[Any] = [path, ("GET", path, same), ("GET", path, part), ("GET", path, bad),
                             ("GET", path, later), ("HEAD", path), ("POST", path),
                             "/shop/static/none.css", "/shop/static/../../x", "/static/b.txt",
                             "/shop/static/"]  # fmt: skip
        return [await see(client, request) for request in wanted]

    return look


@behaviour()
def files_that_are_sent(site: Site) -> Any:
    site.write("shop/files/data.csv", "a,b\n1,2\n")

    @site.blueprint.get("/file")
    async def file() -> Any:
        path = site.folder / "shop/files/data.csv"
        return await send_file(
            path, as_attachment=True, attachment_filename="x.csv", cache_timeout=9
        )

    @site.blueprint.get("/files/<path:name>")
    async def files(name: str) -> Any:
        return await send_from_directory(str(site.folder / "shop/files"), name)

    @site.blueprint.get("/resource")
    async def resource() -> bytes:
        async with await site.blueprint.open_resource("files/data.csv") as opened:
            return await opened.read()

    return ["/shop/file", "/shop/files/data.csv", "/shop/files/none", "/shop/files/../x",
            "/shop/resource"]  # fmt: skip


@behaviour()
def cache_control_of_static_files(site: Site) -> Any:
    site.app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 60
    site.write("shop/static/a.css", "x")
    site.blueprint.get_send_file_max_age = lambda name: 7  # type: ignore[method-assign,assignment]
    return ["/shop/static/a.css"]
