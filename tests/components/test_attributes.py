"""Attributes that are given to a component beside its props."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from quart_hotframe.components import Attributes

from .conftest import Pages

BUTTON = "{% props label: str %}<button {{ attributes(class='button', type='button') }}>{{ label }}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("", 'class="button" type="button"'),
        ('class="wide"', 'class="button wide" type="button"'),
        ("class=['a', none, false, 'b c']", 'class="button a b c" type="button"'),
        ('type="submit" id="go"', 'class="button" type="submit" id="go"'),
        ("disabled", 'class="button" type="button" disabled'),
        ("disabled=false", 'class="button" type="button"'),
        ("data-id=3 aria-label='x'", 'class="button" type="button" data-id="3" aria-label="x"'),
        ('hx-on:click="go"', 'class="button" type="button" hx-on:click="go"'),
        ('x-on:click.once="go"', 'class="button" type="button" x-on:click.once="go"'),
        ('data_id=3 class_="a"', 'class="button a" type="button" data-id="3"'),
        ("attributes={'@click': 'go'}", 'class="button" type="button" @click="go"'),
        ("title='\"<&>\\''", 'class="button" type="button" title="&#34;&lt;&amp;&gt;&#39;"'),
    ],
)
async def test_they_are_printed_and_merged(pages: Pages, written: str, shown: str) -> None:
    pages.component("button", BUTTON)
    page = await pages.page('{% component "button" label="x" ' + written + " %}{% endcomponent %}")
    assert page == f"<button {shown}>x"


async def test_they_are_printed_as_they_are(pages: Pages) -> None:
    pages.component("one", "<p {{ attributes }}></p>")
    assert await pages.page('{% component "one" id="a" hidden %}{% endcomponent %}') == (
        '<p id="a" hidden></p>'
    )


async def test_a_template_looks_at_one_of_them(pages: Pages) -> None:
    pages.component("one", "{{ attributes.id or 'none' }}{{ attributes['data-x'] }}")
    assert await pages.page('{% component "one" id="a" data-x=1 %}{% endcomponent %}') == "a1"


@pytest.mark.parametrize("name", ["", "a b", 'a"', "a>", "a=", "a/", "a\n", "<", "é", "1a", 5])
def test_a_name_that_cannot_be_one_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        Attributes({name: "x"})


@pytest.mark.parametrize("name", ["onclick", "ONERROR", "onfuture"])
def test_an_inline_handler_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="inline handler"):
        Attributes({name: "x"})


def test_markup_keeps_its_entities_and_cannot_end_the_quotes() -> None:
    shown = Attributes({"title": Markup("a &amp; b\" onclick='x'>")}).__html__()
    assert shown == 'title="a &amp; b&#34; onclick=&#39;x&#39;&gt;"'
