"""The same model as JSON, and in OpenAPI."""

from __future__ import annotations

from typing import Annotated
from typing import Any
from typing import cast

import pytest
from pydantic import BaseModel
from pydantic import Field
from pydantic import model_validator
from quart import jsonify
from quart_schema import DataSource
from quart_schema import document_request
from quart_schema import QuartSchema

from quart_hotframe import page
from quart_hotframe.forms import Form

from .conftest import Forms


class Line(BaseModel):
    name: Annotated[str, Field(min_length=2)]


class Order(BaseModel):
    count: Annotated[int, Field(ge=1)]
    lines: list[Line] = []
    table: dict[str, int] = {}

    @model_validator(mode="after")
    def fitting(self) -> Order:
        if self.count == 13:
            raise ValueError("Not 13.")
        return self


async def send(made: Forms, **options: Any) -> tuple[int, Any]:
    answer = await made.app.test_client().post("/", **options)
    return answer.status_code, await answer.get_json()


def show(made: Forms) -> None:
    @made.app.route("/", methods=["GET", "POST"])
    @page("page.html", block="form")
    @document_request(Order, source=DataSource.FORM)
    async def order() -> Any:
        form = await Form.read(Order, choices={"count": {1: "One", 2: "Two", 13: "x", 5: "y"}})
        if form.valid and form.data.count == 5:
            form.add_error("lines", "Too many.")
        if form.valid:
            return jsonify(form.data.model_dump()), 201
        return {"form": form}


async def test_json_is_validated_by_the_same_model(made: Forms) -> None:
    show(made)
    data = {"count": 2, "lines": [{"name": "Tea"}], "table": {"a": 1}}
    assert await send(made, json=data) == (201, data)


def refusal(message: str = "Some values do not fit.", **fields: Any) -> dict[str, Any]:
    return {"error": "unprocessable_entity", "message": message, "fields": fields}


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"count": 0}, refusal(count=["The number must be 1 or more."])),
        ({}, refusal(count=["Choose one."])),
        ({"count": 3}, refusal(count=["Choose one of the values that are offered."])),
        ({"count": 13}, refusal("Not 13.")),
        ({"count": 5}, refusal(lines=["Too many."])),
        ([], refusal("Send an object.")),
        ({"count": 1, "lines": [{"name": "Tea"}, {"name": "T"}]},
         refusal(**cast(Any, {"lines.1.name": ["Write 2 characters or more."]}))),
        ({"count": 1, "table": {"a": "b"}},
         refusal(**cast(Any, {"table.a": ["Write a whole number."]}))),
    ],
)  # fmt: skip
async def test_json_that_does_not_fit_gets_json(made: Forms, data: Any, wanted: Any) -> None:
    show(made)
    assert await send(made, json=data) == (422, wanted)


@pytest.mark.parametrize("text", [b"{", b"", b"[" * 100_000, b'{"count": \xff}'])
async def test_what_is_no_json_is_a_bad_request(made: Forms, text: bytes) -> None:
    show(made)
    headers = {"Content-Type": "application/json"}
    answer = await made.app.test_client().post("/", data=text, headers=headers)
    assert answer.status_code == 400


async def test_the_operation_is_in_the_openapi_document(made: Forms) -> None:
    QuartSchema(made.app)
    show(made)
    document = await (await made.app.test_client().get("/openapi.json")).get_json()
    content = document["paths"]["/"]["post"]["requestBody"]["content"]
    schema = content["application/x-www-form-urlencoded"]["schema"]
    assert schema["properties"]["count"]["minimum"] == 1
    assert await send(made, json={"count": 1}) == (201, {"count": 1, "lines": [], "table": {}})
