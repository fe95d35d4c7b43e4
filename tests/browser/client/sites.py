"""What the sites that the browser tests look at have in common."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any

from jinja2 import DictLoader
from quart import Quart

from quart_hotframe import HotFrame


def new_site(
    name: str,
    templates: dict[str, str] | None = None,
    config: dict[str, Any] | None = None,
    **options: Any,
) -> Quart:
    """Return a strict app with the client, without modules.

    :param options: further arguments of ``Quart``.
    """
    app = Quart(name, **{"instance_path": "/nowhere", "static_folder": None, **options})
    app.secret_key = "not a secret"
    if templates is not None:
        app.jinja_loader = DictLoader(templates)
    app.config |= {
        "HOTFRAME_SAFE_MODE": True,
        "HOTFRAME_SECURITY": "strict",
        "HOTFRAME_CLIENT": True,
        **(config or {}),
    }
    HotFrame(app)
    app.add_url_rule("/favicon.ico", view_func=favicon)
    return app


async def favicon() -> tuple[str, int]:
    """Answer with no icon: a missing one is something that a browser complains of."""
    return "", 204


class Watch:
    """Notes what a site is asked, and holds answers back until a test lets them go.

    A test sees both by the ``Server`` of ``conftest.py``.
    """

    def __init__(self, app: Quart) -> None:
        self.asked: list[Any] = []
        self._gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        app.add_url_rule("/test/asked", view_func=self._told)
        app.add_url_rule("/test/open/<gate>", view_func=self._open)
        app.add_url_rule("/test/waiting/<gate>", view_func=self._waiting)

    async def waits_for(self, gate: str) -> None:
        """Go on only when the test lets it."""
        await self._gates[gate].wait()

    async def _told(self) -> list[Any]:
        found, self.asked[:] = list(self.asked), []
        return found

    async def _open(self, gate: str) -> str:
        self._gates.pop(gate, asyncio.Event()).set()
        return ""

    async def _waiting(self, gate: str) -> dict[str, bool]:
        return {"waiting": gate in self._gates}
