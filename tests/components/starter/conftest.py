"""Apps that use the starter set."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame

Render = Callable[..., str]

ASSET = re.compile(r"<(?:link|script) data-hf-asset[^>]*>(?:</script>)?")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Quart:
    """An app that has no component of its own."""
    folder: Path = tmp_path_factory.mktemp("app")
    made = Quart("starter", root_path=str(folder))
    HotFrame(made)
    return made


@pytest.fixture(scope="module")
def render(app: Quart) -> Render:
    """Render a template in a request, without what loads styles and scripts."""

    def rendered(text: str, /, address: str = "/teas", **context: Any) -> str:
        async def run() -> str:
            async with app.test_request_context(address):
                return await render_template_string(text, **context)

        return ASSET.sub("", asyncio.run(run())).strip()

    return rendered
