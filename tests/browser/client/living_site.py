"""The site on which somebody uses live components: strict, served by Hypercorn."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from pathlib import Path
from random import Random
from typing import Any

from quart import Quart
from quart import render_template_string
from quart import request

from quart_hotframe import HotFrame

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Live</title>
{{ hotframe_script() }}<script type="module" src="/page.js"></script></head>
<body data-hf-visit><main id="main">{% block main %}%s{% endblock %}</main>
<div id="hf-flashes" role="status"></div></body></html>"""
HOOKS = """hotframe.hooks.chart = Object.fromEntries(["mounted", "updated", "destroyed"].map(
  (name) => [name, (element) => (window.hooked ??= []).push(`${name} ${element.id}`)]));
hotframe.register("count", (...many) => { window.called = many; });"""
PARTS = {
    "counter": '{% component "counter" start=3 %}{% endcomponent %}',
    "two": '{% component "counter" key="a" %}{% endcomponent %}'
    '{% component "counter" key="b" %}{% endcomponent %}<a id="on" href="/live/counter">on</a>',
    "feed": '{% component "feed" %}{% endcomponent %}',
    "profile": '{% component "profile" %}{% endcomponent %}',
    "enrol": '{% component "enrol" %}{% endcomponent %}',
    "board": '{% component "board" %}{% endcomponent %}',
    "prices": '<ul {{ topic("prices") }}></ul>{% component "board" %}{% endcomponent %}',
    "later": '{% component "later" loading="defer" %}{% slot "loading" %}soon{% endslot %}'
    '{% endcomponent %}{% component "later" key="far" loading="lazy" %}{% slot "loading" %}'
    "<p>when seen</p>{% endslot %}{% endcomponent %}",
    "seller": '{% component "seller" %}{% endcomponent %}<a id="on" href="/live/counter">on</a>',
    "desk": '{% component "profile" %}{% endcomponent %}{% component "board" %}{% endcomponent %}',
    "plain": '{% component "plain" %}{% endcomponent %}',
    "triggers": '{% component "triggers" %}{% endcomponent %}',
}

app = Quart("living", root_path=str(Path(__file__).parent / "living"), static_folder=None)
app.secret_key = "not a secret"
app.config |= {
    "HOTFRAME_SAFE_MODE": True,
    "HOTFRAME_SECURITY": "strict",
    "HOTFRAME_CLIENT": True,
    "HOTFRAME_LIVE_WORKERS": "sticky",  # several tests may serve it, each for itself
}
hotframe = HotFrame(app)
gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
random = Random(7)


@app.before_serving
async def declare() -> None:
    """Let everybody follow two topics."""
    hotframe.live.public("notes")
    hotframe.live.public("prices")


@app.get("/live/<name>")
async def live(name: str) -> str:
    """Show one of the parts."""
    return await render_template_string(PAGE.replace("%s", PARTS[name]))


@app.before_request
async def hold() -> None:
    """Let an answer wait, as its page asks for."""
    kind = request.cookies.get("hold", "")
    if request.path == "/hotframe/live/upload" and kind.startswith("piece"):
        if request.args["at"] != "0":  # the first one passes
            await gates[kind].wait()
        return
    if request.path != "/hotframe/live" or not kind or kind.startswith("piece"):
        return
    if kind == "random":
        await asyncio.sleep(random.uniform(0, 0.4))
    else:
        await gates[kind].wait()


@app.get("/test/publish/<topic>/<payload>")
async def publish(topic: str, payload: str) -> str:
    """Tell all who follow a topic."""
    await hotframe.live.publish(topic, payload)
    return ""


@app.get("/test/lose")
async def lose() -> str:
    """Forget what the server holds of all pages."""
    store: Any = hotframe.live.store
    for key in list(store._records):
        await store.forget(key)
    return ""


@app.get("/test/files")
async def files() -> dict[str, Any]:
    """Say how many files are kept, and how many bytes of them."""
    uploads = hotframe.live.uploads
    folder = hotframe.settings.folder_of_instance(app.instance_path) / "uploads"
    there = [one for one in folder.glob("*/*") if one.name != "lock"]
    return {"files": len(uploads), "size": uploads.size, "there": len(there)}


@app.get("/test/asked")
async def told() -> list[Any]:
    """Answer with nothing: what is sent is seen in the browser."""
    return []


@app.get("/test/open/<gate>")
async def open_gate(gate: str) -> str:
    """Let the answers go that wait for this."""
    gates.pop(gate, asyncio.Event()).set()
    return ""


@app.get("/test/waiting/<gate>")
async def waiting(gate: str) -> dict[str, bool]:
    """Say whether something waits for this."""
    return {"waiting": gate in gates}


@app.get("/page.js")
async def script() -> Any:
    """Answer with the page's own code."""
    return HOOKS, {"Content-Type": "text/javascript"}


@app.get("/ready")
async def ready() -> str:
    """Say that the site serves."""
    return ""


@app.get("/favicon.ico")
async def icon() -> tuple[str, int]:
    """Answer with no icon."""
    return "", 204
