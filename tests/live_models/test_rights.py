"""Who may see which rows, and what cannot be used."""

from __future__ import annotations

from typing import Any

import pytest

from quart_hotframe.testing import live_page
from tests.support.orders import Line
from tests.support.orders import Order
from tests.support.orders import Orders

OWN = """\
class OwnOrder(ModelComponent[Order]):
    {async_}def select(self):
        return super().select().where(Order.owner == session["user"])

    @event
    async def again(self): self.row.status += "!"

    @event
    async def give(self): self.row.owner = "bob"
"""
SHOWN = """<h1>{{ row.status }}</h1>
{% for one in ("again", "give") %}<button {{ on.click(one) }}>{{ one }}</button>{% endfor %}"""
GONE = "This is not there any more."


@pytest.mark.parametrize("async_", ["", "async "])
async def test_pages_events_and_streams_show_who_may_see_it(site: Orders, async_: str) -> None:
    site.component("own_order", SHOWN, OWN.replace("{async_}", async_))
    async with (
        site.serving(Order()) as running,
        live_page(running, "/own_order?as=ann", client=running.app.test_client()) as ann,
        live_page(running, "/own_order?as=bob", client=running.app.test_client()) as bob,
    ):
        assert (ann.text("h1"), bob.text("main p")) == ("new", GONE)
        await ann.click("again")
        assert ann.text("h1") == "new!"
        async with site.changing(Order) as order:
            order.status = "paid"
        await ann.until(lambda: ann.text("h1") == "paid")
        await ann.click("give")
        await ann.until(lambda: ann.text("main p") == GONE)
        await bob.until(lambda: bob.text("h1") == "paid")


async def test_an_event_on_a_row_that_may_not_be_seen_any_more(site: Orders) -> None:
    site.component("own_order", SHOWN, OWN.replace("{async_}", ""))
    async with (
        site.serving(Order()) as running,
        live_page(running, "/own_order?as=ann") as ann,
    ):
        await site.deafen()
        async with site.changing(Order) as order:
            order.owner = "bob"
        assert (await ann.click("again"))["result"] == {"ok": False, "missing": True}
        assert ann.text("main p") == GONE
        assert (await site.stored(Order)).status == "new"


async def test_a_template_that_waits_for_the_database_is_told(
    site: Orders, caplog: pytest.LogCaptureFixture
) -> None:
    code = "class ShowOrder(ModelComponent[Order]): pass\n"
    site.component("show_order", "{{ row.lines|length }}", code)
    async with site.serving(Order(lines=[Line(text="tea")])) as running:
        assert (await running.client.get("/show_order")).status_code == 500
        assert "options = [selectinload(Order.lines)]" in caplog.text


BACKGROUND = """\
class Work(ModelComponent[Order]):
    said: str = ""

    @event(background=True)
    async def start(self):
        try:
            self.row
        except Exception as error:
            self.said = str(error)
        (await self.load()).status = "begun"
        await self.update()
        (await self.load()).status += ", done"
        await self.update()
"""


async def test_a_background_event_loads_the_row_itself(site: Orders) -> None:
    template = (
        '<h1>{{ row.status }}</h1><i>{{ said }}</i><button {{ on.click("start") }}>x</button>'
    )
    site.component("work", template, BACKGROUND)
    async with site.serving(Order()) as running, live_page(running, "/work") as page:
        await page.click("start")
        await page.until(lambda: page.text("h1") == "begun, done")
        assert "await self.load()" in page.text("i")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("class Wrong(ModelComponent[dict]): pass", "needs a mapped class, not <class 'dict'>"),
        ("class Wrong(ModelComponent): pass", "Wrong has no model: derive it from ModelComponent"),
        (
            "class Wrong(ModelComponent[Tag]):\n"
            "    @event(require_fresh=True)\n    async def go(self): ...",
            "Wrong.go() has require_fresh, but rows of Tag have no version",
        ),
        (
            "from tests.support.shelf import Place\nclass Wrong(ModelComponent[Place]): pass",
            "The key 'row' of Place has the name of a method here",
        ),
    ],
)
async def test_a_class_that_cannot_be_used_is_told(
    sqlite_url: str, tmp_path: Any, code: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    site = Orders(tmp_path, {"HOTFRAME_DATABASE_URL": sqlite_url})
    site.component("wrong", "x", code)
    async with site.serving() as running:
        await running.client.get("/wrong")
        assert said in caplog.text


async def test_a_form_with_another_field_than_the_row_is_told(
    site: Orders, caplog: pytest.LogCaptureFixture
) -> None:
    code = """\
class Form(BaseModel):
    statuz: str = "x"


class Misfit(ModelComponent[Order], FormComponent):
    model = Form

    @event
    async def save(self, form: Form): self.assign(form)
"""
    site.component("misfit", '<button {{ on.submit("save") }}>x</button>', code)
    async with site.serving(Order()) as running, live_page(running, "/misfit") as page:
        await page.submit("save", status=500)
        assert "Form.statuz cannot be written: Order has no such column" in caplog.text
        assert "Did you mean 'status'" in caplog.text
