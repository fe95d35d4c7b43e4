"""Using components: the tag, the function in templates and in Python, slots."""

from __future__ import annotations

from markupsafe import Markup

from quart_hotframe import render_component

from .conftest import Pages

CARD = """\
{% props title: str, level: int = 2 %}
<div><h{{ level }}>{{ title }}</h{{ level }}>{% slot %}empty{% endslot %}\
<i>{% slot "footer" %}nobody{% endslot %}</i></div>
"""


async def test_a_file_is_a_component_and_its_default_holds(pages: Pages) -> None:
    pages.component("card", CARD)
    page = '{% component "card" title="<Tea>" %}{% endcomponent %}'
    assert await pages.page(page) == "<div><h2>&lt;Tea&gt;</h2>empty<i>nobody</i></div>"


async def test_a_folder_is_a_component(pages: Pages) -> None:
    pages.component("card/card", "{% props n: int %}<b>{{ n }}</b>")
    assert await pages.page('{% component "card" n=1 %}{% endcomponent %}') == "<b>1</b>"


async def test_slots_are_filled_and_see_the_variables_around_them(pages: Pages) -> None:
    pages.component("card", CARD)
    page = """{% for n in (1, 2) %}{% component "card" title="T", level=n %}
    <p>{{ n }} of {{ loop.length }} {{ who }}</p>{% slot "footer" %}F{{ n }}{% endslot %}
    {% endcomponent %}{% endfor %}"""
    shown = " ".join((await pages.page(page, who="<me>")).split())
    assert shown == (
        "<div><h1>T</h1> <p>1 of 2 &lt;me&gt;</p> <i>F1</i></div> "
        "<div><h2>T</h2> <p>2 of 2 &lt;me&gt;</p> <i>F2</i></div>"
    )


async def test_a_named_slot_alone_leaves_the_default_one_empty(pages: Pages) -> None:
    pages.component("card", CARD)
    page = """{% component "card" title="T" %}
        {% slot "footer" %}F{% endslot %}
    {% endcomponent %}"""
    assert await pages.page(page) == "<div><h2>T</h2>empty<i>F</i></div>"


async def test_a_template_can_ask_whether_a_slot_is_filled(pages: Pages) -> None:
    pages.component("card", "{% if slots.aside %}<p>{% slot 'aside' %}{% endslot %}</p>{% endif %}")
    assert await pages.page('{% component "card" %}{% endcomponent %}') == ""
    page = '{% component "card" %}{% slot "aside" %}x{% endslot %}{% endcomponent %}'
    assert await pages.page(page) == "<p>x</p>"


async def test_a_component_hands_its_slots_on_to_another(pages: Pages) -> None:
    pages.component("inner", "<i>{% slot %}none{% endslot %}</i>")
    pages.component(
        "outer",
        '{% component "inner" %}{% slot %}<b>{% slot %}mine{% endslot %}</b>{% endslot %}'
        "{% endcomponent %}",
    )
    assert await pages.page('{% component "outer" %}{% endcomponent %}') == "<i><b>mine</b></i>"
    assert await pages.page('{% component "outer" %}x{% endcomponent %}') == "<i><b>x</b></i>"


async def test_components_nest(pages: Pages) -> None:
    pages.component("box", "[{% slot %}{% endslot %}]")
    page = '{% component "box" %}a{% component "box" %}b{% endcomponent %}c{% endcomponent %}'
    assert await pages.page(page) == "[a[b]c]"


async def test_a_component_can_use_itself(pages: Pages) -> None:
    pages.component(
        "tree",
        "{% props node: dict %}<li>{{ node.name }}{% for one in node.below %}"
        '{% component "tree" node=one %}{% endcomponent %}{% endfor %}</li>',
    )
    node = {"name": "a", "below": [{"name": "b", "below": []}, {"name": "c", "below": []}]}
    shown = await pages.page('{% component "tree" node=node %}{% endcomponent %}', node=node)
    assert shown == "<li>a<li>b</li><li>c</li></li>"


async def test_a_block_of_the_page_can_stand_in_a_component(pages: Pages) -> None:
    pages.component("box", "[{% slot %}{% endslot %}]")
    page = '{% component "box" %}{% block main %}{{ who }}{% endblock %}{% endcomponent %}'
    assert await pages.page(page, who="me") == "[me]"


async def test_the_name_and_more_props_may_be_expressions(pages: Pages) -> None:
    pages.component("card", CARD)
    page = "{% component kind.name **more %}{% endcomponent %}"
    shown = await pages.page(page, kind={"name": "card"}, more={"title": "T", "level": 3})
    assert shown == "<div><h3>T</h3>empty<i>nobody</i></div>"


async def test_a_component_sees_its_props_and_not_the_variables_of_the_page(pages: Pages) -> None:
    pages.component("card", "{{ secret is defined }} {{ url_for is defined }}")
    page = '{% set secret = 1 %}{% component "card" %}{% endcomponent %}'
    assert await pages.page(page, secret=1) == "False True"


async def test_a_global_that_comes_later_is_seen(pages: Pages) -> None:
    pages.component("card", "{{ late is defined }}")
    page = '{% component "card" %}{% endcomponent %}'
    assert await pages.page(page) == "False"
    pages.app.jinja_env.globals["late"] = 1
    assert await pages.page(page) == "True"


async def test_the_function_in_a_template_does_the_same(pages: Pages) -> None:
    pages.component("card", "{% props title: str %}<b {{ attributes }}>{{ title }}</b>")
    page = '{{ render_component("card", title="<T>", data_id=3) }}'
    assert await pages.page(page) == '<b data-id="3">&lt;T&gt;</b>'


async def test_python_renders_a_component_with_slots(pages: Pages) -> None:
    pages.component("card", CARD)
    async with pages.app.app_context():
        html = await render_component(
            "card", title="T", slots={"default": "<raw>", "footer": Markup("<b>ok</b>")}
        )
    assert isinstance(html, Markup)
    assert html == "<div><h2>T</h2>&lt;raw&gt;<i><b>ok</b></i></div>".replace("<div>", "\n<div>", 1)


async def test_macros_and_components_work_in_each_other(pages: Pages) -> None:
    pages.component(
        "card", "{% macro b(x) %}<b>{{ x }}</b>{% endmacro %}{{ b('in') }}{% slot %}{% endslot %}"
    )
    page = (
        "{% macro twice(x) %}{% component 'card' %}{{ x }}{% endcomponent %}{{ x }}{% endmacro %}"
        "{{ twice('<') }}{% call(y) each() %}{% component 'card' %}{{ y }}{% endcomponent %}"
        "{% endcall %}"
    )
    page = "{% macro each() %}{{ caller(5) }}{% endmacro %}" + page
    assert await pages.page(page) == "<b>in</b>&lt;&lt;<b>in</b>5"


async def test_own_delimiters_and_trimming_of_the_app_are_kept(pages: Pages) -> None:
    pages.app.jinja_env.trim_blocks = True
    pages.component("card", "{% props n: int %}\n<b>{{ n }}</b>\n")
    assert await pages.page('{% component "card" n=1 %}{% endcomponent %}|') == "<b>1</b>|"


async def test_a_tag_of_the_app_itself_wins(pages: Pages) -> None:
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    class Slot(Extension):
        tags = {"slot"}

        def parse(self, parser: Parser) -> nodes.Node:
            return nodes.Output([nodes.TemplateData("mine")], lineno=next(parser.stream).lineno)

    pages.app.jinja_env.add_extension(Slot)
    assert await pages.page("{% slot %}") == "mine"


async def test_what_is_saved_is_shown_where_templates_are_looked_at_again(pages: Pages) -> None:
    pages.component("card", "old")
    page = '{% component "card" n=1 %}{% endcomponent %}'
    assert await pages.page(page.replace(" n=1", "")) == "old"
    pages.component("card", "{% props n: int %}new {{ n }}, and longer")
    assert await pages.page(page) == "new 1, and longer"
