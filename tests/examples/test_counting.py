"""What a page of the example asks the database for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from quart_hotframe.testing import RunningApp

HEADERS = {
    "HF-Request": "submit",
    "Accept": "application/vnd.hotframe.patches+json",
    "Sec-Fetch-Site": "same-origin",
}


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Return the statements that databases get meanwhile."""
    found: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield found
    event.remove(Engine, "before_cursor_execute", note)


async def test_a_page_counts_the_basket_once(inside: RunningApp, statements: list[str]) -> None:
    visitor = inside.client
    await visitor.post("/orders/basket/mint-tea-blend", form={"quantity": "2"})
    statements.clear()
    page = await (await visitor.get("/")).get_data(as_text=True)
    assert page.count('2<span class="unseen"> things<') == page.count("things=2") == 1
    assert len([one for one in statements if "sum(" in one]) == 1
    answer = await visitor.post(
        "/orders/basket/mint-tea-blend", headers=HEADERS, form={"quantity": "5"}
    )
    assert '5<span class=\\"unseen\\"> things<' in await answer.get_data(as_text=True)


async def test_how_many_are_left_is_not_asked_for_twice(
    inside: RunningApp, statements: list[str]
) -> None:
    await inside.client.get("/shop/mint-tea-blend")
    statements.clear()
    page = await (await inside.client.get("/shop/mint-tea-blend")).get_data(as_text=True)
    assert "In stock: " in page
    assert len([one for one in statements if "FROM shop_product" in one]) == 1
