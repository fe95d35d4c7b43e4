"""A site with a module's route that changes something, for a browser and an attacker."""

from __future__ import annotations

from typing import Any

from quart import Blueprint
from quart import render_template_string
from quart import request
from quart import session
from quart import websocket

from quart_hotframe import HotFrame
from quart_hotframe.security import policy
from tests.security.sites import make_app

part = Blueprint("part", "part", url_prefix="/part")
app = make_app(HOTFRAME_CSP_REPORTS=True)
app.config["SESSION_COOKIE_SAMESITE"] = None  # the browser attaches it wherever it may
hotframe = HotFrame(app)
done: list[str] = []

PAGE = """<!doctype html><title>own</title>
<form method="post" action="/part/do/own-form" enctype="multipart/form-data">
<input name="x" value="ä"><input type="file" name="file"><button>Go</button></form>
<script nonce="{{ csp_nonce() }}">document.title = "nonce ran"</script>
<script>document.title = "inline ran"</script>
<img src="/nothing" onerror="document.title = 'handler ran'">
"""


@part.get("/")
async def index() -> str:
    session["user"] = "ada"
    return await render_template_string(PAGE)


@part.post("/do/<what>")
async def change(what: str) -> str:
    if request.is_json:
        done.append(f"{what} {await request.get_json()}")
    else:
        files = [one.read().decode() for one in (await request.files).values()]
        done.append(f"{what} {(await request.form).get('x')} {files} {session.get('user')}")
    return "changed"


@part.post("/unguarded/<what>")
@policy(csrf=False)
async def unguarded(what: str) -> str:
    done.append(what)
    return "changed"


@part.websocket("/ws")
async def ws() -> None:
    done.append("socket")
    await websocket.send("hello")


@app.get("/done")
async def told() -> dict[str, Any]:
    return {"done": done}


@app.get("/ready")
async def ready() -> str:
    return ""


@app.get("/evil")
async def evil() -> str:
    """Answer as another site would, under another name of this machine."""
    return "<!doctype html><title>evil</title><body>"


@app.before_serving
async def mount() -> None:
    await hotframe.mount(part)
