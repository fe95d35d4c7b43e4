"""A block alone is what it is within its page."""

from __future__ import annotations

import asyncio
from asyncio import create_task
from asyncio import Event
from asyncio import wait_for
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume
from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from jinja2 import TemplateNotFound
from markupsafe import Markup
from quart import flash
from quart import get_flashed_messages
from quart import Quart
from quart import render_template

from quart_hotframe import render_block
from quart_hotframe.errors import BlockNotFound
from tests.support.modules import write_file
from tests.support.sites import Site

from .conftest import Templates

BASE = (
    "{% set brand = 'Shop' %}{% from 'macros.html' import bold %}"
    "{% macro item(x) %}<li>{{ x }}</li>{% endmacro %}"
    "<html>{% block head %}<title>{{ brand }}</title>{% endblock %}"
    "{% block body %}<body>{{ brand }}:{{ bold(brand) }}</body>{% endblock %}</html>"
)
CHILD = (
    "{% extends 'base.html' %}{% import 'macros.html' as m %}{% set title = 'T' ~ n %}"
    "{% block head %}{{ super() }}{{ title }}{% endblock %}"
    "{% block body %}{% for x in xs %}{{ item(x) }}{% endfor %}"
    "{% block foot %}[{{ m.bold(title) }}{{ bold(brand) }}]{% endblock %}{% endblock %}"
)
MACROS = "{% macro bold(x) %}<b>{{ x }}</b>{% endmacro %}"


@pytest.mark.parametrize("block", ["head", "body", "foot"])
async def test_a_block_is_what_it_is_in_its_page(made: Templates, block: str) -> None:
    made.write(base=BASE, child=CHILD, macros=MACROS)
    marks = "(({{ super() }}))"
    made.write(marked=f"{{% extends 'child.html' %}}{{% block {block} %}}{marks}{{% endblock %}}")
    variables: dict[str, Any] = {"n": 1, "xs": ["<", 2]}
    async with made.app.app_context():
        page = await render_template("marked.html", **variables)
        within = page[page.index("((") + 2 : page.index("))")]
        assert await render_block("child.html", block, **variables) == within != ""


async def test_the_block_of_the_deepest_template_is_rendered(made: Templates) -> None:
    made.write(
        a="{% block x %}a{% endblock %}",
        b="{% extends 'a.html' %}{% block x %}b{{ super() }}{% endblock %}",
        c="{% extends 'b.html' %}{% block x %}c{{ super() }}{% endblock %}",
        d="{% extends 'c.html' %}",
    )
    async with made.app.app_context():
        assert await render_block("d.html", "x") == "cba"
        assert await render_block("b.html", "x") == "ba"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{% set ns = namespace(n=0) %}{% for i in [1, 2] %}{% set ns.n = ns.n + i %}{% endfor %}"
         "{% block x %}{{ ns.n }}{% endblock %}", "3"),
        ("{% if a %}{% set y = 1 %}{% elif b %}{% set y = 2 %}{% else %}{% set y = 3 %}{% endif %}"
         "{% block x %}{{ y }}{% endblock %}", "2"),
        ("{% if a %}{% set y = 1 %}{% elif b %}text{% else %}{% set y = 3 %}{% endif %}"
         "{% block x %}{{ y }}{% endblock %}", ""),
        ("{% if b %}text{% else %}{% set y = 3 %}{% endif %}{% block x %}{{ y }}{% endblock %}",
         ""),
        ("{% set y %}<i>{{ '<' }}</i>{% endset %}{% block x %}{{ y }}{% endblock %}",
         "<i>&lt;</i>"),
        ("{% set ns = namespace(n=0) %}{% filter upper %}{% set ns.n = 1 %}{% endfilter %}"
         "{% block x %}{{ ns.n }}{% endblock %}", "1"),
        ("{% with y = 1 %}{% set z = 1 %}{% endwith %}{% block x %}{{ y }}{{ z }}{% endblock %}",
         ""),
        ("{% block y %}{% set z = 1 %}{% endblock %}{% block x %}{{ z }}{% endblock %}", ""),
        ("{% if b %}{% extends 'one.html' %}{% else %}{% extends 'two.html' %}{% endif %}", "one"),
        ("{% extends given %}", "one"),
    ],
)  # fmt: skip
async def test_the_top_of_the_template_runs_as_jinja_runs_it(
    made: Templates, text: str, expected: str
) -> None:
    made.write(t=text, one="{% block x %}one{% endblock %}", two="{% block x %}two{% endblock %}")
    async with made.app.app_context():
        found = await render_block("t.html", "x", b=True, given="one.html")
        assert found == expected
        assert found in await render_template("t.html", b=True, given="one.html")


STATEMENTS = st.recursive(
    st.sampled_from([
        "{% set a = 1 %}",
        "{% set a = b %}",
        "{% set b = (a or 0) ~ 'b' %}",
        "{% set b %}{{ a }}<i>{% endset %}",
        "{% set ns.n = ns.n + 1 %}",
        "{% from 'macros.html' import bold as a %}",
        "{% macro a() %}m{{ b }}{% endmacro %}",
        "text{{ b }}",
        "{% include 'macros.html' %}",
        "{% block other %}{% set a = 'o' %}{{ a }}{% endblock %}",
    ]),
    lambda inner: st.builds(
        str.format,
        st.sampled_from([
            "{{% if a %}}{0}{{% endif %}}",
            "{{% if a %}}{0}{{% elif b %}}{1}{{% else %}}{2}{{% endif %}}",
            "{{% for b in [1, 2] %}}{0}{1}{{% else %}}{2}{{% endfor %}}",
            "{{% for c in [] %}}{0}{{% else %}}{1}{{% endfor %}}",
            "{{% with a = 5 %}}{0}{1}{{% endwith %}}",
            "{{% autoescape false %}}{0}{{% endautoescape %}}",
            "{{% filter upper %}}{0}{{% endfilter %}}",
            "{0}{1}{2}",
        ]),
        inner, inner, inner,
    ),
    max_leaves=12,
)  # fmt: skip
SHOWN = "[[{{ a is callable and 'macro' or a }}|{{ b }}|{{ ns.n }}]]"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STATEMENTS, STATEMENTS)
def test_a_block_sees_what_it_sees_in_its_page(made: Templates, base: str, child: str) -> None:
    assume((base + child).count("block other") == 0 or "block other" not in child)
    assume(base.count("block other") <= 1)
    top = "{% set ns = namespace(n=0) %}"
    made.app.jinja_env.auto_reload = True
    made.app.jinja_env.cache.clear()  # type: ignore[union-attr]
    made.write(
        macros=MACROS,
        base=f"{base}{{% block x %}}{{% endblock %}}",
        child=f"{{% extends 'base.html' %}}{top}{child}{{% block x %}}{SHOWN}{{% endblock %}}",
    )

    async def compare() -> None:
        async with made.app.app_context():
            try:
                page = await render_template("child.html")
            except Exception as error:
                with pytest.raises(type(error)):
                    await render_block("child.html", "x")
                return
            alone = await render_block("child.html", "x")
        assert alone == page[page.index("[[") : page.index("]]") + 2]

    asyncio.run(compare())


async def test_nothing_outside_of_the_block_is_put_out(made: Templates, app: Quart) -> None:
    asked: list[str] = []
    made.write(
        base="{{ ask('base') }}{% for i in [1] %}{{ ask('for') }}{% endfor %}"
        "{% if no %}{% set z = 1 %}{% elif yes %}{{ ask('elif') }}{% set z = 1 %}{% endif %}"
        "{% if no %}{% set z = 1 %}{% else %}{{ ask('else') }}{% endif %}"
        "{% include 'part.html' %}{% call m() %}{% endcall %}{% block x %}{% endblock %}"
        "{% block y %}{{ ask('y') }}{% endblock %}{{ get_flashed_messages() }}",
        part="{{ ask('part') }}",
        child="{% extends 'base.html' %}{% block x %}{{ ask('x') }}{% endblock %}",
    )

    @app.get("/")
    async def index() -> str:
        await flash("kept")
        await render_block("child.html", "x", ask=asked.append, yes=True)
        return str(get_flashed_messages())

    app.secret_key = "test"
    assert await made.text() == "['kept']"
    assert asked == ["x"]


async def test_it_has_context_processors_filters_and_globals(made: Templates, app: Quart) -> None:
    app.context_processor(lambda: {"a": 1, "b": 1})
    app.jinja_env.globals["c"] = 3
    app.jinja_env.filters["twice"] = lambda x: x * 2
    made.write(t="{% block x %}{{ a }}{{ b }}{{ c|twice }}{{ request.path }}{% endblock %}")

    @app.get("/here")
    async def here() -> str:
        return await render_block("t.html", "x", b=2)

    assert await made.text("/here") == "126/here"


async def test_context_may_have_any_name(made: Templates) -> None:
    made.write(t="{% block x %}{{ block }}{{ template }}{{ self }}{% endblock %}")
    async with made.app.app_context():
        assert (await render_block("t.html", "x", block=1, template=2)).startswith("12")


async def test_html_is_markup_and_text_is_not(made: Templates) -> None:
    made.write(t="{% block x %}{{ y }}{% endblock %}")
    write_file(made.folder / "app/templates/t.txt", "{% block x %}{{ y }}{% endblock %}")
    async with made.app.app_context():
        html = await render_block("t.html", "x", y="<")
        text = await render_block("t.txt", "x", y="<")
    assert (html, type(html)) == ("&lt;", Markup)
    assert (text, type(text)) == ("<", str)


async def test_an_unknown_block_is_told_with_template_and_nearest_name(made: Templates) -> None:
    made.write(base="{% block rows %}{% endblock %}{% block head %}{% endblock %}", e="")
    made.write(child="{% extends 'base.html' %}")
    async with made.app.app_context():
        with pytest.raises(BlockNotFound) as caught:
            await render_block("child.html", "row")
        assert str(caught.value) == (
            "The template 'child.html' has no block 'row'. Did you mean 'rows'?"
        )
        with pytest.raises(BlockNotFound, match=r"no block 'zzz'. It has head, rows."):
            await render_block("child.html", "zzz")
        with pytest.raises(BlockNotFound, match=r"no block 'x'. It has none."):
            await render_block("e.html", "x")
        with pytest.raises(TemplateNotFound, match=r"none\.html"):
            await render_block("none.html", "x")


async def test_an_error_at_the_top_names_the_line_of_the_template(made: Templates) -> None:
    made.write(t="text\n\n{% set x = 1 // 0 %}{% block x %}{% endblock %}")
    async with made.app.app_context():
        with pytest.raises(ZeroDivisionError) as caught:
            await render_block("t.html", "x")
    last = caught.traceback[-1]
    assert (Path(last.path).name, last.lineno + 1) == ("t.html", 3)


async def test_a_changed_template_is_read_again(made: Templates, app: Quart) -> None:
    app.config["TEMPLATES_AUTO_RELOAD"] = app.jinja_env.auto_reload = True
    made.write(t="{% set y = 1 %}{% block x %}{{ y }}{% endblock %}")
    async with app.app_context():
        assert await render_block("t.html", "x") == "1"
        made.write(t="{% set y = 20 %}{% block x %}{{ y }}!{% endblock %}")
        assert await render_block("t.html", "x") == "20!"


VIEWS = """\
    from quart import current_app
    from quart_hotframe import render_block
    from . import blueprint

    @blueprint.get("/wait")
    async def wait():
        current_app.config["there"].set()
        await current_app.config["go"].wait()
        return await now()

    @blueprint.get("/")
    async def now():
        return await render_block("shop/child.html", "x")
    """


async def test_a_request_that_waits_renders_the_templates_of_its_version(site: Site) -> None:
    there, go = site.app.config["there"], site.app.config["go"] = Event(), Event()
    for version in ("1.0", "2.0"):
        base = f"{{% set v = '{version}' %}}{{% block x %}}{{% endblock %}}"
        block = f"{{% block x %}}{version}={{{{ v }}}}{{% endblock %}}"
        child = "{% extends 'shop/base.html' %}" + block
        files = {
            "views.py": VIEWS,
            "templates/shop/base.html": base,
            "templates/shop/child.html": child,
        }
        new = site.source("shop", version, files=files)
    await site.modules.install(new.parents[1] / "1.0" / "shop")
    await site.modules.enable("shop")
    waiting = create_task(site.get("/shop/wait"))
    await wait_for(there.wait(), 10)
    upgrading = create_task(site.modules.upgrade("shop", new))
    while (await site.get("/shop/"))[1] != "2.0=2.0":
        assert not waiting.done()
    go.set()
    assert await waiting == (200, "1.0=1.0")
    await upgrading
