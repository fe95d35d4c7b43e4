"""Values that components take from around them, when they say so."""

from __future__ import annotations

from quart_hotframe import render_component

from .conftest import Pages

TAKES = """\
from quart_hotframe import Component
from quart_hotframe.components import Context


class Takes(Component):
    theme: Context[str] = "plain"
"""
GIVES = """\
from typing import Any
from quart_hotframe import Component, Prop


class Gives(Component):
    theme: Prop[str]

    def provide(self) -> dict[str, Any]:
        return {"theme": self.theme}
"""
USE = '{% component "takes" %}{% endcomponent %}'


def write(pages: Pages) -> None:
    pages.component("takes", "{{ theme }};", TAKES)
    pages.component("gives", "{% slot %}{% endslot %}" + USE, GIVES)
    pages.component("between", "{% slot %}{% endslot %}" + USE)


async def test_it_is_the_default_where_nobody_provides_it(pages: Pages) -> None:
    write(pages)
    assert await pages.page(USE) == "plain;"


async def test_the_page_provides_also_through_components_that_do_not_care(pages: Pages) -> None:
    write(pages)
    page = '{% component "between" %}' + USE + "{% endcomponent %}"
    assert await pages.page(page, theme="dark") == "dark;dark;"


async def test_context_processors_provide(pages: Pages) -> None:
    write(pages)

    @pages.app.context_processor
    def themes() -> dict[str, str]:
        return {"theme": "processed"}

    assert await pages.page(USE) == "processed;"
    pages.component("calls", "{{ render_component('takes') }}")
    assert await pages.page('{% component "calls" %}{% endcomponent %}') == "processed;"
    async with pages.app.app_context():
        assert await render_component("takes") == "processed;"


async def test_a_component_around_provides_to_slots_and_to_its_own_template(pages: Pages) -> None:
    write(pages)
    page = '{% component "gives" theme="red" %}{% component "between" %}' + USE
    page += "{% endcomponent %}{% endcomponent %}" + USE
    assert await pages.page(page, theme="dark") == "red;red;red;dark;"


async def test_the_nearest_provides(pages: Pages) -> None:
    write(pages)
    page = '{% component "gives" theme="a" %}{% component "gives" theme="b" %}'
    page += USE + "{% endcomponent %}" + USE + "{% endcomponent %}"
    assert await pages.page(page) == "b;b;a;a;"


async def test_what_is_missing_or_wrong_is_told(pages: Pages) -> None:
    pages.component("takes", "{{ theme }}", TAKES.replace(' = "plain"', ""))
    assert await pages.fault(USE) == (
        "PropError: app/templates/page.html:1: The component 'takes' needs 'theme' (str) from the "
        "page or a component around it."
    )
    assert await pages.fault(USE, theme=5) == (
        "PropError: app/templates/page.html:1: The component 'takes' gets a wrong 'theme' from "
        "around it: it must be str, not int."
    )
