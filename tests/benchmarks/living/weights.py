"""What travels for one changed row of 200: as it is, and packed as a proxy would.

Without ``brotli`` there are no rows of it.
"""

from __future__ import annotations

import gzip
from base64 import b64decode
from collections.abc import AsyncIterator
from collections.abc import Callable
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ..table import Row
from .sides import HOTFRAME
from .sides import PLAIN
from .sides import Side

ROWS = 200
ISLAND, KEYED = Side("hotframe island"), Side("hotframe rows")
WAYS = {
    HOTFRAME: "all of one component",
    ISLAND: "its rows an island",
    KEYED: "each row a component",
}
Pack = Callable[[bytes], bytes]


async def run(root: Path, scale: float, peers: Sequence[Side]) -> AsyncIterator[Row]:
    """Yield rows for each way to write it with HotFrame, and beside each peer."""
    sides = (PLAIN, *WAYS, *peers)
    told = {one: await one.told("weighed", root / one.kind, ROWS) for one in sides}
    packs = {"plain": bytes, "gzip": lambda body: gzip.compress(body, 6), **_brotli()}
    up = {one: len(b64decode(found["up"])) for one, found in told.items()}
    for way, text in WAYS.items():
        yield _row(f"one changed row of {ROWS}, {text}, up", PLAIN, up, way)
        for name, pack in packs.items():
            down = {one: len(pack(b64decode(found["down"]))) for one, found in told.items()}
            yield _row(f"one changed row of {ROWS}, {text}, down, {name}", PLAIN, down, way)
    for peer in peers:
        what = f"one changed row of {ROWS}, each row a component"
        yield _row(f"{what}, up{peer.beside}", peer, up, KEYED)
        for name, pack in packs.items():
            down = {one: len(pack(b64decode(found["down"]))) for one, found in told.items()}
            yield _row(f"{what}, down, {name}{peer.beside}", peer, down, KEYED)


def _row(what: str, other: Side, sizes: dict[Side, int], ours: Side) -> Row:
    ratio = sizes[ours] / sizes[other]
    return Row(what, f"{sizes[other]:,} B", f"{sizes[ours]:,} B", ratio)


def _brotli() -> dict[str, Pack]:
    if find_spec("brotli") is None:
        return {}
    import brotli

    return {"brotli": lambda body: brotli.compress(body, quality=5)}
