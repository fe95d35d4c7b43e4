"""The board with component-framework on FastAPI, as its documentation has it.

It runs in an environment of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from component_framework.adapters.fastapi import create_component_routes
from component_framework.adapters.jinjax_renderer import JinjaxRenderer
from component_framework.core import Component
from component_framework.core import registry
from component_framework.core import StateSerializer
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinjax import Catalog

from ..board import rows
from ..board import template

BUTTON = 'data-event="vote" data-payload=\'{{ {"id": row.id} | tojson }}\''
ROOT = (
    '<div id="board" data-component="Board" '
    'data-state="{{ written | e }}">' + template(BUTTON, "state.rows") + "</div>"
)


@registry.register("Board")
class Board(Component):  # type: ignore[misc]
    """A board whose state the page holds."""

    template_name = "Board"

    def mount(self) -> None:
        """Begin."""
        self.state["rows"] = rows(int(self.params["count"]))

    def on_vote(self, id: int) -> None:
        """Vote for a row."""
        self.state["rows"][id]["votes"] += 1

    def get_context(self) -> dict[str, Any]:
        """Return what the template sees."""
        return {**super().get_context(), "written": StateSerializer.serialize(self.state)}


def site(root: Path, count: int) -> FastAPI:
    """Return the site."""
    (root / "Board.jinja").write_text("{#def state, errors, component_id, slots, written #}" + ROOT)
    catalog = Catalog(auto_reload=False)
    catalog.add_folder(root)
    catalog.jinja_env.autoescape = True
    Component.renderer = JinjaxRenderer(catalog)
    app = FastAPI()
    create_component_routes(app)

    @app.get("/", response_class=HTMLResponse)
    async def page() -> str:
        html = (await Board(count=count).async_dispatch())["html"]
        return f"<!doctype html><title>Board</title><main>{html}</main>"

    return app
