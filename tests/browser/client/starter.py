"""The site on which somebody tries the starter set: strict, in debug mode, served by Hypercorn."""

from __future__ import annotations

from markupsafe import Markup
from quart import render_template_string
from quart import request
from quart import Response

from quart_hotframe import patches
from quart_hotframe import render_component

from .sites import new_site

PAGE = """<!doctype html><html lang="en" dir="{{ request.args.get('dir', 'ltr') }}">
<head><meta charset="utf-8"><title>Components</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="/page.css">{{ hotframe_script() }}</head>
<body><main><h1>Components</h1>
{% component "alert" kind="warning" dismiss="Dismiss" %}Only three are left.{% endcomponent %}
<form method="post" action="/patched" data-hf-visit><button id="ask">Ask for more</button></form>
{% component "tabs" id="tea" label="About the tea" %}
{% component "tab" title="Taste" %}<p>Light.</p>{% endcomponent %}
{% component "tab" title="Brewing" %}<p>Three minutes.</p>{% endcomponent %}
{% component "tab" title="Delivery" id="delivery" %}<p>Within two days.</p>{% endcomponent %}
{% endcomponent %}
{% component "menu" id="actions" label="Actions" %}
<a href="/?did=edit">Edit</a><a href="/?did=copy">Copy</a><hr><button>Delete</button>
{% endcomponent %}
{% component "button" command="show-modal" commandfor="sure" %}Delete…{% endcomponent %}
{% component "modal" id="sure" title="Are you sure?" %}<p>It is gone then.</p>
{% slot "footer" %}
{% component "button" kind="secondary" command="close" commandfor="sure" %}Keep it{% endcomponent %}
{% endslot %}{% endcomponent %}
{% component "card" title="Darjeeling" level=2 href="/?did=card" %}Light.
{% slot "footer" %}{% component "badge" kind="success" %}new{% endcomponent %}{% endslot %}
{% endcomponent %}
{% component "progress" label="Upload" value=42 %}{% endcomponent %}
{% component "table" caption="Teas" columns=columns rows=rows sort=sort %}
{% slot "footer" %}{% component "pagination" page=page pages=9 %}{% endcomponent %}{% endslot %}
{% endcomponent %}
<p id="more"></p>
{% component "toasts" %}{% component "toast" %}Hello{% endcomponent %}{% endcomponent %}
</main></body></html>"""
STYLE = """@layer page, hotframe; @layer page {
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; background: light-dark(#fafafa, #111); color: light-dark(#111, #eee); }
main { padding: 1rem; } a { color: light-dark(#1a3fae, #a9b8ff); }
}"""
COLUMNS = [{"key": "name", "label": "Tea", "sort": True}, {"key": "price", "sort": True}]
ROWS = [{"name": "Assam", "price": 9}, {"name": "Sencha", "price": 14}]

app = new_site("starter_site", config={"DEBUG": True})


@app.get("/")
async def index() -> str:
    """Show everything."""
    sort, page = request.args.get("sort", ""), request.args.get("page", 1, int)
    rows = sorted(ROWS, key=lambda row: str(row["name"]), reverse=sort.startswith("-"))
    return await render_template_string(PAGE, columns=COLUMNS, rows=rows, sort=sort, page=page)


@app.post("/patched")
async def patched() -> Response:
    """Answer with a toast, and with the tabs once more."""
    toast = await render_component("toast", slots={"default": "It came"}, seconds=60)
    tab = await render_template_string(
        '{% component "tabs" id="late" label="Late" %}{% component "tab" title="One" %}1'
        '{% endcomponent %}{% component "tab" title="Two" %}2{% endcomponent %}{% endcomponent %}'
    )
    return await patches.append("toasts", toast).update("more", Markup(tab))


@app.get("/page.css")
async def style() -> Response:
    """Answer with the style of the page."""
    return Response(STYLE, mimetype="text/css")
