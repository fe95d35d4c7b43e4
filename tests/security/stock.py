"""Three ordinary Quart apps: with inline scripts, with tokens of their own, with sessions.

Each is made plain, or with HotFrame and a module beside it.
"""

from __future__ import annotations

import hmac
import os
from typing import Any

from quart import abort
from quart import Blueprint
from quart import flash
from quart import get_flashed_messages
from quart import Quart
from quart import redirect
from quart import render_template_string
from quart import request
from quart import session
from quart import websocket

MODULE = Blueprint("module", "module", url_prefix="/module")


@MODULE.get("/")
async def index() -> str:
    return "module"


def scripts() -> Quart:
    """Pages with inline scripts and frames, a general handler of errors, headers of their own."""
    app = Quart("scripts")

    @app.get("/")
    async def page() -> str:
        return await render_template_string(
            "<script>alert({{ x|tojson }})</script><iframe src=/framed></iframe>", x="</script>"
        )

    @app.get("/framed")
    async def framed() -> Any:
        return "<b onclick='go()'>b</b>", {"X-Frame-Options": "ALLOWALL"}

    @app.post("/hook")
    async def hook() -> Any:
        return {"got": await request.get_data(as_text=True)}

    @app.get("/fail/<int:code>")
    async def fail(code: int) -> Any:
        abort(code)

    @app.get("/crash")
    async def crash() -> str:
        raise RuntimeError("crash")

    @app.websocket("/ws")
    async def ws() -> None:
        await websocket.send("hello")

    return app


def tokens() -> Quart:
    """Forms with tokens of their own, under the name that a global of HotFrame has too."""
    app = Quart("tokens")
    app.secret_key = "tokens"
    app.jinja_env.globals["csrf_token"] = lambda: "own-token"

    @app.before_request
    async def check() -> Any:
        if request.method == "POST":
            given = (await request.form).get("csrf_token", "")
            if not hmac.compare_digest(given.encode(), b"own-token"):
                return "wrong token", 400
        return None

    @app.after_request
    async def mark(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = "default-src *"
        return response

    @app.errorhandler(404)
    async def missing(error: Exception) -> Any:
        return f"nothing at {request.path}", 404

    @app.route("/form", methods=["GET", "POST"])
    async def form() -> str:
        page = "<input name=csrf_token value={{ csrf_token() }}>{{ x }}"
        return await render_template_string(page, x=(await request.form).get("x"))

    return app


def sessions() -> Quart:
    """Sessions, flashed messages, redirects, and a general handler of all errors."""
    app = Quart("sessions")
    app.secret_key = "sessions"

    @app.errorhandler(Exception)
    async def handle(error: Exception) -> Any:
        return f"{type(error).__name__}", getattr(error, "code", 500)

    @app.post("/login")
    async def login() -> Any:
        session["user"] = (await request.form)["user"]
        await flash("welcome")
        return redirect("/me")

    @app.get("/me")
    async def me() -> Any:
        return {"user": session.get("user"), "flashed": get_flashed_messages()}

    @app.post("/logout")
    async def logout() -> str:
        session.clear()
        return "bye"

    @app.get("/crash")
    async def crash() -> str:
        raise RuntimeError("crash")

    return app


STOCK = {"scripts": scripts, "tokens": tokens, "sessions": sessions}


def with_hotframe(app: Quart, **config: Any) -> Quart:
    """Add HotFrame, and a module that is mounted when the app serves."""
    from quart_hotframe import HotFrame

    app.config |= {"HOTFRAME_SAFE_MODE": True, "HOTFRAME_INSTANCE_FOLDER": os.devnull, **config}
    hotframe = HotFrame(app)

    @app.before_serving
    async def mount() -> None:
        await hotframe.mount(MODULE)

    return app
