"""One file that is on its way or was sent, as the server knows it."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import NamedTuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .uploaded import LiveUpload


class Place(NamedTuple):
    """The instance that a file is for.

    :param key: stands for session, login, page and id.
    :param id: of the instance.
    :param binding: session and login.
    :param component: its full name.
    """

    key: str
    id: str
    binding: str
    component: str


@dataclass(eq=False, slots=True)
class Kept:
    """One file.

    :param mark: what the page calls it, which no other instance can use.
    :param size: bytes that it will have, as the page says; no more are taken.
    """

    place: Place
    field_name: str
    mark: str
    name: str
    type: str
    size: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    path: Path | None = None
    arrived: int = 0
    taken: bool = False
    """Whether the state of the component has it."""
    dropped: bool = False
    used: float = field(default_factory=time.monotonic)
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is there."""
        return self.arrived == self.size and self.path is not None

    @property
    def upload(self) -> LiveUpload:
        """The value of a field that holds it."""
        from .uploaded import LiveUpload  # it brings pydantic, and few apps take files

        return LiveUpload(self.token, self.name, self.type, self.size)
