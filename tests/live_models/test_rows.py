"""Live components that show one row of a database, and follow it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from quart import request
from sqlalchemy.ext.asyncio import async_object_session

from quart_hotframe.testing import live_page
from quart_hotframe.testing import LivePage
from tests.support.modules import write_file
from tests.support.orders import Draft
from tests.support.orders import Line
from tests.support.orders import Order
from tests.support.orders import Orders
from tests.support.orders import Seat
from tests.support.orders import Tag

EDIT = """\
class EditOrder(ModelComponent[Order]):
    options = [selectinload(Order.lines)]
    note: Bindable[str] = ""
    boom: bool = False
    mounted: str = ""

    async def mount(self): self.mounted = self.row.status

    @event
    async def ship(self): self.row.status = "shipped"

    @event
    async def again(self): self.row.status += "!"

    @event
    async def fail(self):
        self.row.status = "failed"
        self.boom = True

    @event
    async def drop(self): await db.session.delete(self.row)

    @event
    async def add(self):
        self.row.lines.append(Line(text=self.note))
        self.touch()
"""
SHOWN = """<h1>{{ row.status }}</h1>
<ol>{% for one in row.lines %}<li>{{ one.text }}</li>{% endfor %}</ol>
<i>{{ mounted }}</i>{% if boom %}{{ 1 // 0 }}{% endif %}<input {{ bind("note", on="submit") }}>
{% for one in ("ship", "again", "fail", "drop", "add") %}
<button {{ on.click(one) }}>{{ one }}</button>
{% endfor %}"""


def edit(site: Orders) -> None:
    site.component("edit_order", SHOWN, EDIT)


async def shows(page: LivePage, status: str) -> None:
    await page.until(lambda: page.text("h1") == status)


async def gone(page: LivePage) -> None:
    await page.until(lambda: page.text("main p") == "This is not there any more.")


async def test_an_event_changes_the_row_and_all_pages_show_it(site: Orders) -> None:
    edit(site)
    async with site.serving(Order(lines=[Line(text="tea")])) as running:
        async with live_page(running, "/edit_order") as one:
            stranger = running.app.test_client()
            async with live_page(running, "/edit_order", client=stranger) as other:
                assert (other.text("h1"), other.text("li"), other.text("i")) == (
                    "new",
                    "tea",
                    "new",
                )
                await one.click("ship")
                assert one.text("h1") == "shipped"
                await shows(other, "shipped")
                assert other.text("i") == "new"
                await other.fill("note", "rice", leave=False)
                await other.click("add")
                assert [each.text for each in other.all("li")] == ["tea", "rice"]
                await one.until(lambda: len(one.all("li")) == 2)
                await one.assert_current()
                await other.assert_current()
        assert (await site.stored(Order)).status == "shipped"


async def test_what_a_task_commits_is_shown(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running, live_page(running, "/edit_order") as page:
        async with site.changing(Order) as order:
            order.status = "paid"
        await shows(page, "paid")
        assert site.checked_out == 0


async def test_what_is_committed_before_the_stream_opens_is_shown(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running:

        async def meanwhile(response: Any) -> Any:
            if response.status_code == 200 and not done:
                done.append(True)
                async with site.changing(Order) as order:
                    order.status = "paid"
            return response

        done: list[bool] = []
        site.app.after_request(meanwhile)
        async with live_page(running, "/edit_order") as page:
            assert page.text("h1") == "new"
            await shows(page, "paid")


async def test_one_that_fails_writes_nothing_and_tells_nobody(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running:
        async with (
            live_page(running, "/edit_order") as one,
            live_page(running, "/edit_order") as other,
        ):
            await one.click("fail", status=500)
            assert (await site.stored(Order)).status == "new"
            await one.click("again")
            await shows(other, "new!")
            assert (one.text("h1"), other.problems) == ("new!", [])


async def test_a_lost_answer_that_is_asked_for_again_writes_once(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running, live_page(running, "/edit_order") as page:
        bodies: list[Any] = []

        async def note() -> None:
            if request.path == "/hotframe/live":
                bodies.append(await request.get_json())

        site.app.before_request(note)
        await page.click("again")
        for _ in range(2):
            response = await running.client.post(
                "/hotframe/live", json=bodies[0], headers={"HF-Request": "live"}
            )
            body = await response.get_json()
            assert body["result"] == {"ok": True}
            assert "new!" in body["patches"][0]["html"]
        assert (await site.stored(Order)).status == "new!"


async def test_a_row_that_is_deleted_leaves_a_placeholder(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running:
        async with (
            live_page(running, "/edit_order") as one,
            live_page(running, "/edit_order") as other,
        ):
            await one.click("drop")
            assert one.text("main p") == "This is not there any more."
            await gone(other)


async def test_an_event_on_a_row_that_is_gone_is_refused(site: Orders) -> None:
    edit(site)
    async with site.serving(Order()) as running, live_page(running, "/edit_order") as page:
        await site.deafen()
        async with site.changing(Order) as order:
            session = async_object_session(order)
            assert session is not None
            await session.delete(order)
        body = await page.click("ship")
        assert body["result"] == {"ok": False, "missing": True}
        await gone(page)


async def test_a_row_that_comes_back_is_mounted(site: Orders) -> None:
    edit(site)
    async with site.serving() as running, live_page(running, "/edit_order") as page:
        await gone(page)
        await site.add(Order(status="late"))
        await shows(page, "late")
        assert page.text("i") == "late"
        await page.click("again")
        assert page.text("h1") == "late!"


async def test_rows_that_are_marked_as_deleted_are_gone(site: Orders) -> None:
    code = """\
class EditDraft(ModelComponent[Draft]):
    missing = "Thrown away."

    @event
    async def throw(self): self.row.soft_delete()
"""
    site.component("edit_draft", '{{ row.text }}<button {{ on.click("throw") }}>x</button>', code)
    async with site.serving(Draft(text="poem")) as running:
        async with (
            live_page(running, "/edit_draft") as one,
            live_page(running, "/edit_draft") as other,
        ):
            await one.click("throw")
            assert one.text("main p") == "Thrown away."
            await other.until(lambda: other.text("main p") == "Thrown away.")
            async with site.changing(Draft) as draft:
                draft.restore()
            await one.until(lambda: "poem" in one.text("main"))
            await site.deafen()
            async with site.changing(Draft) as draft:
                draft.soft_delete()
            assert (await one.click("throw"))["result"] == {"ok": False, "missing": True}


async def test_a_template_may_show_what_is_missing_itself(site: Orders) -> None:
    code = "class ShowTag(ModelComponent[Tag]):\n    missing = None\n"
    template = "<b>{{ row.uses if row else 'none of ' ~ name }}</b>"
    site.component("show_tag", template, code, name="tea")
    async with site.serving() as running, live_page(running, "/show_tag") as page:
        assert page.text("b") == "none of tea"
        await site.add(Tag(name="tea", uses=3))
        await page.until(lambda: page.text("b") == "3")
        async with site.changing(Tag, "tea") as tag:
            tag.uses = 4
        await page.until(lambda: page.text("b") == "4")


async def test_a_key_may_have_parts(site: Orders) -> None:
    code = """\
class TakeSeat(ModelComponent[Seat]):
    @event(require_fresh=True)
    async def take(self): self.row.taken = True
"""
    template = (
        '<b>{{ hall }} {{ number }} {{ row.taken }}</b><button {{ on.click("take") }}>x</button>'
    )
    site.component("take_seat", template, code, hall="A", number=2)
    async with site.serving(Seat(hall="A", number=1), Seat(hall="A", number=2)) as running:
        async with live_page(running, "/take_seat") as page:
            assert page.text("b") == "A 2 False"
            await page.click("take")
            assert page.text("b") == "A 2 True"
            assert not (await site.stored(Seat, ("A", 1))).taken


async def test_rows_may_stand_in_another_live_component(site: Orders) -> None:
    edit(site)
    code = """\
class Desk(LiveComponent):
    ids: list[int] = [1, 2]

    @event
    async def more(self): self.ids.append(3)
"""
    template = """{% for one in ids %}
<section data-key="{{ one }}">
{% component "edit_order" key=one id=one %}{% endcomponent %}</section>
{% endfor %}<button {{ on.click("more") }}>more</button>"""
    site.component("desk", template, "from quart_hotframe import LiveComponent\n\n\n" + code, key=0)
    async with site.serving(Order(), Order(), Order()) as running:
        async with live_page(running, "/desk") as one, live_page(running, "/desk") as other:
            await one.click("ship", within='[data-key="2"]')
            await other.until(lambda: [h.text for h in other.all("h1")] == ["new", "shipped"])
            await other.click("more")
            assert [h.text for h in other.all("h1")] == ["new", "shipped", "new"]
            await other.click("ship", within='[data-key="3"]')
            assert (await site.stored(Order, 3)).status == "shipped"
            await other.assert_current()


async def test_what_it_costs(site: Orders) -> None:
    """A page, an event and a follower read once; relations that are loaded add one each."""
    edit(site)
    read = ["SELECT", "SELECT"]
    async with site.serving(Order()) as running:
        with site.queries() as opened:
            async with live_page(running, "/edit_order") as one:
                async with site.changing(Order) as order:
                    order.status = "paid"
                await shows(one, "paid")
                assert opened == [*read, "SELECT", "UPDATE", *read]
                async with live_page(running, "/edit_order") as other:
                    await other.click("again")
                    await shows(one, "paid!")
                    with site.queries() as event:
                        await one.click("again")
                        await shows(other, "paid!!")
                        await one.click("ship")  # what follows the first one is over
                        await shows(other, "shipped")
                    assert event == 2 * [*read, "UPDATE", *read]


async def test_one_that_is_mounted_after_its_page_is_mounted_once(site: Orders) -> None:
    code = EDIT.replace("self.mounted = self.row.status", "self.mounted += self.row.status")
    site.component("edit_order", SHOWN, code)
    use = "{% component 'edit_order' id=1 loading='lazy' %}{% endcomponent %}"
    write_file(Path(site.app.root_path) / "templates" / "edit_order.html", use)
    async with site.serving(Order()) as running, live_page(running, "/edit_order") as page:
        await page.until(lambda: page.all("h1"))
        assert page.text("i") == page.text("h1") == "new"
        await page.click("ship")
        assert (page.text("i"), page.text("h1")) == ("new", "shipped")
