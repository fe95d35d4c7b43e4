"""A form that was sent: what it brings, and what it is answered with when it is wrong."""

from __future__ import annotations

from datetime import datetime
from datetime import UTC
from decimal import Decimal
from enum import IntEnum
from typing import Annotated
from typing import Any
from typing import Literal

import pytest
from pydantic import AwareDatetime
from pydantic import BaseModel
from pydantic import Field
from pydantic import field_validator
from pydantic import model_validator
from pydantic import SecretStr

from quart_hotframe import page
from quart_hotframe.errors import SetupError
from quart_hotframe.forms import Form
from tests.support.markup import Seen

from .conftest import Forms


class Review(BaseModel):
    stars: Annotated[int, Field(ge=1, le=5)]
    text: Annotated[str, Field(max_length=20, title="What you think", description="Short")]
    tags: list[Literal["new", "used"]] = []
    again: bool = True
    note: str | None = None

    @field_validator("text")
    @classmethod
    def polite(cls, text: str) -> str:
        if "fool" in text:
            raise ValueError("Be polite.")
        return text

    @model_validator(mode="after")
    def fitting(self) -> Review:
        if self.stars == 1 and not self.note:
            raise ValueError("Say why it is bad.")
        return self


GOOD = {"stars": "4", "text": "fine"}
TYPED = ["<b>bold</b>", "  spaces  ", '"quotes"', "{{ 7 * 7 }}", "x" * 21, "a\ttab", "&amp;"]


async def test_what_was_sent_becomes_the_model(made: Forms) -> None:
    made.show(Review)
    review = await made.takes({**GOOD, "tags": ["new", "used"], "again": "true", "note": ""})
    assert review == Review(stars=4, text="fine", tags=["new", "used"], again=True, note=None)


async def test_a_box_that_is_not_ticked_is_false_and_its_list_empty(made: Forms) -> None:
    made.show(Review)
    review = await made.takes(GOOD)
    assert (review.again, review.tags, review.note) == (False, [], None)


async def test_only_what_the_model_declares_is_taken(made: Forms) -> None:
    class Open(Review, extra="allow"):
        pass

    made.show(Open)
    bad = {"is_admin": "1", "model_config": "x", "__class__": "x", "stars.x": "1", "again.0": "1"}
    assert (await made.takes({**GOOD, **bad})).model_extra == {}


@pytest.mark.parametrize("typed", TYPED)
async def test_typed_values_stay_as_they_were_typed(shared: Forms, typed: str) -> None:
    path = shared.shows(Review)
    seen = await shared.refuses({"stars": "many", "text": typed, "note": typed}, path=path)
    assert seen.fields()["text"] == typed
    assert seen.fields()["note"] == typed
    assert seen.fields()["stars"] == "many"


async def test_a_refused_form_says_what_is_wrong_where_it_is(made: Forms) -> None:
    made.show(Review)
    seen = await made.refuses({"stars": "9", "text": "", "tags": ["used", "old"]})
    assert seen.by_id("review-stars")["aria-invalid"] == "true"
    assert seen.by_id("review-stars")["aria-describedby"] == "review-stars-errors"
    assert seen.by_id("review-text")["aria-describedby"] == "review-text-hint review-text-errors"
    assert "must be 5 or less" in seen.text
    assert "checked" in seen.by_id("review-tags-1") and "checked" not in seen.by_id("review-tags-0")
    assert seen.by_id("review-tags")["aria-describedby"] == "review-tags-errors"
    summary = seen.by_id("review-summary")
    assert summary["tabindex"] == "-1" and "autofocus" in summary
    links = [one["href"] for tag, one in seen.elements if tag == "a"]
    assert links == ["#review-stars", "#review-text", "#review-tags"]


async def test_errors_across_fields_are_at_the_form(made: Forms) -> None:
    made.show(Review)
    seen = await made.refuses({**GOOD, "stars": "1"})
    assert "Say why it is bad." in seen.text
    assert not any("aria-invalid" in one for _, one in seen.elements)
    assert "Be polite." in (await made.refuses({**GOOD, "text": "fool"})).text


async def test_a_frame_gets_its_fragment_with_the_status(made: Forms) -> None:
    made.show(Review)
    status, text = await made.send({}, headers={"HF-Request": "frame"})
    assert status == 422
    assert "<form" in text and "<h1>" not in text


async def test_errors_that_only_the_view_knows(made: Forms) -> None:
    @made.app.post("/")
    @page("page.html")
    async def view() -> Any:
        form = await Form.read(Review)
        assert form.valid
        form.add_error("text", "This was written <before>.")
        form.add_error(None, "Try tomorrow.")
        assert not form.valid and form.data.text == "fine"
        return {"form": form}

    seen = await made.refuses(GOOD)
    assert "This was written <before>." in seen.text
    assert "Try tomorrow." in seen.text
    assert seen.fields()["text"] == "fine"


async def test_the_view_has_the_last_word_on_the_status(made: Forms) -> None:
    @made.app.post("/")
    @page("page.html")
    async def view() -> Any:
        return {"form": await Form.read(Review)}, 409, {"X-More": "1"}

    answer = await made.app.test_client().post("/", form={})
    assert (answer.status_code, answer.headers["X-More"]) == (409, "1")


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Values(BaseModel):
    whole: int = 3
    price: Decimal | None = None
    level: Level = Level.LOW
    number: Literal[1, 2] = 1
    moment: AwareDatetime | None = None
    local: datetime | None = None
    text: str = "begin"
    terms: Literal[True] | None = None
    maybe: bool | None = None
    secret: SecretStr = SecretStr("")


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({"whole": " 5 "}, {"whole": 5}),
        ({"price": "1.50"}, {"price": Decimal("1.50")}),
        ({"price": ""}, {"price": None}),
        ({"level": "2", "number": "2"}, {"level": Level.HIGH, "number": 2}),
        ({"moment": "2026-03-31T16:30"}, {"moment": datetime(2026, 3, 31, 16, 30, tzinfo=UTC)}),
        ({"local": "2026-03-31T16:30"}, {"local": datetime(2026, 3, 31, 16, 30)}),
        ({"text": ""}, {"text": ""}),
        ({"text": "a\r\nb\0"}, {"text": "a\nb\ufffd"}),
        ({"terms": "true"}, {"terms": True}),
        ({"maybe": "false"}, {"maybe": False}),
        ({"maybe": ""}, {"maybe": None}),
        ({"whole": ["1", "2"]}, {"whole": 2}),
        ({}, {"text": "begin", "whole": 3}),
    ],
)
async def test_texts_become_values(
    shared: Forms, sent: dict[str, Any], wanted: dict[str, Any]
) -> None:
    data = await shared.takes(sent, path=shared.shows(Values))
    assert {name: getattr(data, name) for name in wanted} == wanted


@pytest.mark.parametrize("name", ["whole", "level", "number"])
async def test_what_is_left_empty_and_cannot_be_is_asked_for(shared: Forms, name: str) -> None:
    seen = await shared.refuses({name: ""}, path=shared.shows(Values))
    assert "Fill this in." in seen.text or "Choose one." in seen.text


async def test_a_password_is_never_shown_again(made: Forms) -> None:
    made.show(Values, initial={"secret": "hush"})
    assert "hush" not in await made.get()
    _, text = await made.send({"secret": "hush", "whole": "x"})
    assert "hush" not in text and 'name="secret"' in text


def test_there_is_no_data_before_the_form_is_valid() -> None:
    form = Form(Review)
    assert not form.valid and form.status == 200
    with pytest.raises(SetupError, match=r"ask that first"):
        form.data  # noqa: B018


async def test_a_form_of_another_encoding_brings_nothing(made: Forms) -> None:
    made.show(Review)
    status, text = await made.send(data=b"stars=4", headers={"Content-Type": "text/plain"})
    assert status == 422 and Seen(text).fields()["stars"] is None
