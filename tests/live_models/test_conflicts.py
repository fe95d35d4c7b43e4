"""What becomes of an event when somebody else has changed the row before."""

from __future__ import annotations

from typing import Any

from quart_hotframe.testing import live_page
from tests.support.orders import Order
from tests.support.orders import Orders

CONFLICT = {"ok": False, "conflict": True}
CODE = """\
class EditOrder(ModelComponent[Order]):
    note: Bindable[str] = ""
    runs: int = 0

    @event
    async def again(self): self.row.status += "!"

    @event(require_fresh=True)
    async def ship(self): self.row.status = "shipped"

    @event
    async def race(self):
        self.runs += 1
        # SQLite has one writer, so there it is this transaction that is wrong about the row.
        apart = db.engine.dialect.name == "postgresql"
        theirs = update(Order).values(status="theirs", version=Order.version + 1)
        async with db.transaction(separate=apart) as other:
            await other.execute(theirs, execution_options={"synchronize_session": False})
        self.row.status = "mine"
"""
SHOWN = """<h1>{{ row.status }}</h1><i>{{ note }} {{ runs }}</i>
{% if conflict %}<p>Somebody else was faster.</p>{% endif %}
<input {{ bind("note", on="submit") }}>
{% for one in ("again", "ship", "race") %}<button {{ on.click(one) }}>{{ one }}</button>{% endfor %}
"""
USE = "/edit_order"
FORM = """\
class OrderForm(BaseModel):
    status: Annotated[str, Field(min_length=2)]
    note: str = ""


class EditForm(ModelComponent[Order], FormComponent):
    model = OrderForm
    saved: int = 0

    @event
    async def save(self, order: OrderForm):
        self.assign(order)
        self.saved += 1

    @event
    async def ship(self): self.row.owner = "bob"
"""
FIELDS = """<h1>{{ row.status }} {{ row.note }} {{ saved }}</h1>
{% if conflict %}<p>No.</p>{% endif %}{{ "dirty" if form.dirty }}
{% for field in form %}{% component "field" field=field %}{% endcomponent %}{% endfor %}
<button {{ on.submit("save") }}>Save</button><button {{ on.click("ship") }}>ship</button>"""


async def test_an_event_that_needs_the_row_as_it_is_shown(site: Orders) -> None:
    site.component("edit_order", SHOWN, CODE)
    async with (
        site.serving(Order()) as running,
        live_page(running, USE) as one,
        live_page(running, USE) as other,
    ):
        await one.click("again")
        await other.until(lambda: other.text("h1") == "new!")
        assert (await other.click("ship"))["result"] == {"ok": True}  # it has heard of it
        await one.until(lambda: one.text("h1") == "shipped")
        await site.deafen()
        await one.click("again")
        await other.fill("note", "tea", leave=False)
        assert (await other.click("ship"))["result"] == CONFLICT
        assert (other.text("h1"), other.text("i")) == ("shipped!", "tea 0")
        assert (other.value("note"), other.text("p")) == ("tea", "Somebody else was faster.")
        assert other.problems[-1] == {"id": "app-edit_order", "event": "ship", **CONFLICT}
        assert (await site.stored(Order)).status == "shipped!"
        assert (await other.click("ship"))["result"] == {"ok": True}
        assert (other.text("h1"), other.all("p")) == ("shipped", [])


async def test_other_events_act_on_the_row_as_it_is(site: Orders) -> None:
    site.component("edit_order", SHOWN, CODE)
    async with site.serving(Order()) as running, live_page(running, USE) as page:
        await site.deafen()
        async with site.changing(Order) as order:
            order.status = "paid"
        assert (await page.click("again"))["result"] == {"ok": True}
        assert page.text("h1") == "paid!"


async def test_what_the_page_has_not_shown_yet_it_has_not_seen(site: Orders) -> None:
    """The server knows of the change already, and the patch is still on its way."""
    site.component("edit_order", SHOWN, CODE)
    async with site.serving(Order()) as running, live_page(running, USE) as page:
        bodies: list[Any] = []
        await page.click("again")
        old = page._client.instance("app-edit_order")
        assert old is not None
        before = old.version
        async with site.changing(Order) as order:
            order.status = "paid"
        await page.until(lambda: page.text("h1") == "paid")
        bodies.append(before)
        old.version = before
        assert (await page.click("ship"))["result"] == CONFLICT
        assert (await site.stored(Order)).status == "paid"


async def test_who_commits_second_has_written_nothing(site: Orders) -> None:
    site.component("edit_order", SHOWN, CODE)
    async with site.serving(Order()) as running, live_page(running, USE) as page:
        apart = site.hotframe.db.engine.dialect.name == "postgresql"
        await page.fill("note", "tea", leave=False)
        body = await page.click("race")
        there = "theirs" if apart else "new"
        assert body["result"] == CONFLICT
        assert (page.text("h1"), page.text("i")) == (there, "tea 0")
        assert page.text("p") == "Somebody else was faster."
        assert (await site.stored(Order)).status == there
        assert (await page.click("again"))["result"] == {"ok": True}
        assert page.text("h1") == there + "!"


async def test_a_form_begins_with_the_row_and_is_assigned_to_it(site: Orders) -> None:
    site.component("edit_form", FIELDS, FORM)
    async with site.serving(Order(note="tea")) as running:
        async with live_page(running, "/edit_form") as page:
            assert (page.value("status"), page.value("note")) == ("new", "tea")
            await page.fill("note", "rice")
            assert "dirty" in page.text("main")
            await page.submit("save")
            assert page.text("h1") == "new rice 1"
            assert "dirty" not in page.text("main")
            order = await site.stored(Order)
            assert (order.status, order.note) == ("new", "rice")


async def test_fields_that_nobody_has_changed_follow_the_row(site: Orders) -> None:
    site.component("edit_form", FIELDS, FORM)
    async with (
        site.serving(Order(note="tea")) as running,
        live_page(running, "/edit_form") as one,
        live_page(running, "/edit_form") as other,
    ):
        await other.fill("note", "mine")
        await one.fill("status", "paid")
        await one.submit("save")
        await other.until(lambda: other.text("h1") == "paid tea 0")
        assert (other.value("status"), other.value("note")) == ("paid", "mine")
        assert (await other.submit("save"))["result"] == {"ok": True}
        order = await site.stored(Order)
        assert (order.status, order.note) == ("paid", "mine")


async def test_a_form_that_somebody_else_was_faster_with_is_kept(site: Orders) -> None:
    site.component("edit_form", FIELDS, FORM)
    async with (
        site.serving(Order(note="tea")) as running,
        live_page(running, "/edit_form") as one,
        live_page(running, "/edit_form") as other,
    ):
        await site.deafen()
        await one.fill("status", "paid")
        await one.submit("save")
        await other.fill("note", "mine", leave=False)
        assert (await other.submit("save"))["result"] == CONFLICT
        assert (other.text("h1"), other.text("p")) == ("paid tea 0", "No.")
        assert (other.value("status"), other.value("note")) == ("paid", "mine")
        assert (await site.stored(Order)).note == "tea"
        assert (await other.click("ship"))["result"] == {"ok": True}  # this one does not mind
        assert (await other.submit("save"))["result"] == {"ok": True}
        assert other.text("h1") == "paid mine 1"
