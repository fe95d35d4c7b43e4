"""The site on which two people edit the same row: strict, served by Hypercorn."""

from __future__ import annotations

import atexit
from pathlib import Path
from tempfile import TemporaryDirectory

from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame
from tests.support.orders import Base
from tests.support.orders import Order

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Rows</title>
{{ hotframe_script() }}</head><body><main id="main">
{% component "edit_order" id=key %}{% endcomponent %}</main></body></html>"""

folder = TemporaryDirectory()
atexit.register(folder.cleanup)
app = Quart("rows", root_path=str(Path(__file__).parent / "rows"), static_folder=None)
app.secret_key = "not a secret"
app.config |= {
    "HOTFRAME_SAFE_MODE": True,
    "HOTFRAME_SECURITY": "strict",
    "HOTFRAME_CLIENT": True,
    "HOTFRAME_LIVE_WORKERS": "sticky",
    "HOTFRAME_DATABASE_URL": f"sqlite:///{folder.name}/rows.sqlite3",
}
hotframe = HotFrame(app)


@app.before_serving
async def fill() -> None:
    """Make the tables and two orders."""
    async with hotframe.db.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with hotframe.db.transaction() as session:
        session.add_all([Order(note="tea"), Order(note="tea")])


@app.get("/<int:key>")
async def order(key: int) -> str:
    """Show an order."""
    return await render_template_string(PAGE, key=key)


@app.get("/favicon.ico")
async def icon() -> tuple[str, int]:
    """Browsers ask for it."""
    return "", 204
