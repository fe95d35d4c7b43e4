"""A site with components of its app, and pages that use them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart import render_template

from tests.support.modules import write_file
from tests.support.sites import serving
from tests.support.sites import Site


class Pages(Site):
    """A site whose app has components and templates, written for a test."""

    @property
    def root(self) -> Path:
        """The folder of the app."""
        return self.folder / "app"

    def component(self, name: str, template: str, code: str = "") -> None:
        """Write ``components/<name>.html``, and the class beside it."""
        write_file(self.root / "components" / f"{name}.html", template)
        if code:
            write_file(self.root / "components" / f"{name}.py", code)

    async def page(self, text: str, /, **context: Any) -> str:
        """Return what a template of the app renders, without space at both ends."""
        write_file(self.root / "templates" / "page.html", text)
        async with self.app.app_context():
            return (await render_template("page.html", **context)).strip()

    async def fault(self, text: str, /, **context: Any) -> str:
        """Return the error of a page, as it is told, with paths below the site's folder."""
        try:
            shown = await self.page(text, **context)
        except Exception as error:
            return f"{type(error).__name__}: {error}".replace(f"{self.folder}/", "")
        raise AssertionError(f"no error, but {shown!r}")


@pytest.fixture
async def pages(tmp_path: Path) -> AsyncIterator[Pages]:
    """A serving site, that looks at its templates again whenever they are used."""
    async with serving(Pages(tmp_path, {"TEMPLATES_AUTO_RELOAD": True})) as made:
        yield made
