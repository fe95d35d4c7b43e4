"""A form in the address of a page, which filters what it shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from typing import Any
from typing import Literal

import pytest
from pydantic import BaseModel
from pydantic import Field
from pydantic import SecretStr

from quart_hotframe.errors import SetupError
from quart_hotframe.forms import Form
from quart_hotframe.forms import Upload
from tests.support.markup import Seen

from .conftest import Forms

EVERY: dict[str, Any] = {"q": "", "most": None, "kinds": [], "stock": False, "order": "newest"}


class Wish(BaseModel):
    q: Annotated[str, Field(max_length=9)] = ""
    most: Annotated[Decimal | None, Field(ge=0)] = None
    kinds: list[Literal["lamp", "rug"]] = []
    stock: bool = False
    order: Literal["newest", "name"] = "newest"


class Trip(BaseModel):
    to: str


async def look(made: Forms, address: str, model: type[BaseModel] = Wish, **options: Any) -> Any:
    """Return the form that a page has at an address."""
    async with made.app.test_request_context(address):
        return await Form.read(model, method="get", **options)


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("", {}),
        ("?page=2&other=x", {}),
        ("?q=tea", {"q": "tea"}),
        ("?q=&most=&order=name", {"order": "name"}),
        ("?most=2.50&kinds=lamp&kinds=rug", {"most": Decimal("2.50"), "kinds": ["lamp", "rug"]}),
        ("?stock=true&page=2", {"stock": True}),
    ],
)
async def test_the_address_says_what_is_asked_for(made: Forms, query: str, data: Any) -> None:
    form = await look(made, f"/{query}")
    assert form.valid and form.status == 200
    assert form.data.model_dump() == {**EVERY, **data}


async def test_what_the_address_leaves_out_is_as_the_form_begins(made: Forms) -> None:
    begins = {"order": "name", "q": "cup"}
    assert (await look(made, "/", initial=begins)).data.q == "cup"
    form = await look(made, "/?most=5", initial=begins)
    assert (form.data.order, form.data.q, form["order"].value) == ("name", "cup", "name")
    assert (await look(made, "/?q=", initial=begins)).data.q == ""  # it was emptied


async def test_boxes_that_the_address_leaves_out_were_not_ticked(made: Forms) -> None:
    begins = {"stock": True, "kinds": ["lamp"]}
    assert (await look(made, "/", initial=begins)).data.kinds == ["lamp"]
    form = await look(made, "/?q=tea", initial=begins)
    assert (form.data.stock, form.data.kinds) == (False, [])


async def test_what_is_wrong_in_an_address_is_told_and_kept(made: Forms) -> None:
    made.show(Wish, method="get")
    answer = await made.app.test_client().get("/?most=-1&q=kettle&order=none")
    assert answer.status_code == 422
    seen = Seen(await answer.get_data(as_text=True))
    assert seen.by_id("wish-most")["aria-invalid"] == "true"
    assert seen.by_id("wish-q")["value"] == "kettle"


async def test_nobody_is_told_of_what_was_not_asked_yet(made: Forms) -> None:
    form = await look(made, "/", Trip)
    assert not form.valid and form.status == 200 and not form.errors
    form = await look(made, "/?to=", Trip)
    assert form.status == 422 and list(form.errors) == ["to"]


async def test_the_form_says_its_method_and_has_no_token(made: Forms) -> None:
    headers = {"Cookie": "session=x"}  # of a browser that does not say where it comes from
    async with made.app.test_request_context("/", headers=headers):
        form = Form(Wish, method="get")
        assert Form(Wish).token and not form.token
    assert form.attributes == {"id": "wish", "method": "get"}


async def test_a_form_that_is_posted_looks_at_no_address(made: Forms) -> None:
    async with made.app.test_request_context("/?to=Fes"):
        assert not (await Form.read(Trip)).bound


@pytest.mark.parametrize("kind", [SecretStr, Upload, list[Upload]])
def test_no_password_or_file_comes_into_an_address(kind: Any) -> None:
    class Within(BaseModel):
        part: kind

    class Asked(BaseModel):
        rows: list[Within] = []

    with pytest.raises(SetupError, match="Asked has a password or files"):
        Form(Asked, method="get")


@pytest.mark.parametrize("made", [{"MAX_FORM_PARTS": 3}], indirect=True)
async def test_an_address_has_no_more_fields_than_a_form(made: Forms) -> None:
    made.show(Wish, method="get")
    client = made.app.test_client()
    assert (await client.get("/?kinds=rug&kinds=rug&kinds=rug")).status_code == 200
    assert (await client.get("/?kinds=rug&kinds=rug&kinds=rug&x=1")).status_code == 413
