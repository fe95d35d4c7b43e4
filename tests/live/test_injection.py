"""No value becomes more than a value, whichever helper writes it and whichever patch brings it."""

from __future__ import annotations

import json

import pytest

from tests.support.markup import Seen

from .conftest import Instance
from .conftest import LiveSite

NOTE = """\
from typing import Annotated
from pydantic import AfterValidator
from quart import flash


def refuse(value: str) -> str:
    if value:
        raise ValueError(value)
    return value


class Note(LiveComponent):
    text: Bindable[str] = ""
    no: Bindable[Annotated[str, AfterValidator(refuse)]] = ""
    about: Url[str] = ""

    @event
    async def show(self, text: str) -> None:
        self.text = self.about = text
        self.patches.title(text)
        await flash(text)
        self.patches.call("show", text, {text: [text]})

    @event
    async def tell(self, text: str, other: Any = None) -> None: ...
"""
TEMPLATE = """\
<p title="{{ text }}">{{ text }}</p><input {{ bind("text", on="blur", debounce=5) }}>
<button {{ on.click("tell", text=text, other={text: [text]}, _confirm=text,
                    _optimistic="title:" ~ text) }}></button>
<form {{ on.submit("show", text=text) }}></form>
<i {{ on.keydown("show", text=text, _key="a") }}></i>
<input {{ bind("no") }}>{{ error("no") }}{% island "rows" %}<b data-key="{{ text }}">{{ text }}</b>
{% endisland %}<u {{ topic("news") }}></u>
"""
NASTY = [
    "<script>alert(1)</script>", '" onclick="alert(1)', "' onload='alert(1)", "--><img src=x>",
    "</template></p></div><b>", "{{ 7 * 7 }}{% raw %}", "javascript:alert(1)", "\u2028\u2029",
    "a\nb\r\nc", "&quot;&lt;", "event: bye\ndata: {}\n\n", "\x1b[31m", "`${alert(1)}`",
]  # fmt: skip


async def note(live: LiveSite, key: str = "k") -> Instance:
    live.hotframe.live.public("news")
    live.component("note", TEMPLATE, NOTE)
    live.values = {"key": key}
    use = '{% component "note" key=key data-x=key %}{% endcomponent %}'
    (one,) = await live.load(use)
    return one


async def shown(one: Instance, event: str, text: str) -> str:
    answer = await one.send(event, {"text": text})
    html: str = answer.body["patches"][0]["html"]
    return html


def shape(html: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(tag, tuple(attributes)) for tag, attributes in Seen(html).elements]


@pytest.mark.parametrize("text", NASTY)
async def test_every_helper_writes_values_alone(live: LiveSite, text: str) -> None:
    harmless = shape(
        (await (await note(live)).send("show", {"text": "tea"})).body["patches"][0]["html"]
    )
    one = await note(live)
    answer = await one.send("show", {"text": text})
    html = answer.body["patches"][0]["html"]
    assert shape(html) == harmless
    found = dict((tag, one) for tag, one in Seen(html).elements if "hf-args" in one)
    args = json.loads(found["button"]["hf-args"] or "")
    assert args == {"text": text, "other": {text: [text]}}
    assert found["button"]["hf-confirm"] == text
    told = (await one.send(set={"no": text})).body["patches"][0]["html"]
    assert text.replace("\r\n", "\n") in Seen(told).text.replace("\r\n", "\n")
    assert {tag for tag, _ in shape(told)} == {tag for tag, _ in harmless}


@pytest.mark.parametrize("text", NASTY)
async def test_patches_bring_texts_as_texts(live: LiveSite, text: str) -> None:
    one = await note(live)
    answer = await one.send("show", {"text": text})
    (_, *others) = answer.body["patches"]
    by_action = {patch["action"]: patch for patch in others}
    assert by_action["title"]["text"] == text
    assert by_action["call"]["args"] == [text, {text: [text]}]
    assert by_action["navigate"]["url"].startswith("/?")
    assert "<script" not in json.dumps([one for one in others if "html" in one])


@pytest.mark.parametrize("text", NASTY)
async def test_a_key_is_an_id_and_no_markup(live: LiveSite, text: str) -> None:
    one = await note(live, text)
    (root,) = [found for tag, found in Seen(live.html).elements if "hf-live" in found]
    assert root["id"] == one.id and root["data-x"] == text
    assert (await one.send("show", {"text": "tea"})).status == 200
