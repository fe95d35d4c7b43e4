"""A site whose app has an OpenAPI document, and modules with operations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from quart_schema import QuartSchema

from tests.support.sites import serving
from tests.support.sites import Site

VIEWS = """\
from pydantic import BaseModel
from quart_schema import hide, operation_id, tag, validate_request, validate_response
from . import blueprint

BALLAST = bytearray(256 * 1024)

class Item(BaseModel):
    {field}: int
    parts: "list[Item]" = []

class Order(BaseModel):
    items: list[Item]

@blueprint.get("/")
@validate_response(Order)
async def index(): ...

@blueprint.post("/orders")
@validate_request(Order)
@tag(["checkout", "b", "a"])
@operation_id("take")
async def buy(data): ...

@blueprint.get("/secret")
@hide
async def secret(): ...

@blueprint.websocket("/live")
async def live(): ...
"""


class Documented(Site):
    """A site with a document."""

    schema: QuartSchema

    async def document(self, **headers: str) -> Any:
        """Return the document."""
        response = await self.client.get("/openapi.json", headers=headers)
        assert response.status_code == 200
        return await response.get_json()

    async def enables(self, name: str, field: str = "n", manifest: str = "", **files: str) -> None:
        """Enable a module with operations."""
        views = {"views.py": VIEWS.format(field=field), **files}
        self.write(name, manifest=manifest, files={**views})
        await self.modules.enable(name)


@pytest.fixture
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Documented]:
    """A serving site; a parameter has the arguments of ``QuartSchema``."""
    made = Documented(tmp_path, {"HOTFRAME_CLIENT": True, "HOTFRAME_CSP_REPORTS": True})
    made.schema = QuartSchema(made.app, **getattr(request, "param", {}))

    @made.app.get("/own")
    async def own() -> str:
        return ""

    async with serving(made):
        yield made
