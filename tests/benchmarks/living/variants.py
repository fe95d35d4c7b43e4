"""Other ways to write the board with HotFrame: its rows as an island, or each as a component."""

from __future__ import annotations

from .board import AROUND
from .board import template

ISLAND = template(
    '{{ on.click("vote", id=row.id) }}',
    begin='{% island "rows" element="tbody" %}',
    end="{% endisland %}",
)
KEYED = AROUND.format(
    title="{{ rows | length }} wishes",
    body="<tbody>{% for row in rows %}"
    '{% component "wish" key=row.id name=row.name %}{% endcomponent %}'
    "{% endfor %}</tbody>",
)
WISH = """\
<td>{{ name }}</td><td>{{ votes }}</td>
<td><button {{ on.click("vote") }}>Vote</button></td>
"""
WISH_CODE = """\
from quart_hotframe import event
from quart_hotframe import LiveComponent
from quart_hotframe import Prop


class Wish(LiveComponent):
    element = "tr"
    name: Prop[str]
    votes: int = 0

    @event
    async def vote(self) -> None:
        self.votes += 1
"""
