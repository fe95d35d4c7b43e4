"""The board of HotFrame, and the same by hand with plain Quart."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quart import abort
from quart import jsonify
from quart import Quart
from quart import render_template
from quart import request
from quart import Response
from quart import session

from . import variants
from .board import rows
from .board import template
from .visitors import ORIGIN

COMPONENT = """\
from typing import Any

from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe import Prop
from tests.benchmarks.living.board import rows


class Board(LiveComponent):
    count: Prop[int] = 20
    rows: list[dict[str, Any]] = []

    async def mount(self) -> None:
        self.rows = rows(self.count)

    @event
    async def vote(self, id: int) -> None:
        self.rows[id]["votes"] += 1
"""
PAGE = "<!doctype html><title>Board</title><main>{}</main>"
USE = '{% component "board" count=count %}{% endcomponent %}'
BUTTON = '{{ on.click("vote", id=row.id) }}'
BY_HAND = 'type="button" data-event="vote" data-id="{{ row.id }}"'


def write(root: Path, kind: str) -> None:
    """Write the templates and the components."""
    _write(root / "templates" / "live.html", PAGE.format(USE))
    board = '<div id="board" data-token="{{ token }}">{% include "board.html" %}</div>'
    _write(root / "templates" / "plain.html", PAGE.format(board))
    _write(root / "templates" / "board.html", template(BY_HAND))
    boards = {"hotframe island": variants.ISLAND, "hotframe rows": variants.KEYED}
    _write(root / "components" / "board.html", boards.get(kind, template(BUTTON)))
    _write(root / "components" / "wish.html", variants.WISH)
    _write(root / "components" / "wish.py", variants.WISH_CODE)
    _write(root / "components" / "board.py", COMPONENT)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _bare(root: Path, name: str) -> Quart:
    app = Quart(name, root_path=str(root), instance_path=str(root / "instance" / name))
    app.config["TEMPLATES_AUTO_RELOAD"] = False
    app.secret_key = "benchmark" * 4
    return app


def hotframe(root: Path, count: int) -> Quart:
    """Return the site with HotFrame, as it protects itself when nothing is set."""
    from quart_hotframe import HotFrame

    app = _bare(root, "hotframe")
    app.config["HOTFRAME_STREAMS"] = app.config["HOTFRAME_STREAMS_PER_ADDRESS"] = 10_000
    live = HotFrame(app).live
    live.public("news")

    @app.post("/publish")
    async def publish() -> str:
        await live.publish("news", await request.get_data(as_text=True))
        return ""

    @app.get("/")
    async def page() -> str:
        return await render_template("live.html", count=count)

    return app


def plain(root: Path, count: int) -> Quart:
    """Return the site by hand: it checks where an event comes from, and holds the board."""
    app = _bare(root, "plain")
    boards: dict[str, list[dict[str, Any]]] = {}

    @app.get("/")
    async def page() -> str:
        session["board"], session["token"] = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        found = boards[session["board"]] = rows(count)
        return await render_template("plain.html", rows=found, token=session["token"])

    _add_streams(app)

    @app.post("/vote")
    async def vote() -> Any:
        token = request.headers.get("X-Token", "")
        if request.headers.get("Origin") != ORIGIN:
            abort(403)
        if not secrets.compare_digest(token, session.get("token", "")):
            abort(403)
        found = boards[session["board"]]
        found[int((await request.get_json())["id"])]["votes"] += 1
        return jsonify(html=await render_template("board.html", rows=found))

    return app


def _add_streams(app: Quart) -> None:
    """Add a stream and what publishes on it, with a queue for each who listens."""
    queues: set[asyncio.Queue[str]] = set()

    async def events() -> AsyncIterator[str]:
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.add(queue)
        try:
            yield "event: open\ndata: {}\n\n"
            while True:
                yield f"event: news\ndata: {await queue.get()}\n\n"
        finally:
            queues.discard(queue)

    @app.post("/stream")
    async def stream() -> Response:
        response = Response(events(), content_type="text/event-stream")
        response.timeout = None
        return response

    @app.post("/publish")
    async def publish() -> str:
        text = json.dumps(await request.get_data(as_text=True))
        for queue in queues:
            queue.put_nowait(text)
        return ""


SITES: dict[str, Callable[[Path, int], Quart]] = {
    "plain": plain,
    "hotframe": hotframe,
    "hotframe island": hotframe,
    "hotframe rows": hotframe,
}
