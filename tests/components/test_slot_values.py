"""Slots whose place hands values to what fills it."""

from __future__ import annotations

import pytest

from quart_hotframe import render_component

from .conftest import Pages

LISTING = (
    "{% props rows: list %}{% for row in rows %}"
    '[{% slot "row" row=row, number=loop.index %}{{ row }}{% endslot %}]{% endfor %}'
)
FILL = '{% slot "row" let KEYS %}FILL{% endslot %}'
USE = '{% component "listing" rows=rows %}' + FILL + "{% endcomponent %}"


@pytest.fixture
def pages(pages: Pages) -> Pages:
    pages.component("listing", LISTING)
    return pages


def use(keys: str, fill: str) -> str:
    return USE.replace("KEYS", keys).replace("FILL", fill)


async def test_a_fill_takes_what_it_wants_in_any_order(pages: Pages) -> None:
    rows = ["a", "b"]
    assert await pages.page(use("number, row", "{{ number }}{{ row }}"), rows=rows) == "[1a][2b]"
    assert await pages.page(use("row", "{{ row }}{{ rows | length }}"), rows=rows) == "[a2][b2]"
    assert await pages.page(use("row", "-").replace(" let row", ""), rows=rows) == "[-][-]"
    unfilled = '{% component "listing" rows=rows %}{% endcomponent %}'
    assert await pages.page(unfilled, rows=rows) == "[a][b]"


async def test_what_is_taken_is_escaped_and_seen_only_there(pages: Pages) -> None:
    page = use("row", "{{ row }}") + "{{ row }}"
    assert await pages.page(page, rows=["<b>"], row="outer") == "[&lt;b&gt;]outer"


async def test_a_fill_may_use_components_and_what_waits(pages: Pages) -> None:
    async def price(row: str) -> str:
        return f"{row} costs"

    pages.component("chip", "{% props text: str %}({{ text }})")
    fill = '{% component "chip" text=row %}{% endcomponent %}{{ price(row) }}'
    shown = await pages.page(use("row", fill), rows=["tea"], price=price)
    assert shown == "[(tea)tea costs]"


async def test_values_are_handed_on_through_another_component(pages: Pages) -> None:
    pages.component(
        "framed",
        "{% props rows: list %}"
        + use("row, number", '{% slot "row" of=row ~ number %}{% endslot %}'),
    )
    page = use("of", "{{ of }}!").replace("listing", "framed")
    assert await pages.page(page, rows=["a", "b"]) == "[a1!][b2!]"


async def test_python_fills_it_with_one_text(pages: Pages) -> None:
    async with pages.app.app_context():
        shown = await render_component("listing", rows=[1, 2], slots={"row": "<i>"})
    assert shown == "[&lt;i&gt;][&lt;i&gt;]"


async def test_rows_of_the_starter_table_are_shown_in_an_own_way(pages: Pages) -> None:
    page = (
        '{% component "hotframe:table" caption="Teas" columns=[{"key": "name"}] rows=rows %}'
        '{% slot "row" let row %}<td><b>{{ row.name }}</b></td>{% endslot %}{% endcomponent %}'
    )
    shown = await pages.page(page, rows=[{"name": "<Assam>"}, {"name": "Sencha"}])
    assert "<tr><td><b>&lt;Assam&gt;</b></td></tr>" in shown
    assert "<tr><td><b>Sencha</b></td></tr>" in shown
    assert "There is nothing here." in await pages.page(page, rows=[])
