"""Lists in forms: rows that come and go by buttons."""

from __future__ import annotations

from typing import Annotated
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic import Field

from tests.support.markup import Seen

from .conftest import Forms


class Line(BaseModel):
    name: str
    count: int = 1
    notes: list[str] = []


class Order(BaseModel):
    title: str
    lines: Annotated[list[Line], Field(max_length=3)] = []
    emails: list[str] = []


class Tree(BaseModel):
    name: str
    below: list["Tree"] = []  # noqa: UP037


SENT = {"title": "", "lines.4.name": "Tea", "lines.4.count": "2", "lines.2.name": "Cup"}


def focused(seen: Seen) -> list[Any]:
    return [one.get("id") for _, one in seen.elements if "autofocus" in one]


async def test_rows_become_a_list_in_the_order_of_their_numbers(made: Forms) -> None:
    made.show(Order)
    order = await made.takes({**SENT, "title": "x", "lines.2.count": "1", "lines.4.notes.7": "n"})
    assert order.lines == [Line(name="Cup"), Line(name="Tea", count=2, notes=["n"])]


async def test_empty_rows_of_texts_are_none(made: Forms) -> None:
    made.show(Order)
    assert (await made.takes({"title": "x", "emails.0": "", "emails.3": "a"})).emails == ["a"]
    assert (await made.takes({"title": "x", "emails": ["b", "", "c"]})).emails == ["b", "c"]


async def test_an_error_is_at_the_row_that_has_it(made: Forms) -> None:
    made.show(Order)
    seen = await made.refuses({**SENT, "lines.4.count": "no", "lines.2.count": "1", "title": "x"})
    links = [one["href"] for tag, one in seen.elements if tag == "a"]
    assert links == ["#order-lines-4-count"]
    assert seen.by_id("order-lines-4-count")["value"] == "no"
    assert "Lines 2, Count: Write a whole number." in seen.text


async def test_a_button_adds_a_row_and_says_nothing_of_what_is_wrong(made: Forms) -> None:
    made.show(Order)
    seen = await made.refuses({**SENT, "hf-list": "add lines"})
    assert seen.fields()["lines.5.count"] == "1"
    assert seen.fields()["lines.4.name"] == "Tea"
    assert focused(seen) == ["order-lines-5-name"]
    assert not any("aria-invalid" in one for _, one in seen.elements)
    again = await made.refuses({**SENT, "lines.5.name": "", "hf-list": "add lines"})
    assert set(again.fields()) == set(seen.fields()), "the list is full"
    assert "add lines" not in [one.get("value") for _, one in again.elements]


async def test_a_button_removes_a_row_and_the_others_keep_their_names(made: Forms) -> None:
    made.show(Order)
    seen = await made.refuses({**SENT, "hf-list": "remove lines.2"})
    assert "lines.2.name" not in seen.fields()
    assert seen.fields()["lines.4.name"] == "Tea"
    assert focused(seen) == ["order-lines"]


async def test_rows_in_rows(made: Forms) -> None:
    made.show(Order)
    seen = await made.refuses({**SENT, "hf-list": "add lines.4.notes"})
    assert "lines.4.notes.0" in seen.fields()
    seen = await made.refuses({"emails": ["a", "b"], "hf-list": "remove emails.0"})
    assert seen.fields()["emails.1"] == "b" and "emails.0" not in seen.fields()


@pytest.mark.parametrize(
    "wish",
    ["", "add", "add ", "add title", "add lines.9.notes", "add __class__", "add lines.x", "add .",
     "remove lines", "remove lines.9", "remove title.0", "remove", "drop lines.2", "add emails.0",
     "add " + "lines.0." * 50_000, "remove " + "." * 1000],
)  # fmt: skip
async def test_a_button_that_no_form_has_changes_nothing(shared: Forms, wish: str) -> None:
    seen = await shared.refuses({**SENT, "hf-list": wish}, path=shared.shows(Order))
    assert {"lines.4.name", "lines.2.name"} <= set(seen.fields())
    assert len(seen.fields()) == 5


async def test_rows_do_not_go_deeper_than_their_names_can(made: Forms) -> None:
    made.show(Tree)
    name = "below.0"
    for _ in range(10):
        seen = await made.refuses({f"{name}.name": "x", "hf-list": f"add {name}.below"})
        if f"{name}.below.0.name" not in seen.fields():
            break
        name += ".below.0"
    assert name == "below.0.below.0.below.0"
    assert f"add {name}.below" not in [one.get("value") for _, one in seen.elements]


async def test_enter_sends_a_form_with_lists(made: Forms) -> None:
    made.show(Order)
    first = next(one for tag, one in Seen(await made.get()).elements if tag == "button")
    assert "name" not in first and first["aria-hidden"] == "true"
