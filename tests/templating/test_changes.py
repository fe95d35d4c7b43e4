"""Rows of lists and attributes of elements change without HTML of what is around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from markupsafe import escape
from markupsafe import Markup

from quart_hotframe import patches
from quart_hotframe.errors import SetupError
from quart_hotframe.templating.patches import Patches

from .conftest import Templates
from .test_patches import body_of

ROW = Markup('<li data-key="7">7</li>')


async def changes(made: Templates, answer: Patches) -> Any:
    return json.loads(await body_of(made, answer, "native"))["patches"]


async def test_rows_are_put_moved_and_dropped_by_their_keys(made: Templates) -> None:
    made.write(row='<li data-key="{{ id }}">{{ text }}</li>')
    answer = (
        patches.put("rows", "row.html", at="start", limit=50, id=7, text="<b>")
        .put("rows", ROW, before='"2"')
        .put("rows", ROW)
        .move("rows", 7, "x<", at="end")
        .drop("rows", escape("a&b"))
    )
    row = {"action": "list", "target": "rows"}
    assert await changes(made, answer) == [
        {**row, "html": '<li data-key="7">&lt;b&gt;</li>', "at": "start", "limit": 50},
        {**row, "html": str(ROW), "before": '"2"'},
        {**row, "html": str(ROW)},
        {**row, "move": ["7", "x<"], "at": "end"},
        {**row, "drop": ["a&b"]},
    ]


async def test_attributes_change_and_go(made: Templates) -> None:
    values = {
        "disabled": True, "title": '"><script>', "hidden": False, "class": None,
        "aria-expanded": False, "ARIA-busy": True, "tabindex": 0, "href": Markup("/a?b&amp;c"),
    }  # fmt: skip
    assert await changes(made, patches.attributes("save", values)) == [
        {
            "action": "attributes",
            "target": "save",
            "values": {
                "disabled": "", "title": '"><script>', "hidden": None, "class": None,
                "aria-expanded": "false", "aria-busy": "true", "tabindex": "0", "href": "/a?b&c",
            },
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("onclick", "x", "inline handler"),
        ("ONload", None, "inline handler"),
        ("style", "top:0", "change the class"),
        ("srcdoc", "x", "page of its own"),
        ("nonce", "x", "secret"),
        ("hf-click", "x", "tells a client"),
        ("data-hf-busy", "", "tells a client"),
        ("x-on", "x", "tells a client"),
        ("hx-get", "x", "tells a client"),
        ("@click", "x", "cannot be the name"),
        (":class", "x", "cannot be the name"),
        ('a"b', "x", "cannot be the name"),
        ("a\n", "x", "cannot be the name"),
        ("", "x", "cannot be the name"),
        (5, "x", "cannot be the name"),
        ("href", "javascript:alert(1)", "could run code"),
        ("HREF", " JaVa\tScript:alert(1)", "could run code"),
        ("href", Markup("javascript&colon;alert(1)"), "could run code"),
        ("src", "data:text/html,x", "could run code"),
        ("formaction", "vbscript:x", "could run code"),
        ("action", "javascript:x", "could run code"),
    ],
)
def test_an_attribute_that_could_run_code_is_refused(name: Any, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        patches.attributes("a", {name: value})


@pytest.mark.parametrize(
    ("do", "error", "said"),
    [
        (lambda: patches.put("a", ROW, at="top"), ValueError, "start, end, not 'top'"),  # type: ignore[arg-type]
        (lambda: patches.put("a", ROW, at="end", before=1), ValueError, "at or before"),
        (lambda: patches.put("a", ROW, limit=0), ValueError, "from 1, not 0"),
        (lambda: patches.put("#a", ROW), ValueError, "no id"),
        (lambda: patches.move("a", 1), ValueError, "needs a place"),
        (lambda: patches.move("a", at="end"), ValueError, "1 to 1000 keys"),
        (lambda: patches.drop("a"), ValueError, "1 to 1000 keys"),
        (lambda: patches.drop("a", *range(1001)), ValueError, "1 to 1000 keys"),
        (lambda: patches.drop("a", None), TypeError, "None is no key"),  # type: ignore[arg-type]
        (lambda: patches.drop("a", True), TypeError, "True is no key"),
        (lambda: patches.attributes("a", {}), ValueError, "given none"),
    ],
)
def test_what_makes_no_sense_is_refused(
    do: Callable[[], Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        do()


@pytest.mark.parametrize(
    "html",
    [
        "<li>",
        "text",
        "",
        "<li title=' data-key='>",
        '<li title="> data-key=1">',
        "&lt;li data-key=1>",
    ],
)
async def test_a_row_without_a_key_is_refused(made: Templates, html: str) -> None:
    with pytest.raises(ValueError, match="rows with a key"):
        await changes(made, patches.put("a", Markup(html)))


@pytest.mark.parametrize(
    "html", ["<li data-key=1>", "\n<!-- <p> --><tr\nid='>' data-key = '1'>", '<li data-key="1"/>']
)
async def test_a_key_is_found_wherever_it_stands(made: Templates, html: str) -> None:
    assert len(await changes(made, patches.put("a", Markup(html)))) == 1


@pytest.mark.parametrize("client", ["htmx2", "htmx4", "turbo"])
@pytest.mark.parametrize(
    "answer", [patches.put("a", ROW), patches.attributes("a", {"hidden": True})]
)
async def test_clients_that_others_made_are_told_not_to_have_them(
    made: Templates, client: str, answer: Patches
) -> None:
    with pytest.raises(SetupError, match="for HotFrame's own client"):
        await body_of(made, answer, client)
