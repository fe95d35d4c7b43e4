"""A strict site whose pages load clients that others made: from wheels, or as they were vendored.

``HOTFRAME_TEST_CLIENTS`` names a folder with a ``hotframe-vendor.lock``. Then it must have
``@hotwired/turbo``, ``htmx.org`` and ``@alpinejs/csp``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from markupsafe import Markup
from quart import render_template_string
from quart import request
from quart import Response

from quart_hotframe import page
from quart_hotframe import patches
from quart_hotframe.config import CSP
from quart_hotframe.security import policy
from quart_hotframe.templating.patches import Patches

from .sites import new_site

FOLDER = os.environ.get("HOTFRAME_TEST_CLIENTS")
WHEELS = {"htmx-2": "django-htmx:htmx-2.min.js", "htmx-4": "django-htmx:htmx-4.min.js"}
ALPINE_OF_WHEEL = "django-js-lib-alpinejs:alpine.min.js"

HERE = Path(__file__).parent
app = new_site(
    "others",
    config={
        "HOTFRAME_ALPINE": True,
        "HOTFRAME_VENDOR": WHEELS if FOLDER else {**WHEELS, "@alpinejs/csp": ALPINE_OF_WHEEL},
    },
    root_path=FOLDER or str(HERE),
    static_folder="static" if FOLDER else None,
    template_folder=str(HERE / "templates"),
)


# -- patches ------------------------------------------------------------------------------------

CONTENT = '<ul id="u">{}</ul><table><tbody id="t">{}</tbody></table>'
ROW = '<tr><td id="c">0</td></tr>'
AREA = f"""<div id="area">{CONTENT.format('<li id="a">a</li>', ROW)}</div>"""
MORE = Markup("<tr><td>1</td></tr>")
B = Markup('<li id="b">b</li>')


def case(change: Callable[[], Patches], rows: str, cells: str = ROW) -> tuple[Any, str]:
    return change, CONTENT.format(rows, cells)


CASES = {
    "append": case(lambda: patches.append("u", B), '<li id="a">a</li><li id="b">b</li>'),
    "prepend": case(lambda: patches.prepend("u", B), '<li id="b">b</li><li id="a">a</li>'),
    "before": case(lambda: patches.before("a", B), '<li id="b">b</li><li id="a">a</li>'),
    "after": case(lambda: patches.after("a", B), '<li id="a">a</li><li id="b">b</li>'),
    "replace": case(lambda: patches.replace("a", B), '<li id="b">b</li>'),
    "update": case(lambda: patches.update("a", Markup("<b>b</b>")), '<li id="a"><b>b</b></li>'),
    "text": case(lambda: patches.update("a", 7), '<li id="a">7</li>'),
    "morph": case(
        lambda: patches.morph("a", Markup('<li id="a" title="x">b</li>')),
        '<li id="a" title="x">b</li>',
    ),
    "remove": case(lambda: patches.remove("a"), ""),
    "rows": case(
        lambda: patches.append("t", MORE).prepend("t", Markup("<tr><th>2</th></tr>")),
        '<li id="a">a</li>',
        f"<tr><th>2</th></tr>{ROW}{MORE}",
    ),
    "cells": case(
        lambda: patches.after("c", Markup("<td>1</td>")).replace("c", Markup("<th>2</th>")),
        '<li id="a">a</li>',
        "<tr><th>2</th><td>1</td></tr>",
    ),
    "several": case(
        lambda: patches.append("u", B).update("a", 1).remove("c").append("t", MORE),
        '<li id="a">1</li><li id="b">b</li>',
        f"<tr></tr>{MORE}",
    ),
    "nothing": case(lambda: patches, '<li id="a">a</li>'),
}
"""By name: the patches, and what is then in the area."""
LATER = {
    "later": case(
        lambda: patches.append("u", B).update("b", 1), '<li id="a">a</li><li id="b">1</li>'
    )
}
"""A change of what an earlier one brought, which htmx 4 cannot find."""
LOADS = {"page": lambda: patches.refresh(), "cart": lambda: patches.refresh("cart")}

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Patches</title>
<meta name="htmx-config" content='{"includeIndicatorStyles": false}'>
<meta name="csp-nonce" content="{{ csp_nonce() }}">{{ vendored(client) }}</head><body>{{ area }}
<p id="loads">{{ loads }}</p>
<p id="cart" hx-get="/cart" hx-trigger="hf:refresh:cart from:body">cart</p>
<form id="form" method="post" action="/patches" {% if "htmx" in client %}hx-post="/patches"
{% endif %}>{% for name in names %}<button name="case" value="{{ name }}">{{ name }}</button>
{% endfor %}</form></body></html>"""

loads = 0


def another_load() -> int:
    global loads
    loads += 1
    return loads


@app.get("/patches/<path:client>")
async def patched(client: str) -> str:
    return await render_template_string(
        PAGE, client=client, area=Markup(AREA), names=[*CASES, *LATER, *LOADS], loads=another_load()
    )


@app.post("/patches")
async def change() -> Response:
    name = (await request.form)["case"]
    changes = {**LOADS, **{key: change for key, (change, _) in {**CASES, **LATER}.items()}}
    return await changes[name]()


@app.get("/cart")
async def cart() -> str:
    return "loaded"


# -- pages --------------------------------------------------------------------------------------


@app.get("/rows/<client>/<int:number>")
@page("rows.html", block="rows")
async def rows(client: str, number: int) -> dict[str, Any]:
    return {"client": client, "number": number, "loads": another_load()}


# -- Alpine -------------------------------------------------------------------------------------

STRICT = CSP if FOLDER else CSP.replace("script-src 'self'", "script-src 'self' 'unsafe-eval'")
ALPINE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{{ name }}</title>
<link rel="stylesheet" href="/cloak.css">
{{ hotframe_script() }}</head><body data-hf-visit
x-data="{ dark: false }" :class="dark && 'dark'" x-cloak>{{ body|safe }}</body></html>"""
LINKS = """<a id="to-a" href="/alpine/a">A</a><a id="to-b" href="/alpine/b">B</a>
<a id="again" href="/alpine/a?again">again</a>
<button id="dim" @click="dark = true">dim</button><b id="is-dark" x-text="dark"></b>"""
COUNTER = """<div id="counter" x-data="{ n: 0 }" x-cloak title="{title}"
@hit.window="$dispatch('heard')">
<button id="more" @click="n++" :title="'now ' + n">+</button>
<span id="n" x-text="n"></span><b id="said" x-text="'n=' + n">placeholder</b>
<p id="panel" x-show="n > 0" :class="n > 0 && 'is-open'" class="panel">{title}</p>
<template x-if="n > 1"><i class="many">many</i></template>
<ul id="list"><template x-for="one in n" :key="one"><li x-text="one"></li></template>
<li class="last">{title}</li></ul>
<input id="q" name="q" x-model.number="n"></div>"""


@app.get("/cloak.css")
async def cloak() -> Response:
    return Response("[x-cloak] { display: none !important }", mimetype="text/css")


@app.get("/alpine/<name>")
@policy(csp=STRICT)
async def alpine(name: str) -> str:
    counter = COUNTER.replace("{title}", name + ("!" if "again" in request.args else ""))
    body = f"""{LINKS}<h1>{name}{" again" if "again" in request.args else ""}</h1>{counter}
        <div id="player" hf-preserve x-data="{{ p: 0 }}"><button id="play" @click="p++">p</button>
        <b id="played" x-text="p"></b></div>
        <hf-frame id="frame" src="/framed/1"></hf-frame><div id="more-here"></div>
        <div><p id="silent" x-data="{{ s: 0 }}"><button id="set" @click="s = 5">s</button></p></div>
        """
    return await render_template_string(ALPINE, name=name, body=body)


@app.get("/framed/<int:number>")
@policy(csp=STRICT)
async def framed(number: int) -> Response:
    html = f"""<div id="inner" x-data="{{ m: 0 }}"><button id="add" @click="m++">m</button>
        <em x-text="m"></em><s>{number} {request.args.get("q", "")}</s>
        <a id="frame-again" href="/framed/{number}?q=again">again</a>
        <a id="frame-next" href="/framed/{number + 1}">next</a></div>"""
    return Response(html, headers={"HF-Frame": request.headers.get("HF-Frame", "")})
