"""What is said about a wrong value."""

from __future__ import annotations

from datetime import date
from datetime import time
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated
from typing import Any
from uuid import UUID

import pytest
from pydantic import AnyUrl
from pydantic import BaseModel
from pydantic import create_model
from pydantic import Field
from pydantic import PastDate
from quart.testing.app import LifespanError

from quart_hotframe.errors import ConfigurationError
from quart_hotframe.forms import Problem

from .conftest import Forms


class Size(Enum):
    SMALL = "small"


TEXTS = [
    (int, "1.5", "Write a whole number."),
    (float, "x", "Write a number."),
    (Decimal, "x", "Write a number."),
    (Annotated[Decimal, Field(decimal_places=1)], "1.25", "Write 1 decimal places or fewer."),
    (Annotated[int, Field(gt=1, lt=9)], "9", "The number must be less than 9."),
    (Annotated[int, Field(gt=1)], "1", "The number must be more than 1."),
    (Annotated[int, Field(multiple_of=5)], "4", "The number must be a multiple of 5."),
    (Annotated[str, Field(max_length=3)], "long", "Write 3 characters or fewer."),
    (Annotated[str, Field(pattern="^a$")], "b", "This is not in the form that is asked for."),
    (Size | None, "x", "Choose one of the values that are offered."),
    (date, "x", "Write a date, such as 2026-03-31."),
    (PastDate, "9999-01-01", "The date must be in the past."),
    (time, "x", "Write a time, such as 16:30."),
    (AnyUrl, "x", "Write a whole address, such as https://example.org/."),
    (UUID, "x", "This is not in the form that is asked for."),
    (date, "", "Fill this in."),
    (Annotated[list[str], Field(min_length=2)], "a", "Give 2 or more."),
    (complex, "x", None),
]


@pytest.mark.parametrize(("kind", "sent", "wanted"), TEXTS)
async def test_the_text(shared: Forms, kind: Any, sent: str, wanted: str | None) -> None:
    found: dict[str, Any] = {"it": (kind, ...)}
    path = shared.shows(create_model("Thing", **found))
    seen = await shared.refuses({"it": sent}, path=path)
    assert wanted is None or wanted in seen.text


def translate(problem: Problem) -> str | None:
    if problem.type == "string_too_long":
        return f"{problem.field}: höchstens {problem.context['max_length']}"
    return None


class Thing(BaseModel):
    text: Annotated[str, Field(max_length=3)]
    count: int


@pytest.mark.parametrize(
    "made",
    [
        {"HOTFRAME_FORM_MESSAGES": translate},
        {"HOTFRAME_FORM_MESSAGES": f"{__name__}:translate"},
    ],
    indirect=True,
)
async def test_an_app_says_it_in_its_own_words(made: Forms) -> None:
    made.show(Thing)
    seen = await made.refuses({"text": "long", "count": "x"})
    assert "text: höchstens 3" in seen.text
    assert "Write a whole number." in seen.text


@pytest.mark.parametrize("name", ["no.such:thing", f"{__name__}:TEXTS"])
async def test_words_that_are_no_function_stop_the_start(tmp_path: Path, name: str) -> None:
    made = Forms(tmp_path, {"HOTFRAME_FORM_MESSAGES": name})
    with pytest.raises(LifespanError, match="HOTFRAME_FORM_MESSAGES"):
        async with made.app.test_app():
            pass


def test_words_must_be_a_function(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="HOTFRAME_FORM_MESSAGES must be a function"):
        Forms(tmp_path, {"HOTFRAME_FORM_MESSAGES": 7})
