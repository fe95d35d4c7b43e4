"""Components in components: children keep their state, and send events to those around them."""

from __future__ import annotations

import re

import pytest

from .conftest import Instance
from .conftest import instances_in
from .conftest import LiveSite

CHILD = """\
class Row(LiveComponent):
    name: Prop[str]
    likes: int = 0

    @event
    async def like(self) -> None:
        self.likes += 1
        await self.emit("liked", name=self.name)
"""
PARENT = """\
class Table(LiveComponent):
    names: list[str] = ["tea", "jam"]
    total: int = 0

    @event
    async def liked(self, name: str) -> None: self.total += 1

    @event
    async def turn(self) -> None: self.names.reverse()

    @event
    async def add(self, name: str) -> None: self.names.append(name)

    @event
    async def rename(self) -> None: self.names[0] = "coffee"
"""
CHILDREN = '{% component "row" key=loop.index name=name %}{% endcomponent %}'
KEYED = "{% for name in names %}" + CHILDREN + "{% endfor %}"
BY_NAME = KEYED.replace("loop.index", "name")
USE = '{% component "table" %}{% endcomponent %}'
KEPT = '<div id="{}" hf-live="app:row" hf-keep></div>'


async def table(live: LiveSite, template: str = BY_NAME) -> list[Instance]:
    live.component("row", "{{ name }} {{ likes }};", CHILD)
    live.component("table", "{{ total }}:" + template, PARENT)
    return await live.load(USE)


async def test_ids_say_where_a_component_stands(live: LiveSite) -> None:
    found = await table(live)
    assert [one.id for one in found] == [
        "app-table", "app-table.app-row-tea", "app-table.app-row-jam",
    ]  # fmt: skip


async def test_the_page_keeps_children_that_have_not_changed(live: LiveSite) -> None:
    parent, tea, jam = await table(live)
    assert (await tea.send("like", seq=1)).body["version"] == 1
    answer = await parent.send("turn")
    assert answer.html == "0:" + KEPT.format(jam.id) + KEPT.format(tea.id)
    assert (await tea.send("like")).body["patches"][0]["html"] == "tea 2;"


async def test_a_new_child_comes_whole_and_lives(live: LiveSite) -> None:
    parent, *_ = await table(live)
    answer = await parent.send("add", {"name": "milk"})
    assert answer.html.count("hf-keep") == 2
    (milk,) = instances_in(answer.html, live.client, parent.page)
    assert (await milk.send("like")).body["patches"][0]["html"] == "milk 1;"
    assert KEPT.format(milk.id) in (await parent.send("turn")).html


async def test_a_child_whose_answer_was_lost_comes_again(live: LiveSite) -> None:
    parent, *_ = await table(live)
    seq = parent.seq + 1
    await parent.send("add", {"name": "milk"})
    parent.version, parent.handle, parent.seq = 0, None, seq - 1
    answer = await parent.send("add", {"name": "milk"})
    (milk,) = instances_in(answer.html, live.client, parent.page)
    assert (await milk.send("like")).body["patches"][0]["html"] == "milk 1;"


async def test_a_child_with_new_props_keeps_its_state(live: LiveSite) -> None:
    parent, tea, jam = await table(live, KEYED)
    await tea.send("like")
    answer = await parent.send("rename")
    assert "coffee 1;" in answer.html
    assert KEPT.format(jam.id) in answer.html
    (coffee,) = instances_in(answer.html, live.client, parent.page)
    assert (coffee.id, coffee.version > tea.version) == (tea.id, True)
    answer = await coffee.send("like", seq=9)
    assert answer.body["patches"][0]["html"] == "coffee 2;"


async def test_an_event_for_the_parent_goes_over_the_page(live: LiveSite) -> None:
    parent, tea, _ = await table(live)
    answer = await tea.send("like")
    (_, emitted) = answer.body["patches"]
    assert emitted == {
        "action": "emit", "event": "liked", "to": {"id": parent.id}, "args": {"name": "tea"},
    }  # fmt: skip
    assert (await parent.send(emitted["event"], emitted["args"])).html.startswith("1:")


async def test_without_a_key_they_are_counted(live: LiveSite) -> None:
    live.component("row", "{{ name }}", CHILD)
    use = '{% component "row" name="tea" %}{% endcomponent %}'
    assert [one.id for one in await live.load(use * 3)] == ["app-row", "app-row-2", "app-row-3"]


async def test_one_key_twice_is_told(live: LiveSite, caplog: pytest.LogCaptureFixture) -> None:
    live.component("row", "{{ name }}", CHILD)
    use = '{% component "row" key="a b" name="tea" %}{% endcomponent %}'
    found = await live.load(use * 2)
    assert "Two components 'app:row' have the key 'a b'" in caplog.text
    assert found[1].id == f"{found[0].id}-2"
    live.app.debug = True
    with pytest.raises(AssertionError):
        await live.load(use * 2)


async def test_attributes_of_the_tag_are_those_of_the_root_element(live: LiveSite) -> None:
    live.component(
        "row", "{{ name }}", CHILD.replace("    name", '    element = "li"\n    name', 1)
    )
    await live.load('{% component "row" name="tea" class="wide" data-x="<" %}{% endcomponent %}')
    assert re.fullmatch(
        r'<li id="app-row" hf-live="app:row" hf-version="0" hf-snapshot="[\w.-]+" '
        r'data-x="&lt;" class="wide">tea</li>', live.html,
    )  # fmt: skip
