"""An app with a board, on which pages of tests do what people do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from quart import render_template
from quart import request

from quart_hotframe import HotFrame
from quart_hotframe.testing import RunningApp
from quart_hotframe.testing import test_app
from tests.support.modules import write_file
from tests.support.sites import new_app

CODE = """\
from quart_hotframe import Bindable, event, LiveComponent, Prop, Url


class Board(LiveComponent):
    start: Prop[int] = 0
    count: int = 0
    note: Bindable[str] = ""
    amount: Bindable[int] = 0
    colour: Bindable[str] = "red"
    sizes: Bindable[list[str]] = []
    done: Bindable[bool] = False
    rows: list[int] = [1, 2, 3]
    last: str = ""
    sort: Url[str] = "name"

    async def mount(self) -> None: self.count = self.start

    @event
    async def add(self, amount: int = 1) -> None: self.count += amount

    @event
    async def drop(self, id: int) -> None: self.rows.remove(id)

    @event
    async def save(self) -> None: self.last = f"{self.note} {self.amount} {self.colour}"

    @event(permissions=["shop.edit"])
    async def close(self) -> None: ...

    @event(topic="orders")
    async def hear(self, name: str) -> None: self.last = name

    @event
    async def by_name(self) -> None: self.sort = "date"

    @event(require_fresh=True)
    async def confirm(self) -> None: self.last = f"confirmed {self.note}"

    @event
    async def away(self) -> None: self.patches.navigate("/?start=40")
"""
TEMPLATE = """\
<h1>{{ count }}</h1><p class="last">{{ last }}</p>
<button {{ on.click("add", amount=2) }}>+</button>
<button {{ on.click("close") }}>Close</button>
<button {{ on.click("save") }} disabled>Never</button>
<button {{ on.click("confirm") }}>Confirm</button>
<button {{ on.click("by_name") }}>By name</button><button {{ on.click("away") }}>Away</button>
<form {{ on.submit("save") }}>
<input {{ bind("note") }} required maxlength="9">{{ error("note") }}
<input type="number" {{ bind("amount") }}>{{ error("amount") }}
<select name="colour" hf-bind="colour">
{% for one in ("red", "blue") -%}
<option {% if one == colour %}selected{% endif %}>{{ one }}</option>{% endfor %}
</select>
{% for one in ("s", "m") %}<input type="checkbox" name="sizes" hf-bind="sizes" value="{{ one }}"
 {%- if one in sizes %} checked{% endif %}>{% endfor %}
<input type="checkbox" {{ bind("done") }}><input name="fixed" readonly>
</form>
{% island "rows" element="ul" %}{% for one in rows %}
<li data-key="{{ one }}">row {{ one }} <button {{ on.click("drop", id=one) }}>x</button>
{%- endfor %}{% endisland %}
"""
PAGE = """\
<title>Board</title><main>{% component "board" start=start %}{% endcomponent %}</main>
{% if two %}<aside>{% component "board" key=2 %}{% endcomponent %}</aside>{% endif %}
"""


async def show() -> str:
    start, two = request.args.get("start", 0, int), "two" in request.args
    return await render_template("page.html", start=start, two=two)


@pytest.fixture
async def running(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[RunningApp]:
    """Serve the app; parametrise it with settings."""
    write_file(tmp_path / "app/components/board.html", TEMPLATE)
    write_file(tmp_path / "app/components/board.py", CODE)
    write_file(tmp_path / "app/templates/page.html", PAGE)
    config = {"SECRET_KEY": "a key", "HOTFRAME_PERMISSIONS": ["shop.edit"]}
    app = new_app(tmp_path, config | getattr(request, "param", {}))
    app.add_url_rule("/", "show", show)
    HotFrame(app)
    async with test_app(app) as made:
        yield made
