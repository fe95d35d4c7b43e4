"""Users for tests of guards: a request says who it comes from, and look-ups are counted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quart import has_request_context
from quart import Quart
from quart import request
from quart import websocket

from quart_hotframe import HotFrame
from quart_hotframe.security import current_user
from quart_hotframe.security import guard
from quart_hotframe.security import IsAuthenticated

from .sites import Site


@dataclass(frozen=True)
class Person:
    """A user who has signed in."""

    id: int = 1
    is_authenticated: bool = True
    is_staff: bool = False
    is_superuser: bool = False
    permissions: Collection[str] = ()


PEOPLE = {
    "ann": Person(1),
    "staff": Person(2, is_staff=True),
    "root": Person(3, is_superuser=True),
    "editor": Person(4, permissions=["shop.edit"]),
    "keeper": Person(5, permissions=frozenset({"shop.*"})),
    "expired": Person(6, is_authenticated=False, is_staff=True, is_superuser=True),
}


class GuardedSite(Site):
    """A site whose requests say by a header who they come from."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.people: dict[str, Any] = dict(PEOPLE)
        self.lookups: list[str] = []
        super().__init__(folder, {"HOTFRAME_USER_LOADER": self.load, **config})

    async def load(self) -> Any:
        """Return who sends this request."""
        source: Any = request if has_request_context() else websocket
        self.lookups.append(source.path)
        return self.people.get(source.headers.get("Visitor", ""))

    async def asks(self, path: str, visitor: str = "", **options: Any) -> Any:
        """Return the answer to somebody."""
        headers = {"Visitor": visitor, **options.pop("headers", {})}
        method = options.pop("method", "GET")
        return await self.client.open(path, method=method, headers=headers, **options)

    async def status(self, path: str, visitor: str = "", **options: Any) -> int:
        """Return the status of the answer to somebody."""
        status: int = (await self.asks(path, visitor, **options)).status_code
        return status


def app_with(loader: Any, **config: Any) -> Any:
    """Return a client of an app with one page for those who have signed in."""
    app = Quart(__name__)
    app.secret_key = "for tests"
    app.config.update({"HOTFRAME_USER_LOADER": loader, **config})
    HotFrame(app)

    @app.get("/")
    @guard(IsAuthenticated)
    async def page() -> str:
        return f"secret {current_user.id}"

    return app.test_client()


async def answer(client: Any, path: str = "/", **options: Any) -> tuple[int, str]:
    response = await client.get(path, **options)
    return response.status_code, await response.get_data(as_text=True)
