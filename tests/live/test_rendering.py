"""What is made for an event, and what is left out because nobody looks at it."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

from .conftest import LiveSite

SAYING = """\
class Saying(LiveComponent):
    text: Bindable[str] = ""

    @event
    async def say(self) -> None: self.text += "!"
"""
THEMED = """\
from quart_hotframe import Component
from quart_hotframe.components import Context


class Themed(Component):
    theme: Context[str] = "plain"
"""
ARGS = {"n": 5, "yes": True, "none": None, "half": 0.5, "list": [1, "<"], "text": "\"'&<>\u2028ä"}


async def test_arguments_are_written_as_json_has_them(live: LiveSite) -> None:
    given = ", ".join(f"{name}=values.{name}" for name in ARGS)
    code = SAYING + "\n    def context(self) -> Any: return {'values': " + repr(ARGS) + "}\n"
    live.component("saying", f'<b {{{{ on.click("say", {given}) }}}}></b>', code)
    await live.load('{% component "saying" %}{% endcomponent %}')
    (button,) = re.findall("<b [^<>]*></b>", live.html)
    found: Any = dict(re.findall(r'([\w-]+)="([^"]*)"', button))
    assert unescape(found["hf-args"]) == json.dumps(ARGS)
    assert unescape(found["value"]) == f"say {json.dumps(ARGS)}"


async def test_buttons_of_different_events_are_told_apart(live: LiveSite) -> None:
    code = SAYING + "\n    @event\n    async def whisper(self, a: int = 0) -> None: ...\n"
    template = '<b {{ on.click("say") }}></b><b {{ on.click("whisper", a=1) }}></b>'
    live.component("saying", f'{template}<b {{{{ on.keydown("say") }}}}></b>', code)
    await live.load('{% component "saying" %}{% endcomponent %}')
    asked = re.findall(r'<b (hf-\w+="\w+")(?: hf-args="([^"]*)")?', live.html)
    assert [(one, unescape(args)) for one, args in asked] == [
        ('hf-click="say"', ""), ('hf-click="whisper"', '{"a": 1}'), ('hf-keydown="say"', ""),
    ]  # fmt: skip


async def test_values_of_pages_are_made_where_a_component_within_may_ask(live: LiveSite) -> None:
    asked = []

    @live.app.context_processor
    def theme() -> dict[str, str]:
        asked.append(1)
        return {"theme": "dark"}

    live.component("saying", "{{ text }}", SAYING)
    (one,) = await live.load('{% component "saying" %}{% endcomponent %}')
    asked.clear()
    assert (await one.send("say")).html == "!"
    assert not asked


async def test_a_component_within_has_values_of_pages(live: LiveSite) -> None:
    live.app.context_processor(lambda: {"theme": "dark"})
    live.component("themed", "<i>{{ theme }}</i>", THEMED)
    for name, use in (
        ("tag", '{% component "themed" %}{% endcomponent %}'),
        ("call", '{{ render_component("themed") }}'),
    ):
        live.component(name, f"{{{{ text }}}}{use}", SAYING.replace("Saying", name.title()))
        (one,) = await live.load(f'{{% component "{name}" %}}{{% endcomponent %}}')
        assert (await one.send("say")).html == "!<i>dark</i>", name


async def test_a_text_outside_of_ascii_comes_back_from_a_snapshot(live: LiveSite) -> None:
    live.component("saying", "{{ text }}", SAYING)
    (one,) = await live.load('{% component "saying" %}{% endcomponent %}')
    text = 'Tee & Öl \u2028 "😀" \\'
    await one.send(None, set={"text": text})
    (held,) = live.hotframe.live.residents
    await live.hotframe.live.store.forget(held.key)
    answer = await one.send("say", snapshot=one.snapshot)
    assert answer.status == 200, answer.body
    assert unescape(answer.html) == f"{text}!"
