"""What htmx says with a request, and what an answer tells it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from quart import Quart

from quart_hotframe import htmx
from quart_hotframe import page

from .conftest import Templates

TWO = {
    "HX-Request": "true",
    "HX-Current-URL": "http://localhost/a",
    "HX-Target": "list",
    "HX-Trigger": "save",
    "HX-Trigger-Name": "go",
    "HX-Prompt": "%C3%BC",
    "HX-Prompt-URI-AutoEncoded": "true",
}
FOUR = {
    "HX-Request": "true",
    "HX-Request-Type": "partial",
    "HX-Current-URL": "http://localhost/a",
    "HX-Target": "ul#l%C3%AF",
    "HX-Source": "button#save",
}
SAID = (
    "is_request", "wants_part", "version", "boosted", "history_restore", "current_url", "target",
    "trigger", "trigger_name", "prompt",
)  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (TWO, (True, True, 2, False, False, "http://localhost/a", "list", "save", "go", "ü")),
        (FOUR, (True, True, 4, False, False, "http://localhost/a", "lï", "save", None, None)),
        ({**FOUR, "HX-Request-Type": "full", "HX-Target": "body", "HX-Source": "a"},
         (True, False, 4, False, False, "http://localhost/a", None, None, None, None)),
        ({"HX-Request": "true", "HX-Boosted": "true"},
         (True, False, 2, True, False, None, None, None, None, None)),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"},
         (True, False, 2, False, True, None, None, None, None, None)),
        ({}, (False, False, None, False, False, None, None, None, None, None)),
    ],
)  # fmt: skip
async def test_a_request_of_either_version_is_read(
    app: Quart, headers: dict[str, str], expected: tuple[Any, ...]
) -> None:
    async with app.test_request_context("/", headers=headers):
        assert tuple(getattr(htmx, name) for name in SAID) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {}),
        ({"trigger": "saved"}, {"HX-Trigger": "saved"}),
        ({"trigger": ["saved", "hf:refresh:cart"]}, {"HX-Trigger": "saved, hf:refresh:cart"}),
        ({"trigger": {"saved": {"n": "ü\n"}}}, {"HX-Trigger": '{"saved": {"n": "\\u00fc\\n"}}'}),
        ({"trigger_after_swap": "a", "trigger_after_settle": "b"},
         {"HX-Trigger-After-Swap": "a", "HX-Trigger-After-Settle": "b"}),
        ({"redirect": "/ü?a=b c"}, {"HX-Redirect": "/%C3%BC?a=b%20c"}),
        ({"redirect": "https://example.org/"}, {"HX-Redirect": "https://example.org/"}),
        ({"location": "/a"}, {"HX-Location": "/a"}),
        ({"location": {"path": "/ü", "target": "#x"}},
         {"HX-Location": '{"path": "/%C3%BC", "target": "#x"}'}),
        ({"refresh": True}, {"HX-Refresh": "true"}),
        ({"push_url": "?page=2", "replace_url": "false"},
         {"HX-Push-Url": "?page=2", "HX-Replace-Url": "false"}),
        ({"reswap": "outerHTML swap:1s", "retarget": "#a > b", "reselect": ".c"},
         {"HX-Reswap": "outerHTML swap:1s", "HX-Retarget": "#a > b", "HX-Reselect": ".c"}),
    ],
)  # fmt: skip
def test_an_answer_has_the_headers(options: dict[str, Any], expected: dict[str, str]) -> None:
    assert htmx.headers(**options) == expected


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)",
        "java\tscript:alert(1)", "data:text/html,x", "vbscript:x",
        "/a\r\nSet-Cookie: a=b", "/a\x00", "/a\x85", "",
    ],
)  # fmt: skip
def test_an_address_that_is_no_page_is_refused(address: str) -> None:
    for name in ("redirect", "location", "push_url", "replace_url"):
        with pytest.raises(ValueError):
            htmx.headers(**{name: address})  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        htmx.headers(location={"path": address})


@pytest.mark.parametrize("name", ["", "a b", "a,b", '{"a": 1}', "ü", "a\nb"])
def test_what_is_no_name_of_an_event_is_refused(name: str) -> None:
    for events in (name, [name]):
        with pytest.raises(ValueError, match="is no name of an event"):
            htmx.headers(trigger=events)


@given(st.text(max_size=20))
@example("a\r\nSet-Cookie: b")
def test_no_value_ends_its_header(text: str) -> None:
    for name in ("trigger", "redirect", "location", "push_url", "replace_url", "reswap",
                 "retarget", "reselect"):  # fmt: skip
        try:
            found = htmx.headers(**{name: text})  # type: ignore[arg-type]
        except ValueError:
            continue
        (value,) = found.values()
        assert value.isascii() and value.isprintable()
    (value,) = htmx.headers(trigger={text: text}).values()
    assert value.isascii() and value.isprintable() and json.loads(value) == {text: text}


async def test_a_page_returns_them_after_its_variables(made: Templates) -> None:
    made.write(index="{% block rows %}{{ n }}{% endblock %}")

    @made.app.get("/")
    @page("index.html", block="rows")
    async def index() -> tuple[dict[str, int], dict[str, str]]:
        return {"n": 1}, htmx.headers(trigger="saved")

    response = await made.get(hx_request="true")
    assert response.headers["HX-Trigger"] == "saved"
