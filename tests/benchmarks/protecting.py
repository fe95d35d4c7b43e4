"""Protected pages beside those of plain Quart that send the same headers, set by hand.

The page behind all protection is for those who signed in. Plain Quart looks into its own session
for that; HotFrame checks host, policy, size, guard and limit.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from . import catalogue
from . import sites
from .inprocess import REQUESTS
from .inprocess import ROUNDS
from .inprocess import seconds_per_request
from .pairs import in_turn
from .sockets import MODULES
from .sockets import requests_per_second
from .sockets import ROUNDS as SERVED_ROUNDS
from .sockets import SECONDS
from .sockets import serving
from .table import Row


class Protected(NamedTuple):
    """A page of two sites, and whether it is for those only who signed in."""

    what: str
    plain: str
    hotframe: str
    path: str
    signed_in: bool = False


PAGES = (
    Protected("Jinja page of a module, same headers", "headers", "hotframe", "/part7/page"),
    Protected("page behind all protection", "checking", "protected", "/mine", signed_in=True),
    Protected(
        "30 products from SQLite behind all protection",
        "shop",
        "protected_shop",
        "/products",
        signed_in=True,
    ),  # fmt: skip
)


async def cookie_of(root: Path) -> str:
    """Sign in and return what the browser sends from then on."""
    app = sites.checking(root, 0)
    async with app.test_app():
        response = await app.test_client().get("/sign-in")
    return response.headers["Set-Cookie"].partition(";")[0]


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row without a server and one over Hypercorn for each page."""
    sites.write(root, MODULES)
    await catalogue.write(root)
    for page in PAGES:
        cookie = await cookie_of(root) if page.signed_in else ""
        yield await _in_process(page, root, cookie, scale)
        yield await _served(page, root, cookie, scale)


async def _in_process(page: Protected, root: Path, cookie: str, scale: float) -> Row:
    rounds, requests = max(int(ROUNDS * scale), 3), max(int(REQUESTS * scale), 20)
    plain, hotframe = (sites.SITES[kind](root, MODULES) for kind in (page.plain, page.hotframe))
    async with plain.test_app(), hotframe.test_app():
        pair = await in_turn(
            seconds_per_request(plain, page.path, requests, cookie),
            seconds_per_request(hotframe, page.path, requests, cookie),
            rounds,
        )
    return Row(
        f"{page.what}, in process",
        f"{pair.plain * 1e6:.0f} µs",
        f"{pair.hotframe * 1e6:.0f} µs",
        1 / pair.ratio,
        ">= 0.97",
    )


async def _served(page: Protected, root: Path, cookie: str, scale: float) -> Row:
    rounds = max(int(SERVED_ROUNDS * scale), 2)
    async with serving(page.plain, root) as plain, serving(page.hotframe, root) as hotframe:
        pair = await in_turn(
            requests_per_second(plain, page.path, SECONDS, cookie),
            requests_per_second(hotframe, page.path, SECONDS, cookie),
            rounds,
        )
    return Row(
        f"{page.what}, Hypercorn",
        f"{pair.plain:.0f} /s",
        f"{pair.hotframe:.0f} /s",
        pair.ratio,
        ">= 0.97",
    )
