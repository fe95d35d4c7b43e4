"""What strangers send: it stays text, and never is an error of the server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from typing import Any
from typing import Literal
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic import Field

from quart_hotframe.forms import Upload
from tests.support.markup import Seen

from .conftest import Forms

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '" autofocus onfocus="alert(1)" x="',
    "</textarea><svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% component 'card' %}",
    "javascript:alert(1)",
]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(NASTY)
KNOWN = ["text", "long", "count", "tags", "line.name", "lines.0.name", "lines", "lines.1",
         "lines.0", "words.0", "words", "hf-list", "file", "choice", "agreed",
         "lines.0.below.0.name", "__class__", "model_fields", "lines.-1.name", "words.99999",
         "HF-CSRF"]  # fmt: skip
WISH = st.sampled_from(["add lines", "remove lines.0", "add words", "add lines.0.below", "add x"])
SENT = st.lists(
    st.tuples(st.sampled_from(KNOWN) | TEXT, TEXT | WISH | st.sampled_from(["1", "new"])),
    max_size=12,
)


class Line(BaseModel):
    name: str
    below: list["Line"] = []  # noqa: UP037


class Thing(BaseModel):
    text: Annotated[str, Field(max_length=10)]
    long: Annotated[str, Field(max_length=300)] = ""
    count: int = 1
    tags: list[Literal["new", "used"]] = []
    choice: Literal["a", "b"] | None = None
    line: Line | None = None
    lines: list[Line] = []
    words: Annotated[list[str], Field(max_length=3)] = []
    agreed: Literal[True]
    file: Upload | None = None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    site = Forms(tmp_path_factory.mktemp("hostile"), {})
    site.show(Thing)
    return site


def post(site: Forms, pairs: Any) -> tuple[int, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return asyncio.run(site.send(None, data=urlencode(pairs), headers=headers))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(SENT)
def test_nothing_that_is_sent_fails_or_becomes_markup(site: Forms, pairs: Any) -> None:
    status, text = post(site, pairs)
    assert status in (200, 422)
    if status == 200:
        return
    for tag, attributes in Seen(text).elements:
        assert tag not in ("script", "img", "svg")
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("nasty", NASTY)
def test_nasty_texts_stay_in_their_fields(site: Forms, nasty: str) -> None:
    _, text = post(site, [("text", nasty), ("long", nasty), ("lines.0.name", nasty)])
    seen = Seen(text)
    assert seen.fields()["text"] == seen.fields()["lines.0.name"] == nasty
    assert nasty in seen.text, "in the textarea"


async def test_words_of_models_and_choices_are_escaped(made: Forms) -> None:
    class Odd(BaseModel):
        """<script>"""

        it: str = Field("", title=NASTY[1], description=NASTY[0])
        one: int = 0

    made.show(Odd, choices={"one": {NASTY[0]: NASTY[1]}}, initial={"it": NASTY[2]}, id="a")
    seen = Seen(await made.get())
    assert NASTY[1] in seen.text and NASTY[0] in seen.text
    assert not {tag for tag, _ in seen.elements} & {"script", "img"}


@pytest.mark.parametrize(
    "made", [{"MAX_FORM_PARTS": 20, "MAX_FORM_MEMORY_SIZE": 2_000}], indirect=True
)
@pytest.mark.parametrize(
    "options",
    [
        {"data": urlencode([("words", "x")] * 21)},
        {"data": urlencode([("text", "x" * 2_000)])},
        {"json": {"text": "x" * 2_000}},
        {"form": {f"words.{n}": "x" for n in range(21)}, "files": {}},
    ],
)
async def test_a_form_that_is_too_large_is_refused(made: Forms, options: Any) -> None:
    made.show(Thing)
    if "data" in options:
        options["headers"] = {"Content-Type": "application/x-www-form-urlencoded"}
    status, _ = await made.send(None, **options)
    assert status == 413


@pytest.mark.parametrize("made", [{"MAX_FORM_MEMORY_SIZE": 2_000}], indirect=True)
async def test_the_limit_of_a_view_holds_too(made: Forms, tmp_path: Path) -> None:
    made.show(Thing)
    made.app.config["MAX_CONTENT_LENGTH"] = 100
    status, _ = await made.send({"text": "x" * 200})
    assert status == 413


async def test_json_gives_a_bounded_answer(made: Forms) -> None:
    made.show(Thing)
    answer = await made.app.test_client().post("/", json={"words": [1] * 5_000})
    assert answer.status_code == 422
    assert len((await answer.get_json())["fields"]) <= 100
