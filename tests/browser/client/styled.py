"""A site whose components have styles and scripts, served by Hypercorn."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any

from quart import redirect
from quart import render_template_string
from quart import request
from quart import Response

from quart_hotframe import patches
from quart_hotframe import render_component

from .sites import new_site
from .sites import Watch

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ name }}</title>
{{ hotframe_script() }}{% if name == "head" %}{{ component_assets("card") }}{% endif %}</head>
<body data-hf-visit><h1>{{ name }}</h1>
{% for to in ["plain", "card", "chip", "slow", "both", "head", "evil"] %}
<a href="/page/{{ to }}">{{ to }}</a>{% endfor %}
<form method="post" action="/patch"><button>Patch</button></form><div id="box"></div><main>
{% for one in shown[name] %}{{ render_component(one) }}{{ render_component(one) }}{% endfor %}
{% if name == "evil" %}<script data-hf-asset="a:b" src="/test/evil"></script>
<script data-hf-asset="a:c" src="/hotframe/components/../../test/evil"></script>
<link data-hf-asset="a:d" rel="stylesheet" href="//localhost/hotframe/components/x">{% endif %}
</main><hf-frame id="part"><a href="/part">frame</a> <a href="/page/both">page</a>
{% if name == "both" %}{{ render_component("card") }}{% endif %}</hf-frame></body></html>"""
SHOWN = {"card": ["card"], "chip": ["chip"], "both": ["card", "chip"], "head": ["card"],
         "slow": ["slow"], "plain": [], "evil": []}  # fmt: skip
COUNT = (
    "document.documentElement.dataset.{0} = 1 + Number(document.documentElement.dataset.{0} ?? 0)"
)

folder = tempfile.TemporaryDirectory()
components = Path(folder.name) / "components"


def write(name: str, color: str) -> None:
    """Write a component whose text has a color."""
    place = components / name
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{name}.html").write_text(f'<p class="{name}">{name}</p>', encoding="utf-8")
    (place / "style.css").write_text(f".{name} {{ color: {color} }}", encoding="utf-8")
    (place / "script.js").write_text(COUNT.format(name), encoding="utf-8")


for one in ("card", "chip", "slow"):
    write(one, "rgb(1, 2, 3)")

app = new_site("styled_site", config={"TEMPLATES_AUTO_RELOAD": True}, root_path=folder.name)
watch = Watch(app)


@app.before_request
async def note() -> None:
    if request.path.startswith("/hotframe/components/"):
        watch.asked.append(request.path.removeprefix("/hotframe/components/app/"))
    if request.path.startswith("/hotframe/components/app/slow/style."):
        await watch.waits_for("slow")


@app.get("/test/evil")
async def evil() -> Response:
    watch.asked.append("evil")
    return Response("document.documentElement.dataset.evil = 1", mimetype="text/javascript")


@app.get("/test/write/<name>/<color>")
async def rewrite(name: str, color: str) -> str:
    """Let a component have another style."""
    write(name, color)
    return ""


@app.get("/page/<name>")
async def page(name: str) -> str:
    return await render_template_string(PAGE, name=name, shown=SHOWN)


@app.get("/part")
async def part() -> Response:
    return Response(await render_component("chip"), headers={"HF-Frame": "part"})


@app.post("/patch")
async def patch() -> Any:
    await asyncio.sleep(0)
    chip = await render_component("chip")
    return await patches.append("box", chip).append("box", chip).or_redirect("/page/chip")


@app.get("/")
async def index() -> Any:
    return redirect("/page/plain")
