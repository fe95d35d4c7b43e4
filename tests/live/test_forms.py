"""A form of a model that lives: mistakes are told as somebody types, and nothing typed is lost."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from html import unescape
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from quart_hotframe.live.typed import packed
from tests.support.markup import Seen

from .conftest import CODE as BEGINNING
from .conftest import Instance
from .conftest import LiveSite

CODE = """\
from typing import Annotated, Literal
from pydantic import BaseModel, Field, SecretStr, model_validator
from quart_hotframe import FormComponent


class Line(BaseModel):
    name: Annotated[str, Field(max_length=5)]


class Order(BaseModel):
    name: Annotated[str, Field(min_length=2, max_length=10)]
    age: int | None = None
    agree: bool = True
    size: Literal["s", "m", "l"] = "s"
    tags: list[Literal["new", "used"]] = []
    lines: Annotated[list[Line], Field(max_length=3)] = []

    @model_validator(mode="after")
    def check(self):
        if self.name == "nobody":
            raise ValueError("Who is that?")
        return self


class Orders(FormComponent):
    model = Order
    saves: int = 0
    last: dict[str, Any] = {}
    note: Bindable[int] = 0

    @event
    async def save(self, order: Order, by: int = 1) -> None:
        if order.name == "taken":
            self.form.add_error("name", "This name is taken.")
            return
        if order.name == "late":
            self.form.add_error("lines.0.name" if order.lines else None, "Too late.")
            return
        self.saves += by
        self.last = order.model_dump(mode="json")

    @event
    async def clear(self) -> None:
        await self.reset()
"""
TEMPLATE = """\
{% for text in form.errors.get("", ()) %}<p class="whole">{{ text }}</p>{% endfor -%}
{% for field in form %}{% component "field" field=field %}{% endcomponent %}{% endfor -%}
<button {{ on.submit("save") }}>Save</button><i>{{ saves }}{{ " dirty" if form.dirty }}</i>"""
USE = '{% component "orders" %}{% endcomponent %}'
BEGIN = "app-orders.form"
WRONG = re.compile(r'id="app-orders\.form-([\w-]+)-errors">(.*?)</div>')
SECRET = CODE.replace("    age:", "    word: SecretStr = Field(min_length=3)\n    age:").replace(
    'order.model_dump(mode="json")', '{"word": order.word.get_secret_value()}'
)


async def load(
    live: LiveSite, code: str = CODE, template: str = TEMPLATE, use: str = USE
) -> Instance:
    live.component("orders", template, code)
    (one,) = await live.load(use)
    return one


def wrong(html: str) -> dict[str, str]:
    """Return what is shown to be wrong, by field."""
    return {name: unescape(re.sub("<.*?>", "", text)) for name, text in WRONG.findall(html)}


def fields(html: str) -> dict[str, str | None]:
    return Seen(html).fields()


def state(live: LiveSite, one: Instance) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(live.hotframe.live.snapshots.peek(one.snapshot).state)
    return found


def names_of(live: LiveSite) -> dict[str, Any]:
    """Return what the file of the component has."""
    kind: Any = live.hotframe.live.find("app:orders").kind
    names: dict[str, Any] = kind.save.__globals__
    return names


async def test_a_mistake_is_shown_at_the_field_that_was_changed_alone(live: LiveSite) -> None:
    orders = await load(live)
    assert wrong(live.html) == {}
    inputs = [one for tag, one in Seen(live.html).elements if tag == "input" and "id" in one]
    assert {one.get("hf-bind") for one in inputs} == {"name", "age", "agree", "size", "tags"}
    assert {one["form"] for one in inputs} == {BEGIN}
    answer = await orders.send(set={"age": "many"})
    assert wrong(answer.html) == {"age": "Write a whole number."}
    assert answer.body["result"] == {"errors": {"age": ["Write a whole number."]}}
    assert fields(answer.html)["age"] == "many"
    answer = await orders.send(set={"age": "7", "name": "T"})
    assert wrong(answer.html) == {"name": "Write 2 characters or more."}
    assert wrong((await orders.send(set={"name": "Tea"})).html) == {}
    assert state(live, orders)["memo"]["form"]["touched"] == ["age", "name"]


async def test_an_event_with_the_model_runs_only_when_the_form_is_valid(live: LiveSite) -> None:
    orders = await load(live)
    answer = await orders.send("save", set={"age": "x"})
    html, focus = answer.body["patches"]
    assert wrong(html["html"]) == {"name": "Fill this in.", "age": "Write a whole number."}
    assert focus == {"action": "focus", "target": f"{BEGIN}-name"}
    assert ({*answer.body["result"]["errors"]}, state(live, orders)["saves"]) == (
        {"name", "age"},
        0,
    )
    answer = await orders.send(
        "save",
        {"by": 2},
        set={"name": "Tea", "age": "7", "agree": [], "size": "m", "tags": ["new"]},
    )
    assert wrong(answer.html) == {}
    assert (state(live, orders)["saves"], state(live, orders)["last"]) == (2, {
        "name": "Tea", "age": 7, "agree": False, "size": "m", "tags": ["new"], "lines": [],
    })  # fmt: skip


async def test_the_page_cannot_give_the_model_itself(live: LiveSite) -> None:
    orders = await load(live)
    answer = await orders.send("save", {"order": {"name": "Tea"}})
    assert (answer.status, answer.reason) == (422, "bad_args")
    assert "<i>0</i>" in (await orders.send()).html


async def test_other_events_run_whatever_the_form_holds(live: LiveSite) -> None:
    orders = await load(live)
    await orders.send(set={"age": "x", "name": "T"})
    answer = await orders.send("clear")
    assert (wrong(answer.html), fields(answer.html)["name"]) == ({}, None)
    assert "<i>0</i>" in answer.html


async def test_what_is_wrong_with_the_whole_is_shown_when_it_was_sent(live: LiveSite) -> None:
    orders = await load(live)
    assert "Who" not in (await orders.send(set={"name": "nobody"})).html
    answer = await orders.send("save")
    assert '<p class="whole">Who is that?</p>' in answer.html
    assert state(live, orders)["saves"] == 0


async def test_what_only_the_method_knows_is_told_until_the_field_changes(live: LiveSite) -> None:
    orders = await load(live, template=TEMPLATE + "{{ form.valid }}")
    taken = {"name": "This name is taken."}
    answer = await orders.send("save", set={"name": "taken"})
    assert (wrong(answer.html), answer.body["result"]) == (
        taken, {"errors": {"name": ["This name is taken."]}}
    )  # fmt: skip
    assert " dirty" in answer.html and "False" in answer.html
    assert wrong((await orders.send(set={"age": "7"})).html) == taken
    answer = await orders.send(set={"name": "late"})
    assert wrong(answer.html) == {} and "True" in answer.html
    assert '<p class="whole">Too late.</p>' in (await orders.send("save")).html
    assert "Too late." not in (await orders.send(set={"age": "8"})).html


async def test_it_is_dirty_until_it_is_saved_or_as_it_was(live: LiveSite) -> None:
    orders = await load(live, CODE.replace("    saves", f"    {INITIAL}\n    saves", 1))
    assert "<i>0</i>" in live.html and fields(live.html)["name"] == "Green"
    assert "<i>0 dirty</i>" in (await orders.send(set={"name": "Tea"})).html
    assert "<i>0</i>" in (await orders.send(set={"name": "Green"})).html
    assert "<i>0 dirty</i>" in (await orders.send(set={"tags": ["new"]})).html
    answer = await orders.send("save")
    assert "<i>1</i>" in answer.html
    assert "<i>1 dirty</i>" in (await orders.send(set={"tags": []})).html


INITIAL = """
    async def initial(self) -> dict[str, Any]:
        return {"name": "Green"}
"""


async def test_what_was_typed_outlives_the_state_on_the_server(live: LiveSite) -> None:
    orders = await load(live)
    await orders.send("save", set={"name": "T", "age": "many"})
    await live.forget()
    assert (await orders.send(set={"size": "l"})).status == 409
    answer = await orders.send(set={"size": "l"}, handle=None, snapshot=orders.snapshot)
    assert (fields(answer.html)["name"], fields(answer.html)["age"]) == ("T", "many")
    assert {*wrong(answer.html)} == {"name", "age"}
    answer = await orders.send("save", set={"name": "Tea", "age": ""})
    assert (state(live, orders)["last"]["size"], wrong(answer.html)) == ("l", {})


async def test_a_password_is_in_no_state_and_no_page(live: LiveSite) -> None:
    orders = await load(live, SECRET)
    assert 'name="word" type="password"' in live.html and 'hf-with="on:submit"' in live.html
    answer = await orders.send("save", set={"name": "T", "word": "ab"})
    assert wrong(answer.body["patches"][0]["html"]) == {
        "name": "Write 2 characters or more.", "word": "Give 3 or more.",
    }  # fmt: skip
    answer = await orders.send("save", set={"word": "sesame"})
    assert wrong(answer.body["patches"][0]["html"]) == {"name": "Write 2 characters or more."}
    (held,) = live.hotframe.live.residents
    assert "sesame" not in f"{held.record.state!r} {answer.body}"
    component: Any = held.state.object
    assert "sesame" not in str([*packed(component.form._node)])
    assert {*wrong((await orders.send(set={"name": "Te"})).html)} == set()
    answer = await orders.send("save")
    assert wrong(answer.body["patches"][0]["html"]) == {"word": "Fill this in."}
    await orders.send("save", set={"word": "sesame"})
    assert state(live, orders)["last"] == {"word": "sesame"}


async def test_rows_come_and_go_and_keep_what_was_typed(live: LiveSite) -> None:
    orders = await load(live)
    answer = await orders.send("change_rows", {"wish": "add lines"})
    html, focus = answer.body["patches"]
    assert focus["target"] == f"{BEGIN}-lines-0-name"
    assert 'hf-bind="lines.0.name"' in html["html"]
    await orders.send("change_rows", {"wish": "add lines"}, set={"lines.0.name": "a"})
    answer = await orders.send(set={"lines.1.name": "too long"})
    assert wrong(answer.html) == {"lines-1-name": "Write 5 characters or fewer."}
    answer = await orders.send("change_rows", {"wish": "remove lines.0"})
    html = answer.body["patches"][0]["html"]
    assert (fields(html)["lines.1.name"], "lines.0.name" in html) == ("too long", False)
    await orders.send("save", set={"name": "Tea", "lines.1.name": "b", "lines.0.name": "late"})
    assert state(live, orders)["last"]["lines"] == [{"name": "b"}]
    for wish in ("add lines", "add lines", "add lines", "add nothing", "remove name", "x"):
        assert (await orders.send("change_rows", {"wish": wish})).status == 200
    (held,) = live.hotframe.live.residents
    assert held.shown.count('class="hf-field-row"') == 3
    await orders.send("change_rows", {"wish": "remove lines.3"})
    await orders.send("change_rows", {"wish": "remove lines.2"})
    assert " dirty" not in held.shown
    answer = await orders.send("change_rows", {"wish": "remove lines.1"})
    assert " dirty" in answer.body["patches"][0]["html"]


async def test_a_new_row_has_nothing_of_one_that_is_gone(live: LiveSite) -> None:
    orders = await load(live)
    assert 'hf-field-row"' not in (await orders.send(set={"lines": ["a", "b"]})).html
    await orders.send("change_rows", {"wish": "add lines"})
    answer = await orders.send("save", set={"name": "late", "lines.0.name": "a"})
    assert wrong(answer.html) == {"lines-0-name": "Too late."}
    await orders.send("change_rows", {"wish": "remove lines.0"})
    answer = await orders.send("change_rows", {"wish": "add lines"})
    assert wrong(answer.body["patches"][0]["html"]) == {"lines-0-name": "Fill this in."}
    await orders.send("clear")
    for wish in ("add lines", "remove lines.0", "add lines"):
        more = {"lines.0.name": "too long"} if wish == "remove lines.0" else {}
        answer = await orders.send("change_rows", {"wish": wish}, set=more)
    assert wrong(answer.body["patches"][0]["html"]) == {}


NONE: list[tuple[dict[str, Any], int]] = [
    ({"nothing": "x"}, 403), ({"lines.x.name": "x"}, 403), ({"lines.0.nothing": "x"}, 403),
    ({"name.x": "x"}, 403), ({"": "x"}, 403), ({"__class__": "x"}, 403), ({"saves": 1}, 403),
    ({"name": 7}, 422), ({"name": {"a": "b"}}, 422), ({"tags": [7]}, 422), ({"name": "a\0"}, 400),
    ({".".join(["lines", "0"] * 9): "x"}, 403),
]  # fmt: skip


async def test_what_no_field_of_the_form_is_or_holds_is_refused(live: LiveSite) -> None:
    orders = await load(live)
    found = [(one, (await orders.send("clear", set=one)).status) for one, _ in NONE]
    assert found == NONE


async def test_bound_fields_beside_the_form_work_as_ever(live: LiveSite) -> None:
    orders = await load(live)
    answer = await orders.send("save", set={"note": "x", "name": "Tea"})
    assert {*answer.body["result"]["errors"]} == {"note"}
    await orders.send("save", set={"note": "5"})
    assert (state(live, orders)["note"], state(live, orders)["saves"]) == (5, 1)


async def test_values_to_choose_from_are_asked_for_anew(live: LiveSite) -> None:
    choices = """
    async def choices(self) -> dict[str, Any]:
        return {"name": {"Tea": "Green tea"}}

    def initial(self) -> None:
        asked.append(self)
"""
    code = CODE.replace("class Orders", "asked: list[Any] = []\n\n\nclass Orders")
    orders = await load(live, code.replace("    saves", f"    {choices}\n    saves", 1))
    assert "Green tea" in live.html
    await orders.send(set={"name": "Tea"})
    live.hotframe.live.residents.let_go(())
    await live.forget()
    answer = await orders.send("save", {}, handle=None, snapshot=orders.snapshot)
    assert "Green tea" in answer.html and state(live, orders)["last"]["name"] == "Tea"
    assert len(names_of(live)["asked"]) == 1
    answer = await orders.send(set={"name": "other"})
    assert wrong(answer.html) == {"name": "Choose one of the values that are offered."}


NEW = CODE.replace("    size:", '    colour: str = "blue"\n    size:')
PLAIN = "class Orders(LiveComponent):\n    saves: int = 4\n"


def renew(live: LiveSite, code: str) -> None:
    """Let the class be another one, as after a reload of its module."""
    made = ModuleType("renewed_orders")
    sys.modules[made.__name__] = made
    exec(compile(BEGINNING + code, "renewed", "exec", dont_inherit=True), vars(made))
    live.hotframe.runtime.host_items["components"].definitions._class = lambda _: made.Orders
    live.component("orders", TEMPLATE + " ", code)


async def test_a_new_version_keeps_what_was_typed(live: LiveSite) -> None:
    orders = await load(live)
    await orders.send(set={"name": "Tea", "age": "x"})
    renew(live, NEW)
    answer = await orders.send(set={"size": "l"})
    seen = fields(answer.html)
    assert (seen["name"], seen["age"], seen["colour"]) == ("Tea", "x", "blue")
    await orders.send("save", set={"age": "7", "colour": ""})
    assert state(live, orders)["last"]["colour"] == ""


async def test_what_was_no_form_may_become_one(live: LiveSite) -> None:
    orders = await load(live, PLAIN, "{{ saves }}")
    await orders.send()
    renew(live, CODE)
    answer = await orders.send(set={"name": "Tea"})
    assert (fields(answer.html)["name"], "<i>4 dirty</i>" in answer.html) == ("Tea", True)


GROUPS = CODE.replace("class Order(", "class Place(BaseModel):\n    street: str\n\n\nclass Order(")
GROUPS = GROUPS.replace("    age:", "    home: Place\n    other: Place | None = None\n    age:")


async def test_fields_of_groups(live: LiveSite) -> None:
    orders = await load(live, GROUPS)
    assert (await orders.send(set={"home": "x"})).status == 403
    answer = await orders.send(set={"other.street": "Elm", "home.street": "Oak"})
    assert " dirty" in answer.html
    answer = await orders.send(set={"other.street": "", "home.street": ""})
    assert (wrong(answer.html), " dirty" in answer.html) == (
        {"home-street": "Fill this in."},
        False,
    )
    await orders.send("save", set={"name": "Tea", "home.street": "Oak"})
    last = state(live, orders)["last"]
    assert (last["home"], last["other"]) == ({"street": "Oak"}, None)


MADE = "gate, done, seen = asyncio.Event(), asyncio.Event(), []\n\n\nclass Orders"
BACKGROUND = """
    @event(background=True)
    async def load(self) -> None:
        seen.append(self.form["name"].value)
        await gate.wait()
        await self.update()
        seen.append(self.form["name"].value)
        done.set()

    @event
    async def clear"""


async def test_an_event_beside_others_sees_what_is_typed_meanwhile(live: LiveSite) -> None:
    code = CODE.replace("\n    @event\n    async def clear", BACKGROUND)
    orders = await load(live, code.replace("class Orders", MADE))
    await orders.send("load", set={"name": "Tea"})
    names = {**names_of(live)}
    async with asyncio.timeout(5):
        while not names["seen"]:
            await asyncio.sleep(0)
        await orders.send(set={"name": "Coffee"})
        names["gate"].set()
        await names["done"].wait()
    assert names["seen"] == ["Tea", "Coffee"]


async def test_a_template_says_when_a_field_is_checked(live: LiveSite) -> None:
    template = (
        '{% component "field" field=form.name hf-with="on:input debounce:300" %}{% endcomponent %}'
    )
    await load(live, CODE, template)
    assert Seen(live.html).by_id(f"{BEGIN}-name")["hf-with"] == "on:input debounce:300"
    assert f'<form id="{BEGIN}"' in live.html


async def test_two_of_a_kind_are_told_apart(live: LiveSite) -> None:
    live.component("orders", TEMPLATE, CODE)
    one, two = await live.load(USE + USE)
    two.page = one.page
    assert wrong((await one.send(set={"age": "x"})).html) != {}
    html = (await two.send(set={"name": "Tea"})).html
    assert 'form="app-orders-2.form"' in html and "Write a whole" not in html
    ids = re.findall(r' id="([^"]*)"', live.html)
    assert len(ids) == len(set(ids))


async def press(live: LiveSite, event: str, **typed: Any) -> None:
    """Send the form as a browser does without JavaScript, and follow."""
    seen = Seen(live.html)
    data = {str(one["name"]): [one.get("value") or ""] for tag, one in seen.elements
            if tag == "input" and one.get("type") == "hidden"}  # fmt: skip
    for name, texts in typed.items():
        data.setdefault(name, []).extend(texts if isinstance(texts, list) else [texts])
    body = urlencode({**data, "hf_event": event}, doseq=True)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = await live.client.post("/hotframe/live/form", data=body, headers=headers)
    assert response.status_code == 303, await response.get_data(as_text=True)
    where = response.headers["Location"].partition("#")[0]
    live.html = await (await live.client.get(where)).get_data(as_text=True)


async def test_it_works_without_javascript(live: LiveSite) -> None:
    await load(live)
    first = Seen(live.html).elements[2]
    assert (first[0], first[1]["value"], first[1]["hf-submit"]) == ("button", "save", "save")
    await press(live, "save", name="", age="many", agree="true", size="m")
    assert wrong(live.html) == {"name": "Fill this in.", "age": "Write a whole number."}
    assert fields(live.html)["age"] == "many"
    assert 'value="m" checked' in live.html and 'value="true" checked' in live.html
    await press(live, 'change_rows {"wish": "add lines"}', name="", age="7", size="m", agree=[])
    assert 'name="lines.0.name"' in live.html
    await press(live, "save", name="Tea", age="7", size="m", tags="new", **{"lines.0.name": "a"})
    assert (wrong(live.html), "<i>1</i>" in live.html) == ({}, True)
    assert 'value="new" checked' in live.html and 'value="true" checked' not in live.html


async def test_fields_that_were_sent_but_not_changed_are_not_touched(live: LiveSite) -> None:
    await load(live)
    await press(live, 'change_rows {"wish": "add lines"}', name="", age="", size="s", agree="true")
    assert wrong(live.html) == {}


@pytest.mark.parametrize(("old", "new", "said"), [
    ("    model = Order\n", "", "a FormComponent needs the model of its form"),
    ("    model = Order\n", "    model = int\n", "A form is made from a pydantic model"),
    ("order: Order", "order: int", "Orders has no event for its form: write @event"),
    ("note: Bindable[int] = 0", 'name: Bindable[str] = ""', "Orders.name is a field of its form"),
    ("note: Bindable[int] = 0", "form: int = 0", "Orders.form cannot be a field"),
    ("    model = Order\n", '    model = Order\n    element = "tr"\n', "element cannot be 'tr'"),
    ("@event\n    async def save", "@event(background=True)\n    async def save", "background"),
    ("    age: int | None = None", "    age: Upload | None = None", "Orders.model has files"),
])  # fmt: skip
async def test_a_class_that_is_wrong_is_told_when_it_is_read(
    live: LiveSite, old: str, new: str, said: str
) -> None:
    code = CODE.replace(old, new)
    assert code != CODE
    imports = "from quart_hotframe.forms import Upload\n"
    live.component("orders", TEMPLATE, imports + code)
    definitions = live.hotframe.runtime.host_items["components"].definitions
    definitions.read()
    fault = str(definitions.faults["orders"])
    assert "orders.py" in fault and said in fault


@pytest.mark.parametrize(("template", "said"), [
    ("<form>{{ form.name.label }}</form>", "is a form already: take &lt;form&gt; out"),
    ('{% component "form" form=form %}{% endcomponent %}', "so it has its &lt;form&gt; already"),
    ("{{ form.nmae.label }}", "Did you mean &#39;name&#39;"),
])  # fmt: skip
async def test_a_template_that_is_wrong_is_told(
    live: LiveSite, template: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    live.component("orders", template, CODE)
    with pytest.raises(AssertionError):
        await live.load(USE)
    assert unescape(said) in caplog.text


async def test_the_form_is_not_there_before_it_has_begun(
    live: LiveSite, caplog: pytest.LogCaptureFixture
) -> None:
    mount = "    async def mount(self) -> None:\n        self.form.dirty\n\n    @event"
    live.component("orders", TEMPLATE, CODE.replace("    @event", mount, 1))
    with pytest.raises(AssertionError):
        await live.load(USE)
    assert "The form of Orders begins after mount(): override initial()." in caplog.text
