"""A component that takes files, and a page that sends them."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

from tests.live.conftest import Answer
from tests.live.conftest import Instance
from tests.live.conftest import live as live
from tests.live.conftest import LiveSite
from tests.support.sites import Site

CODE = """\
from typing import Annotated
from quart_hotframe.forms import Accept, Upload

seen: list[Any] = []


class Seller(LiveComponent):
    photo: Annotated[Upload | None, Accept("image/png", "image/jpeg", max_bytes=1000)] = None
    papers: list[Upload] = []
    note: Bindable[str] = ""
    saved: str = ""

    @event
    async def save(self) -> None:
        seen.append(await self.photo.read() if self.photo else None)
        self.saved = self.photo.filename if self.photo else "none"
        self.photo = None

    @event
    async def look(self) -> None:
        assert self.photo is not None
        self.saved = (await self.photo.read()).decode()

    @event
    async def copy(self, path: str) -> None:
        assert self.photo is not None
        await self.photo.save(path)
        pieces = [one async for one in self.photo.stream(2)]
        with self.photo.file as file:
            assert file.read() == b"".join(pieces)
        self.saved = f"{len(pieces)} {self.photo!r}"

    @event
    async def fail(self) -> None:
        self.photo = None
        raise ValueError
"""
DENIED = CODE.replace("    photo:", '    permissions = ["shop.edit"]\n    photo:', 1)
TEMPLATE = """\
<input type="file" {{ upload("photo") }}><progress {{ upload.progress("photo") }}></progress>
{{ error("photo") }}<i>{{ photo.filename }}|{{ photo.content_type }}|{{ photo.size }}</i>
<ul>{% for one in papers %}<li>{{ one.filename }}</li>{% endfor %}</ul>{{ error("papers") }}
<b>{{ saved }}</b><button {{ on.click("save") }}>Save</button>
<button {{ upload.cancel("photo") }}>No</button>"""
USE = '{% component "seller" %}{% endcomponent %}'


async def seller(live: LiveSite, code: str = CODE, template: str = TEMPLATE) -> Instance:
    """Load a page with the component."""
    live.component("seller", template, code)
    (one,) = await live.load(USE)
    return one


def wish(content: bytes, name: str = "a.png", type: str = "image/png", **more: Any) -> Any:
    """Return what a page says of a file that it wants to send."""
    return {
        "mark": secrets.token_hex(8), "name": name, "type": type, "size": len(content), **more
    }  # fmt: skip


async def begin(one: Instance, *wishes: Any, field: str = "photo") -> Answer:
    """Say which files are chosen."""
    return await one.send("change_files", {"field": field, "files": list(wishes)})


async def end(one: Instance, *wishes: Any, field: str = "photo") -> Answer:
    """Say that they were sent."""
    args = {"field": field, "files": list(wishes), "arrived": True}
    return await one.send("change_files", args)


async def piece(one: Instance, mark: str, data: bytes, at: Any = 0, **more: Any) -> Any:
    """Send one piece of a file."""
    headers = {"HF-Request": "upload", **more.pop("headers", {})}
    asked = {"page": one.page, "id": one.id, "file": mark, "at": str(at), **more}
    return await one.client.post(
        "/hotframe/live/upload", query_string=asked, data=data, headers=headers
    )


async def send(
    one: Instance, content: bytes, name: str = "a.png", type: str = "image/png",
    field: str = "photo",
) -> Answer:  # fmt: skip
    """Send a file in one piece."""
    wanted = wish(content, name, type)
    answer = await begin(one, wanted, field=field)
    assert answer.body["result"] == {"ok": True}, answer.body
    if content:
        response = await piece(one, wanted["mark"], content)
        assert response.status_code == 200, await response.get_data()
    return await end(one, wanted, field=field)


def files_on_disk(live: Site) -> list[Path]:
    """Return the files that are kept."""
    found = (live.instance / "uploads").glob("*/*")
    return [one for one in found if one.name != "lock"]


async def disk_has(live: Site, count: int) -> None:
    """Wait until so many files are kept; they are deleted beside requests."""
    async with asyncio.timeout(10):
        while len(files_on_disk(live)) != count:
            await asyncio.sleep(0.01)
