"""The board with the peer that is called hotframe, in a project such as its command makes.

It runs in an environment of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ..board import template

COMPONENT = """\
from typing import Any

from hotframe.live import event
from hotframe.live import LiveComponent
from tests.benchmarks.living.board import rows as fresh


class Board(LiveComponent):
    count: int
    rows: list[dict[str, Any]] = []

    async def on_mount(self) -> None:
        self.rows = fresh(self.count)

    @event("vote")
    async def vote(self, id: int) -> None:
        self.rows[int(id)]["votes"] += 1
"""
BUTTON = 'data-on:click="vote:{{ row.id }}"'


def site(root: Path, count: int) -> Any:
    """Return the site."""
    folder = root / "apps" / "shared" / "components" / "board"
    folder.mkdir(parents=True, exist_ok=True)
    (root / "modules").mkdir(exist_ok=True)
    for package in (root / "apps", root / "apps" / "shared"):
        (package / "__init__.py").touch()
    (folder / "component.py").write_text(COMPONENT)
    (folder / "template.html").write_text(template(BUTTON))
    os.chdir(root)  # it looks for its folders there
    sys.path.insert(0, str(root))
    from hotframe import create_app
    from hotframe import HotframeSettings

    return create_app(
        HotframeSettings(
            DEBUG=False,
            SECRET_KEY="benchmark" * 4,
            DATABASE_URL=f"sqlite+aiosqlite:///{root}/app.db",
            LOG_LEVEL="CRITICAL",
        )
    )
