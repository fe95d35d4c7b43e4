"""A site whose only module changes while somebody looks at it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from quart import Quart

from quart_hotframe import HotFrame
from tests.support.modules import write_module

VIEWS = """\
from quart import render_template
from . import blueprint

@blueprint.get("/")
async def index(): return await render_template("notes/index.html")
"""
INDEX = """\
<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Notes</title>
{{ hotframe_script() }}</head><body><main>{% component "board" %}{% endcomponent %}
{% component "counter" %}{% endcomponent %}</main></body></html>"""
CODE = """\
from quart_hotframe import Bindable, event, LiveComponent

class {name}(LiveComponent):
    count: int = 0
    note: Bindable[str] = ""

    @event
    async def add(self) -> None: self.count += 1
"""
FOLLOWING = """
    @event(topic="notes.*")
    async def note_added(self) -> None: self.count += 10

    def topics(self): return ["notes.all"]
"""
TEMPLATE = (
    '<{0}>{{{{ count }}}}</{0}> <input {{{{ bind("note") }}}}> '
    '<button {{{{ on.click("add") }}}}>+</button>'
)


def files(element: str) -> dict[str, Any]:
    """Return a version that shows numbers in an element of its own."""
    topics = "from quart_hotframe.live.topics import public\n\npublic('notes.all')\n"
    return {
        "views.py": VIEWS,
        "topics.py": topics,
        "templates/notes/index.html": INDEX,
        "components/board.html": TEMPLATE.format(element),
        "components/board.py": CODE.format(name="Board") + FOLLOWING,
        "components/counter.html": TEMPLATE.format(element),
        "components/counter.py": CODE.format(name="Counter"),
    }


folder = tempfile.TemporaryDirectory(prefix="changing-")
base = Path(folder.name)
(base / "app").mkdir()
app = Quart("changing", root_path=str(base / "app"), instance_path=str(base / "instance"))
app.secret_key = "not a secret"
app.config |= {"HOTFRAME_CLIENT": True, "HOTFRAME_PROVISIONAL_SECONDS": 0}
hotframe = HotFrame(app)


@app.get("/test/<operation>")
async def change(operation: str) -> str:
    """Change the module as an operator would."""
    first, second = (
        write_module(base / version, "notes", version, files=files(element))
        for version, element in (("1.0", "b"), ("2.0", "i"))
    )
    if operation == "begin":
        await hotframe.modules.install(first)
        await hotframe.modules.enable("notes")
    elif operation == "upgrade":
        await hotframe.modules.upgrade("notes", second)
    elif operation == "publish":
        await hotframe.live.publish("notes.all")
    else:
        await getattr(hotframe.modules, operation)("notes")
    return ""


@app.get("/favicon.ico")
async def icon() -> tuple[str, int]:
    """Have none, so that the browser does not complain."""
    return "", 204
