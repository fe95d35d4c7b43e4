"""Declaring topics and publishing on them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe.errors import SetupError
from quart_hotframe.errors import TopicError
from quart_hotframe.live.topics import authorise
from quart_hotframe.live.topics import public
from quart_hotframe.live.topics.declaring import Declaration
from quart_hotframe.live.topics.names import check_pattern
from quart_hotframe.live.topics.names import is_topic
from quart_hotframe.live.topics.table import TopicTable
from quart_hotframe.security import AllowAny
from quart_hotframe.security import IsStaff


@pytest.fixture
def hotframe(tmp_path: Path) -> HotFrame:
    app = Quart("site", instance_path=str(tmp_path))
    app.config |= {"SECRET_KEY": "k", "HOTFRAME_TOPIC_MAX_BYTES": 100}
    return HotFrame(app)


@pytest.mark.parametrize("name", ["orders", "orders.42", "a-b_c~d@e.F9", "x" * 200])
def test_names_of_topics(name: str) -> None:
    assert is_topic(name)


@pytest.mark.parametrize(
    "name", ["", ".", "a.", ".a", "a..b", "a b", "a*", "a:b", "é", "a\n", "x" * 201, None, 7]
)
def test_what_is_no_name_of_a_topic(name: Any) -> None:
    assert not is_topic(name)


@pytest.mark.parametrize("pattern", ["", "a b", "a[b]", "a?", "*..", None])
def test_what_is_no_pattern(pattern: Any) -> None:
    with pytest.raises(TopicError, match="single dots"):
        check_pattern(pattern)


def test_every_pattern_that_has_a_topic_has_to_let_in() -> None:
    table = TopicTable([Declaration("a.**", None), Declaration("a.b", IsStaff)])
    assert table.audience("a.c").is_public
    assert table.audience("a.b").guards == (IsStaff,)


def test_a_topic_that_nobody_declared_is_told_with_the_nearest(hotframe: HotFrame) -> None:
    hotframe.live.public("orders")
    with pytest.raises(TopicError, match=r"hotframe\.live\.public.* Did you mean 'orders'\?"):
        hotframe.live.topics.table().audience("order")


def test_what_is_no_guard_is_refused(hotframe: HotFrame) -> None:
    with pytest.raises(SetupError, match="is no guard"):
        hotframe.live.authorise("orders")("shop.see")  # type: ignore[type-var]


def test_declaring_for_a_module_outside_of_one_says_what_to_write() -> None:
    with pytest.raises(SetupError, match=r"hotframe\.live\.authorise"):
        public("orders")
    with pytest.raises(SetupError, match="orders"):
        authorise("orders")(AllowAny)


async def test_who_follows_in_python_gets_what_is_published(hotframe: HotFrame) -> None:
    async with hotframe.live.subscribe("orders") as messages:
        cursor = await hotframe.live.publish("orders", {"id": 7})
        message = await anext(messages)
        assert (message.topic, message.cursor) == ("orders", cursor)
        assert message.payload == {"id": 7}  # type: ignore[union-attr]


async def test_payloads_that_cannot_be_sent_are_refused(hotframe: HotFrame) -> None:
    with pytest.raises(TypeError):
        await hotframe.live.publish("orders", object())
    with pytest.raises(ValueError):
        await hotframe.live.publish("orders", float("nan"))
    with pytest.raises(TopicError, match="HOTFRAME_TOPIC_MAX_BYTES"):
        await hotframe.live.publish("orders", "x" * 100)
    with pytest.raises(TopicError, match="no name"):
        await hotframe.live.publish("orders.*", 1)


async def test_a_page_notes_where_topics_are_before_it_reads_anything(hotframe: HotFrame) -> None:
    hotframe.live.public("prices")

    @hotframe.app.get("/")
    async def page() -> str:
        read = hotframe.live.topics.broker.position()
        await hotframe.live.publish("prices", "while the page is made")
        return await render_template_string(read + " {{ topic('prices') }}")

    async with hotframe.app.test_app():
        html = await (await hotframe.app.test_client().get("/")).get_data(as_text=True)
    position, _, attributes = html.partition(" ")
    assert attributes == f'hf-topic="public:prices" hf-cursor="{position}"'


async def test_a_hook_relays_what_happens_to_a_topic(hotframe: HotFrame) -> None:
    @hotframe.hooks.on("order.paid")
    async def tell(id: int) -> None:
        await hotframe.live.publish(f"orders.{id}", {"paid": True})

    async with hotframe.app.app_context(), hotframe.live.subscribe("orders.7") as messages:
        await hotframe.hooks.send("order.paid", 7)
        assert (await anext(messages)).payload == {"paid": True}  # type: ignore[union-attr]
