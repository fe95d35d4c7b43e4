"""A site with the form of a model on its first page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import BaseModel
from quart import Quart

import quart_hotframe
from quart_hotframe import HotFrame
from quart_hotframe import page
from quart_hotframe.forms import Form
from tests.support.markup import Seen
from tests.support.modules import write_file
from tests.support.sites import new_app
from tests.support.sites import site

__all__ = ["site"]

STARTER = Path(quart_hotframe.__file__).parent / "components" / "starter" / "components"
PAGE = """<!doctype html><html><body><h1>Page</h1>{% block form -%}
{% component "form" form=form %}{% endcomponent %}{% endblock %}</body></html>"""


class Forms:
    """An app with a form on ``/``; ``data`` is what the last valid one brought."""

    def __init__(self, folder: Path, config: Mapping[str, Any]) -> None:
        self.app: Quart = new_app(folder, config)
        self.app.secret_key = "not a secret"
        root = folder / "app"
        write_file(root / "templates" / "page.html", PAGE)
        self.hotframe = HotFrame(self.app)
        self.data: Any = None

    def shows(self, model: type[BaseModel], **options: Any) -> str:
        """Put the form of a model on a page of its own, and return its path."""
        path = f"/{len(self.app.view_functions)}"
        self.show(model, path, **options)
        return path

    def show(self, model: type[BaseModel], path: str = "/", **options: Any) -> None:
        """Put the form of a model on a page."""

        @self.app.route(path, methods=["GET", "POST"], endpoint=f"form{path}")
        @page("page.html", block="form")
        async def view() -> Any:
            form = await Form.read(model, **options)
            if form.valid:
                self.data = form.data
                return "thanks"
            return {"form": form}

    async def get(self, path: str = "/", **headers: str) -> str:
        """Return the text of a page."""
        answer = await self.app.test_client().get(path, headers=headers)
        assert answer.status_code == 200
        text: str = await answer.get_data(as_text=True)
        return text

    async def send(self, values: Any = None, path: str = "/", **options: Any) -> tuple[int, str]:
        """Post a form, and return status and text of the answer."""
        if values is not None:
            options["data"] = urlencode(values, doseq=True)
            options.setdefault("headers", {})["Content-Type"] = "application/x-www-form-urlencoded"
        answer = await self.app.test_client().post(path, **options)
        return answer.status_code, await answer.get_data(as_text=True)

    async def takes(self, values: Any, **options: Any) -> Any:
        """Return the model that a form brings."""
        status, text = await self.send(values, **options)
        assert (status, text) == (200, "thanks"), text
        return self.data

    async def refuses(self, values: Any, **options: Any) -> Seen:
        """Return the page that a form is answered with that is wrong."""
        status, text = await self.send(values, **options)
        assert status == 422
        return Seen(text)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    """A site for the many small tests of a file, which have a page each."""
    return Forms(tmp_path_factory.mktemp("shared"), {})


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Forms:
    """A site; ``@pytest.mark.parametrize("made", [{…}], indirect=True)`` configures it."""
    return Forms(tmp_path, getattr(request, "param", {}))
