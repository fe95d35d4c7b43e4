"""What a form shows for each type of a model."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from datetime import date
from datetime import datetime
from datetime import time
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from decimal import Decimal
from enum import Enum
from typing import Annotated
from typing import Any
from typing import Literal

import pytest
from pydantic import AliasChoices
from pydantic import AnyUrl
from pydantic import BaseModel
from pydantic import create_model
from pydantic import Field
from pydantic import RootModel
from pydantic import SecretStr

from quart_hotframe.errors import FieldNotFound
from quart_hotframe.errors import SetupError
from quart_hotframe.forms import Accept
from quart_hotframe.forms import Form
from quart_hotframe.forms import Upload
from tests.support.markup import Seen

from .conftest import Forms


class Size(Enum):
    SMALL = "small"
    XL = "extra_large"


class Email:
    """A type with the schema of pydantic's own, which needs another package."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return handler(str)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: Any) -> Any:
        return {"type": "string", "format": "email"}


INPUTS = [
    (str, (), 'type="text" required'),
    (str, "tea", 'type="text" value="tea"'),
    (str | None, None, 'type="text"'),
    (Annotated[str, Field(min_length=2, max_length=9)], (),
     'type="text" minlength="2" maxlength="9" required'),
    (int, (), 'type="number" inputmode="numeric" required'),
    (Annotated[int, Field(ge=1, lt=5)], 3,
     'type="number" min="1" max="4" inputmode="numeric" required value="3"'),
    (Annotated[int, Field(gt=3, multiple_of=5)], (),
     'type="number" min="5" step="5" inputmode="numeric" required'),
    (float | None, None, 'type="number" step="any" inputmode="decimal"'),
    (Annotated[Decimal, Field(ge=0, decimal_places=2)], Decimal("1.50"),
     'type="number" min="0" step="0.01" inputmode="decimal" required value="1.50"'),
    (date, date(2026, 3, 31), 'type="date" required value="2026-03-31"'),
    (datetime, datetime(2026, 3, 31, 16, 30),
     'type="datetime-local" required value="2026-03-31T16:30"'),
    (datetime, datetime(2026, 3, 31, 16, 30, 5, tzinfo=timezone(timedelta(hours=2))),
     'type="datetime-local" required value="2026-03-31T14:30:05" step="any"'),
    (time, time(16, 30), 'type="time" required value="16:30"'),
    (AnyUrl, (), 'type="url" required'),
    (Email, (), 'type="email" required'),
    (SecretStr, SecretStr("hidden"), 'type="password"'),
    (Annotated[Upload, Accept("image/*")], (), 'type="file" accept="image/*" required'),
    (list[Annotated[Upload, Accept("image/png")]], [], 'type="file" accept="image/png" multiple'),
    (bool, True, 'type="checkbox" value="true" checked'),
    (Literal[True], (), 'required type="checkbox" value="true"'),
]  # fmt: skip


def model(kind: Any, default: Any = (), **more: Any) -> type[BaseModel]:
    """Return a model with the field ``it``."""
    field = Field(**({} if default == () else {"default": default}), **more)
    found: dict[str, Any] = {"it": (kind, field)}
    return create_model("Thing", **found)


@pytest.mark.parametrize(("kind", "default", "wanted"), INPUTS)
async def test_an_input(shared: Forms, kind: Any, default: Any, wanted: str) -> None:
    path = shared.shows(model(kind, default))
    assert f'<input id="thing-it" name="it" {wanted}>' in await shared.get(path)


FIELDSET = """<fieldset class="hf-field hf-field-{}" id="thing-it" tabindex="-1">
  <legend>It</legend>
  <label class="hf-field-option"><input type="{}" id="thing-it-0" name="it" value="small"{}> Small</label>
  <label class="hf-field-option"><input type="{}" id="thing-it-1" name="it" value="extra_large"{}> Extra large</label>
</fieldset>"""  # noqa: E501
GOLDEN = [
    (Size, Size.XL,
     FIELDSET.format("radios", "radio", " required", "radio", " checked required")),
    (set[Size], {Size.SMALL},
     FIELDSET.format("checkboxes", "checkbox", " checked", "checkbox", "")),
    (Size | None, None,
     """<select id="thing-it" name="it"><option value=""></option>"""
     """<option value="small">Small</option><option value="extra_large">Extra large</option>"""),
    (Literal[1, 2, 3, 4, 5], (),
     """<select id="thing-it" name="it" required><option value="">Choose …</option>"""
     """<option value="1">1</option>"""),
    (bool | None, False,
     """<select id="thing-it" name="it"><option value=""></option>"""
     """<option value="true">Yes</option><option value="false" selected>No</option>"""),
    (Annotated[str, Field(max_length=500)], "a\n<b",
     """<textarea id="thing-it" name="it" maxlength="500" rows="5">\na\n&lt;b</textarea>"""),
    (Annotated[list[str], Field(min_length=1)], (),
     """  <div class="hf-field-row" data-key="0">
    <div class="hf-field">
  
  <input id="thing-it-0" name="it.0" type="text" aria-label="It 1">
</div>
    <button class="hf-field-button" name="hf-list" value="remove it.0" formnovalidate aria-label="Remove: It 1">Remove</button>
  </div>
  <button class="hf-field-button" name="hf-list" value="add it" formnovalidate aria-label="Add: It">Add</button>"""),  # noqa: E501, W293
]  # fmt: skip


@pytest.mark.parametrize(("kind", "default", "wanted"), GOLDEN)
async def test_other_controls(shared: Forms, kind: Any, default: Any, wanted: str) -> None:
    assert wanted in await shared.get(shared.shows(model(kind, default)))


async def test_a_label_and_a_hint_are_those_of_the_model(made: Forms) -> None:
    made.show(model(str, title="What you think", description="A line or two"))
    page = Seen(await made.get())
    assert ("label", {"class": "hf-field-label", "for": "thing-it"}) in page.elements
    assert "What you think" in page.text
    assert page.by_id("thing-it")["aria-describedby"] == "thing-it-hint"
    assert page.by_id("thing-it-hint") and "A line or two" in page.text


class Address(BaseModel):
    """For who reads the code."""

    street: str
    city: str = "Bonn"


class Order(BaseModel):
    billing: Address
    delivery: Address | None = None
    gifts: list[Address] = []


async def test_models_within_a_model_are_groups(made: Forms) -> None:
    made.show(Order)
    text = await made.get()
    page = Seen(text)
    assert page.fields() == {
        "billing.street": None, "billing.city": "Bonn", "delivery.street": None,
        "delivery.city": None,
    }  # fmt: skip
    assert "required" in page.by_id("order-billing-street")
    assert "required" not in page.by_id("order-delivery-street"), "it may be left out as a whole"
    assert "For who reads" not in text


async def test_a_form_begins_with_a_model_or_an_object_or_a_mapping(made: Forms) -> None:
    street = Address(street="A", city="B")
    order = Order(billing=street, gifts=[street, street])
    made.show(Order, initial=order)
    made.show(Order, "/object", initial=type("Row", (), {"billing": street, "gifts": []}))
    made.show(Order, "/mapping", initial={"delivery": {"street": "C"}})
    assert Seen(await made.get()).fields()["gifts.1.city"] == "B"
    assert Seen(await made.get("/object")).fields()["billing.street"] == "A"
    assert Seen(await made.get("/mapping")).fields()["delivery.street"] == "C"


class Category(BaseModel):
    name: str
    below: list[Category] = []
    parent: Category | None = None


async def test_a_model_that_has_itself_in_a_list_can_be_shown(made: Forms) -> None:
    made.show(Category, initial={"name": "a", "below": [{"name": "b", "below": [{"name": "c"}]}]})
    assert Seen(await made.get()).fields() == {
        "name": "a", "below.0.name": "b", "below.0.below.0.name": "c",
    }  # fmt: skip


async def test_choices_can_be_given_by_the_view(made: Forms) -> None:
    kinds: dict[str, Any] = {"it": (int, ...), "many": (list[int], [])}
    teas = {7: "Darjeeling", 8: "<Assam>"}
    made.show(create_model("Thing", **kinds), choices={"it": teas, "many": teas})
    assert "&lt;Assam&gt;" in await made.get()
    assert (await made.takes({"it": "8", "many": ["7", "8"]})).many == [7, 8]
    assert "values that are offered" in (await made.refuses({"it": "9"})).text
    assert "values that are offered" in (await made.refuses({"it": "7", "many": "9"})).text


def test_an_unknown_name_is_an_error_with_the_nearest() -> None:
    form = Form(Order)
    with pytest.raises(FieldNotFound, match=r"Order has no field 'biling'\. .*'billing'"):
        form["biling"]
    with pytest.raises(FieldNotFound, match=r"no field 'billing\.stret'\. .*'street'"):
        form["billing.stret"]
    with pytest.raises(FieldNotFound, match="no field 'nothing'"):
        form.add_error("nothing", "?")
    with pytest.raises(FieldNotFound, match="no field 'x'"):
        Form(Order, choices={"x": {}})
    assert "billing" in form and "x" not in form


@pytest.mark.parametrize("use", ['form["biling"]', "form.biling"])
async def test_a_template_is_told_of_an_unknown_name(made: Forms, use: str) -> None:
    async with made.app.app_context():
        template = made.app.jinja_env.from_string(f"{{{{ {use} }}}}")
        with pytest.raises(FieldNotFound, match="Did you mean 'billing'"):
            await template.render_async(form=Form(Order))


class Odd(BaseModel):
    table: dict[str, int]


class Spare(BaseModel):
    name: str
    table: dict[str, int] = {}
    call: Callable[[], int] = lambda: 1
    found: str = Field("", alias="from")
    other: str = Field("", validation_alias=AliasChoices("first", "second"))


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        (Odd, r"cannot show Odd\.table, which must be given"),
        (dict, "made from a pydantic model"),
        (RootModel[list[int]], "has no fields"),
        (create_model("Dotted", x=(int, Field(alias="a.b"))), "called 'a.b'"),
    ],
)
def test_what_no_form_can_show_is_told(model: Any, wanted: str) -> None:
    with pytest.raises(SetupError, match=wanted):
        Form(model)


async def test_a_field_that_no_form_can_show_is_left_at_its_default(made: Forms) -> None:
    made.show(Spare)
    assert Seen(await made.get()).fields() == {"name": None, "from": None, "first": None}
    assert (await made.takes({"name": "a", "table.x": "1", "from": "b"})).table == {}
    assert made.data.found == "b"
    assert Form(Spare)["found"].name == "from"
    model = Spare.model_validate({"name": "a", "second": "b"})
    assert Form(Spare, initial=model)["other"].value == "b"


def test_moments_are_shown_in_utc() -> None:
    moment = datetime(2026, 3, 31, 16, tzinfo=UTC)
    assert Form(model(datetime, moment))["it"].value == "2026-03-31T16:00"


async def test_a_template_can_write_its_own_markup(made: Forms) -> None:
    text = """<form{{ form.attributes|xmlattr }}><input{{ form.it.attributes|xmlattr }}>"""
    template = made.app.jinja_env.from_string(text)
    form = Form(model(str, 'a"b'), id="own")
    assert await template.render_async(form=form) == (
        '<form id="own" method="post"><input id="own-it" name="it" type="text" value="a&#34;b">'
    )


def test_a_form_holds_nothing_of_its_model() -> None:
    kind = model(Size, Size.XL)
    gone = weakref.ref(kind)
    assert Form(kind)["it"].options
    del kind
    gc.collect()
    assert gone() is None


def test_a_default_that_needs_other_values_is_left_to_the_model() -> None:
    fields: dict[str, Any] = {
        "a": (int, 1),
        "b": (int, Field(default_factory=lambda data: data["a"] + 1)),
        "c": (list[int], Field(default_factory=lambda: [5])),
    }
    form = Form(create_model("Thing", **fields))
    assert (form["a"].value, form["b"].value, form["c.0"].value) == ("1", "", "5")
