"""Macros of Jinja beside components, and what is told where async stands in the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup

from quart_hotframe import render_component
from tests.support.modules import write_file
from tests.support.sites import serving

from .conftest import Pages

MACROS = """\
{% macro plain(x) %}<b>{{ x }}</b>{% endmacro %}
{% macro used(x) %}{% component "card" title=x %}{% endcomponent %}{% endmacro %}
{% macro called(x) %}{{ render_component("card", title=x) }}{% endmacro %}
{% macro waiting(x) %}{{ later(x) }}{% endmacro %}
{% macro usual(x=later("<d>")) %}{{ x }}{% endmacro %}
{% macro box() %}[{{ caller() }}]{% endmacro %}
"""
CALLS = "{{ plain('<a>') }}{{ used('<a>') }}{{ called('<a>') }}{{ waiting('<a>') }}{{ usual() }}"
SHOWN = "<b>&lt;a&gt;</b>" + "<c>&lt;a&gt;</c>" * 2 + "later &lt;a&gt;later &lt;d&gt;"
NAMES = "plain, used, called, waiting, usual, box"
WORKING = {
    MACROS + CALLS: SHOWN,
    f"{{% from 'macros.html' import {NAMES} %}}" + CALLS: SHOWN,
    f"{{% from 'macros.html' import {NAMES} with context %}}" + CALLS: SHOWN,
    "{% import 'macros.html' as m %}{{ m.used('a') }}{{ m.waiting('a') }}": "<c>a</c>later a",
    "{% from 'macros.html' import box %}{% call box() %}{{ later(1) }}{% component 'card' title='x'"
    " %}{% endcomponent %}{% endcall %}": "[later 1<c>x</c>]",
    "{% from 'macros.html' import used %}{% set a = used('a') %}{{ [a, used('b')] | join }}": (
        "<c>a</c><c>b</c>"
    ),
    "{% from 'macros.html' import waiting %}{% component 'card' title=waiting('p') %}"
    "{% endcomponent %}": "<c>later p</c>",
    "{% from 'macros.html' import waiting %}{% component 'calls' item=waiting %}"
    "{% endcomponent %}": "later 1",
    "{% component 'imports' %}{% endcomponent %}": "<c>u</c>later u",
    "{% from 'macros.html' import used %}{{ used | apply('a') }}": "<c>a</c>",
    "{% from 'macros.html' import used %}{{ used | each('ab') }}": "<c>a</c><c>b</c>",
}
PLACE = "app/templates/page.html:3: "
SHOWS = "TemplateRuntimeError: " + PLACE + "This would show a coroutine as text."
MACRO = (
    " It is a macro that Python code has called without awaiting it: write the filter, test or "
    "function that calls it with async def."
)
UNAWAITED = " It comes from later(), which nobody has awaited: write await."
WRONG = {
    "{% for x in listed(plain) %}{{ x }}{% endfor %}": SHOWS + MACRO,
    "{{ forgotten }}": SHOWS + UNAWAITED,
    "<p title='{{ forgotten }}'>": SHOWS + UNAWAITED,
    "{% component 'card' title=forgotten %}{% endcomponent %}": (
        "PropError: " + PLACE + "The component 'card' has a wrong prop: 'title' must be str, not "
        "coroutine: await it."
    ),
    "{% component 'card' title=plain %}{% endcomponent %}": (
        "PropError: " + PLACE + "The component 'card' has a wrong prop: 'title' must be str, not "
        "Macro: call it, plain(…)."
    ),
    "{% component 'card' title='x' id=forgotten %}{% endcomponent %}": (
        "PropError: " + PLACE + "The component 'card' gets a coroutine as 'id'." + UNAWAITED
    ),
}  # fmt: skip


async def later(x: Any) -> str:
    await asyncio.sleep(0)
    return f"later {x}"


async def each(macro: Callable[[str], Any], texts: str) -> Markup:
    return Markup("").join([await macro(text) for text in texts])


def prepare(pages: Pages) -> Pages:
    write_file(pages.root / "templates/macros.html", MACROS)
    pages.component(
        "card",
        "{% props title: str %}<c{% if attributes %} {{ attributes }}{% endif %}>{{ title }}</c>",
    )
    pages.component("calls", "{% props item: any %}{{ item(1) }}")
    pages.component(
        "imports",
        "{% from 'macros.html' import used, waiting %}{{ used('u') }}{{ waiting('u') }}",
    )
    environment = pages.app.jinja_env
    environment.globals.update(later=later, listed=lambda macro: [macro("a")])
    environment.filters.update(each=each, apply=lambda macro, text: macro(text))
    return pages


@pytest.fixture
async def debugged(tmp_path: Path) -> AsyncIterator[Pages]:
    """A serving site in debug mode."""
    pages = Pages(tmp_path, {})
    pages.app.debug = True
    async with serving(pages):
        yield prepare(pages)


@pytest.mark.parametrize("page", WORKING)
async def test_a_macro_may_use_components_and_what_waits(debugged: Pages, page: str) -> None:
    assert await debugged.page(page) == WORKING[page]


@pytest.mark.parametrize("page", WRONG)
async def test_what_nobody_awaited_is_told_with_its_place(debugged: Pages, page: str) -> None:
    forgotten = later("v")
    text = f"{{% from 'macros.html' import plain %}}\n\n{page}"
    assert await debugged.fault(text, forgotten=forgotten) == WRONG[page]
    forgotten.close()


async def test_python_awaits_a_macro(pages: Pages) -> None:
    prepare(pages)
    async with pages.app.app_context():
        template = pages.app.jinja_env.get_template("macros.html")
        module: Any = await template.make_module_async()
        assert await module.used("<a>") == "<c>&lt;a&gt;</c>"
        shown = await render_component("card", title=await module.waiting("a"))
        assert shown == "<c>later a</c>"


async def test_an_app_that_finalizes_its_outputs_goes_on_with_that(tmp_path: Path) -> None:
    pages = Pages(tmp_path, {})
    pages.app.debug = True
    pages.app.jinja_env.finalize = lambda value: "-" if value is None else value
    async with serving(pages):
        assert await pages.page("{{ x }}{{ 1 }}", x=None) == "-1"
