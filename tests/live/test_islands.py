"""Only what has changed is sent."""

from __future__ import annotations

import pytest

from .conftest import Instance
from .conftest import LiveSite

CODE = """\
class Shop(LiveComponent):
    name: str = "tea"
    rows: list[int] = [1]
    total: int = 0

    @event
    async def row(self) -> None: self.rows.append(len(self.rows) + 1)

    @event
    async def rename(self) -> None: self.name += "!"

    @event
    async def count(self) -> None: self.total += 1

    @event
    async def nothing(self) -> None: ...
"""
TEMPLATE = """\
<h1>{{ name }}</h1>
<table>{% island "rows" element="tbody" %}{% for row in rows %}<tr><td>{{ row }}{% endfor %}
<tr>{% island "total" element="td" %}{{ total }}{% endisland %}{% endisland %}</table>"""


async def shop(live: LiveSite) -> Instance:
    live.component("shop", TEMPLATE, CODE)
    (shop,) = await live.load('{% component "shop" %}{% endcomponent %}')
    await shop.send("nothing")
    return shop


def targets(answer: object) -> list[str]:
    return [patch["target"] for patch in answer.body["patches"]]  # type: ignore[attr-defined]


async def test_an_island_is_an_element(live: LiveSite) -> None:
    await shop(live)
    assert '<tbody id="app-shop.rows" hf-island><tr><td>1' in live.html


async def test_what_has_not_changed_is_not_sent(live: LiveSite) -> None:
    one = await shop(live)
    answer = await one.send("nothing")
    assert (answer.body["patches"], answer.body["version"]) == ([], 2)


@pytest.mark.parametrize(("event", "target", "html"), [
    ("row", "app-shop.rows", "<tr><td>1<tr><td>2"),
    ("count", "app-shop.total", "1"),
    ("rename", "app-shop", "<h1>tea!</h1>"),
])  # fmt: skip
async def test_the_innermost_that_has_changed_is_sent(
    live: LiveSite, event: str, target: str, html: str
) -> None:
    one = await shop(live)
    answer = await one.send(event)
    assert targets(answer) == [target]
    assert answer.html.startswith(html)


async def test_a_page_that_is_behind_gets_all_of_it(live: LiveSite) -> None:
    one = await shop(live)
    await one.send("row")
    held = live.hotframe.live.residents._recent[next(iter(live.hotframe.live.residents._recent))]
    held.confirmed = 0
    assert targets(await one.send("count", version=1)) == ["app-shop"]


async def test_two_islands_of_one_name_are_refused(live: LiveSite) -> None:
    template = '{% island "a" %}{% endisland %}{% island "a" %}{% endisland %}'
    live.component("shop", template, CODE)
    with pytest.raises(AssertionError):
        await live.load('{% component "shop" %}{% endcomponent %}')


async def test_an_island_needs_a_live_component(live: LiveSite) -> None:
    with pytest.raises(AssertionError):
        await live.load('{% island "a" %}{% endisland %}')
