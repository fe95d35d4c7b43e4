"""Photos that staff put on products, in the place of the drawings; they lie beside the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from quart import current_app
from quart import url_for

BEGINNINGS = {b"\x89PNG\r\n\x1a\n": ".png", b"\xff\xd8\xff": ".jpg"}
"""How the files begin that browsers show here. What a sender says of a file proves nothing."""


def folder() -> Path:
    """Return where the photos lie."""
    return Path(current_app.instance_path) / "photos"


def address(product_id: int) -> str | None:
    """Return the address of a product's photo, which is another one for each photo."""
    for ending in BEGINNINGS.values():
        file = folder() / f"{product_id}{ending}"
        if file.exists():
            changed = file.stat().st_mtime_ns
            return url_for("shop.photo", name=file.name, changed=changed)
    return None


async def put(product_id: int, content: bytes) -> bool:
    """Show this photo from now on; ``False``, and nothing happens, when it is none."""
    found = [ending for beginning, ending in BEGINNINGS.items() if content.startswith(beginning)]
    if found:
        await asyncio.to_thread(_write, folder(), str(product_id), found[0], content)
    return bool(found)


def _write(place: Path, name: str, ending: str, content: bytes) -> None:
    place.mkdir(exist_ok=True)
    new = place / f"{name}.new"
    new.write_bytes(content)
    new.replace(place / f"{name}{ending}")
    for other in {*BEGINNINGS.values()} - {ending}:
        (place / f"{name}{other}").unlink(missing_ok=True)
