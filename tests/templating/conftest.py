"""A site with templates, and the ways in which clients ask for parts of its pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quart import Quart

from quart_hotframe import HotFrame
from tests.support.modules import write_file
from tests.support.sites import new_app
from tests.support.sites import site

__all__ = ["site"]


class Templates:
    """An app with HotFrame whose templates are given as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.app = new_app(folder)
        self.hotframe = HotFrame(self.app)

    def write(self, **templates: str) -> None:
        """Write templates; ``base=…`` is ``base.html``."""
        for name, text in templates.items():
            write_file(self.folder / "app" / "templates" / f"{name}.html", text)

    async def get(self, path: str = "/", **headers: str) -> Any:
        """Return the answer; ``hx_request="true"`` is the header ``HX-Request``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.app.test_client().get(path, headers=sent)

    async def text(self, path: str = "/", **headers: str) -> str:
        """Return the text of an answer."""
        text: str = await (await self.get(path, **headers)).get_data(as_text=True)
        return text


@pytest.fixture
def made(tmp_path: Path) -> Templates:
    """A site; write its templates and add its views."""
    return Templates(tmp_path)


@pytest.fixture
def app(made: Templates) -> Quart:
    """The app of the site."""
    return made.app
