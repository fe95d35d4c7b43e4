"""What users wrote stays text: in props, attributes, their names, slots and defaults."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from markupsafe import Markup
from quart import Quart
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe import render_component
from quart_hotframe.errors import ComponentError
from tests.support.markup import Seen
from tests.support.modules import write_file

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus="alert(1)" x="',
    "{{ 7 * 7 }}{% component 'card' %}",
    "--><svg/onload=alert(1)>",
    "]]></div>&lt;b&gt;",
    "javascript:alert(1)",
]
TEXTS = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
NAMES = st.sampled_from(
    ["onclick", "a onload", 'a"', "a>", "data-x", "x/y", "=", "", "onERROR", "class", "@click"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


class Fragment(Seen):
    """A part of a page, in which no declaration stands."""

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Quart:
    folder: Path = tmp_path_factory.mktemp("app")
    write_file(
        folder / "components/card.html",
        "{% props title: str %}<div {{ attributes(class='card') }}>{{ title }}"
        "{% slot %}{% endslot %}</div>",
    )
    write_file(
        folder / "components/prepared.py",
        "from quart_hotframe import Component, Prop\n"
        "class Prepared(Component):\n"
        "    title: Prop[str]\n"
        "    def context(self): return {'shown': self.title}\n",
    )
    write_file(
        folder / "components/prepared.html", "<p title='{{ shown }}'>{{ shown }}{{ title }}</p>"
    )
    app = Quart("safe", root_path=str(folder))
    HotFrame(app)
    return app


def page(app: Quart, text: str, **context: Any) -> Seen:
    async def render() -> str:
        async with app.app_context():
            return await render_template_string(text, **context)

    return Fragment(asyncio.run(render()))


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_props_attributes_and_slots_stay_text(
    app: Quart, title: str, label: str, body: str
) -> None:
    seen = page(
        app,
        '{% component "card" title=title data-x=label class=label %}{{ body }}{% endcomponent %}',
        title=title, label=label, body=body,
    )  # fmt: skip
    ((tag, attributes),) = seen.elements
    assert (tag, set(attributes)) == ("div", {"class", "data-x"})
    assert attributes["data-x"] == label
    assert (attributes["class"] or "").split() == ["card", *label.split()]
    assert seen.text == title + body


@settings(max_examples=60, deadline=None)
@given(TEXTS, TEXTS)
def test_the_function_escapes_as_the_tag_does(app: Quart, title: str, body: str) -> None:
    async def render() -> str:
        async with app.app_context():
            return await render_component(
                "card", title=title, title_=title, slots={"default": body}
            )

    seen = Fragment(asyncio.run(render()))
    assert seen.text == title + body
    assert len(seen.elements) == 1


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_what_a_class_prepares_stays_text(app: Quart, title: str) -> None:
    seen = page(app, '{% component "prepared" title=title %}{% endcomponent %}', title=title)
    assert seen.elements == [("p", {"title": title})]
    assert seen.text == title + title


@settings(max_examples=200, deadline=None)
@given(NAMES, TEXTS)
def test_a_name_makes_one_attribute_or_is_refused(app: Quart, name: str, value: str) -> None:
    use = '{% component "card" title="" attributes={name: value} %}{% endcomponent %}'
    try:
        seen = page(app, use, name=name, value=value)
    except ComponentError:
        return
    ((tag, attributes),) = seen.elements
    assert (tag, set(attributes)) == ("div", {"class", name.lower()})
    assert not name.lower().startswith("on") or "-" in name or "." in name or ":" in name


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_markup_in_an_attribute_stays_in_its_quotes(app: Quart, value: str) -> None:
    use = '{% component "card" title="" data-x=value %}{% endcomponent %}'
    seen = page(app, use, value=Markup(value))
    ((tag, attributes),) = seen.elements
    assert (tag, set(attributes)) == ("div", {"class", "data-x"})
