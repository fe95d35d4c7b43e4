"""What a wrong use is told, word by word."""

from __future__ import annotations

import pytest

from quart_hotframe import render_component
from quart_hotframe.errors import PropError

from .conftest import Pages

CARD = """\
{% props title: str, level: int = 1, tone: "info" | "warn" = "info" %}
<div {{ attributes }}>{{ title }}{% slot %}{% endslot %}{% slot "footer" %}{% endslot %}</div>
"""
PLACE = "app/templates/page.html:3: "
GOLDEN = {
    '{% component "crad" %}{% endcomponent %}': (
        "ComponentNotFound: " + PLACE + "There is no component 'crad'. Did you mean 'card'?"
    ),
    '{% component "shop:card" %}{% endcomponent %}': (
        "ComponentNotFound: "
        + PLACE
        + "There is no component 'shop:card'. Did you mean 'app:card'?"
    ),
    '{% component "card" %}{% endcomponent %}': (
        "PropError: " + PLACE + "The component 'card' needs the prop 'title' (str)."
    ),
    '{% component "card" titel="x" %}{% endcomponent %}': (
        "PropError: " + PLACE + "The component 'card' has no prop 'titel'. Did you mean 'title'?"
    ),
    '{% component "card" title="x" colour="red" %}{% endcomponent %}': (
        "PropError: "
        + PLACE
        + "The component 'card' has no prop 'colour'. It has: title, level, tone."
    ),
    '{% component "card" title="x" level="2" %}{% endcomponent %}': (
        "PropError: "
        + PLACE
        + "The component 'card' has a wrong prop: 'level' must be int, not str."
    ),
    '{% component "card" title="x" tone="loud" %}{% endcomponent %}': (
        "PropError: "
        + PLACE
        + "The component 'card' has a wrong prop: 'tone' must be 'info' | 'warn', not str."
    ),
    '{% component "card" title=nobody %}{% endcomponent %}': (
        "PropError: "
        + PLACE
        + "The component 'card' has a wrong prop: 'title' must be str, and is undefined: "
        "'nobody' is undefined."
    ),
    '{% component "card" title="x" %}{% slot "foter" %}{% endslot %}{% endcomponent %}': (
        "ComponentError: "
        + PLACE
        + "The component 'card' has no slot 'foter'. Did you mean 'footer'?"
    ),
    '{% component "card" title="x" %}{% slot "aside" %}{% endslot %}{% endcomponent %}': (
        "ComponentError: "
        + PLACE
        + "The component 'card' has no slot 'aside'. It has: default, footer."
    ),
    '{% component "plain" %}text{% endcomponent %}': (
        "ComponentError: " + PLACE + "The component 'plain' has no slot 'default'."
    ),
    '{% component "plain" id="x" %}{% endcomponent %}': (
        "PropError: " + PLACE + "The component 'plain' takes no 'id': its template prints no "
        "{{ attributes }}."
    ),
    '{% component "card" title="x" attributes={"a b": 1} %}{% endcomponent %}': (
        "ComponentError: " + PLACE + "'a b' cannot be the name of an attribute."
    ),
    '{{ render_component("card", titel="x") }}': (
        "PropError: " + PLACE + "The component 'card' has no prop 'titel'. Did you mean 'title'?"
    ),
    '{% component "listing" %}\n{% slot "row" let rwo %}{% endslot %}{% endcomponent %}': (
        "ComponentError: app/templates/page.html:4: The slot 'row' of the component 'listing' "
        "gives no 'rwo'. Did you mean 'row'?"
    ),
    '{% component "listing" %}{% slot "row" let index, zebra %}{% endslot %}{% endcomponent %}': (
        "ComponentError: "
        + PLACE
        + "The slot 'row' of the component 'listing' gives no 'zebra'. It gives: row, index."
    ),
    '{% component "card" title="x" %}{% slot "footer" let row %}{% endslot %}{% endcomponent %}': (
        "ComponentError: "
        + PLACE
        + "The slot 'footer' of the component 'card' gives no 'row'. It gives nothing."
    ),
    '{% component "listing" %}{% slot "row" row=1 %}{% endslot %}{% endcomponent %}': (
        "TemplateSyntaxError: The place of the slot 'row' gives values, in the component's "
        "template. Here they are taken: write let row."
    ),
    "{% slot %}{% endslot %}": (
        "ComponentError: "
        + PLACE
        + "{% slot %} stands directly in {% component %}, or in the template of a component."
    ),
    '{% component "card" %}{% if 1 %}{% slot %}{% endslot %}{% endif %}{% endcomponent %}': (
        "TemplateSyntaxError: {% slot %} stands directly in {% component %}: write what it depends "
        "on inside it."
    ),
    "{% props a: str %}": (
        "TemplateSyntaxError: {% props %} belongs into the template of a component."
    ),
}


@pytest.mark.parametrize("use", GOLDEN)
async def test_it_says_what_where_and_what_was_meant(pages: Pages, use: str) -> None:
    pages.component("card", CARD)
    pages.component("plain", "<b></b>")
    pages.component("listing", '{% slot "row" row=1, index=2 %}{% endslot %}')
    assert await pages.fault(f"\n\n{use}") == GOLDEN[use]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        ('{% component "card" a=1 a=2 %}{% endcomponent %}', "'a' stands there twice"),
        ('{% component "card" data-a=1 data-a=2 %}{% endcomponent %}', "'data-a' stands there"),
        ('{% component "card" a- %}{% endcomponent %}', "'a-' is not a whole name"),
        (
            '{% component "card" %}{% slot "a" %}{% endslot %}{% slot "a" %}{% endslot %}'
            "{% endcomponent %}",
            "The slot 'a' is filled twice",
        ),
        (
            '{% component "card" %}x{% slot %}{% endslot %}{% endcomponent %}',
            "The default slot is filled twice",
        ),
        ('{% component "card" %}{% slot "a b" %}{% endslot %}{% endcomponent %}', "cannot be the"),
        ('{% component "card" %}', "Unexpected end of template"),
        ('{% slot "a" let b, b %}{% endslot %}', "'b' stands there twice"),
        ('{% slot "a" b=1, b=2 %}{% endslot %}', "'b' stands there twice"),
        ('{% slot "a" let caller %}{% endslot %}', "'caller' cannot be taken"),
        ('{% slot "a" let %}{% endslot %}', "expected token 'name'"),
        ('{% slot "a" b %}{% endslot %}', "expected token '='"),
    ],
)
async def test_what_cannot_be_read_is_a_syntax_error(pages: Pages, use: str, message: str) -> None:
    told = await pages.fault(use)
    assert told.startswith("TemplateSyntaxError: ")
    assert message in told


async def test_a_class_that_prepares_nothing_is_told(pages: Pages) -> None:
    code = """\
        from quart_hotframe import Component


        class Card(Component):
            def context(self):
                self.price = 5
        """
    pages.component("card", "{{ price }}", code)
    assert await pages.fault('{% component "card" %}{% endcomponent %}') == (
        "ComponentError: app/templates/page.html:1: Card.context() must return a dict, not "
        "NoneType."
    )


async def test_in_a_component_the_place_is_that_of_its_own_template(pages: Pages) -> None:
    pages.component("card", CARD)
    pages.component("outer", "\n{% component 'card' titel=1 %}{% endcomponent %}")
    assert (await pages.fault('{% component "outer" %}{% endcomponent %}')).startswith(
        "PropError: app/components/outer.html:2: "
    )


async def test_the_error_of_python_has_its_parts(pages: Pages) -> None:
    pages.component("card", CARD)
    async with pages.app.app_context():
        with pytest.raises(PropError) as caught:
            await render_component("card", titel="x")
    error = caught.value
    assert (error.component, error.prop, error.file) == ("card", "titel", __file__)
    assert error.line is not None
    assert str(error).startswith(f"{__file__}:{error.line}: The component 'card' has no prop")
