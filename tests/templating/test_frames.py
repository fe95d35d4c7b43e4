"""The tag that makes frames, and the content of one out of its page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment
from jinja2 import nodes
from jinja2 import TemplateSyntaxError
from jinja2.ext import Extension
from quart import Quart
from quart import render_template
from quart import render_template_string

from quart_hotframe import HotFrame
from quart_hotframe import page
from quart_hotframe.templating.frames import content_of_frame
from quart_hotframe.templating.frames import FrameExtension
from tests.support.markup import Seen
from tests.support.sites import Site

from .conftest import Templates

PLAIN = Environment(extensions=[FrameExtension], autoescape=True)


def rendered(text: str, **variables: Any) -> str:
    return PLAIN.from_string(text).render(**variables)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{% frame "cart" %}<p>{% endframe %}', '<hf-frame id="cart"><p></hf-frame>'),
        ('{% frame "a" ~ 1 src="/x?a=1&b=2" loading="lazy" %}{% endframe %}',
         '<hf-frame id="a1" src="/x?a=1&amp;b=2" loading="lazy"></hf-frame>'),
        ('{% frame "a" data-hf-frame="_top" aria-busy="true" class="b" %}{% endframe %}',
         '<hf-frame id="a" data-hf-frame="_top" aria-busy="true" class="b"></hf-frame>'),
        ('{% frame "a" x=none y=false z=missing w=true v=0 %}{% endframe %}',
         '<hf-frame id="a" w="" v="0"></hf-frame>'),
        ('{% frame "a" %}{% frame "b" %}{{ "<" }}{% endframe %}{% endframe %}',
         '<hf-frame id="a"><hf-frame id="b">&lt;</hf-frame></hf-frame>'),
    ],
)  # fmt: skip
def test_the_tag_becomes_the_element(text: str, expected: str) -> None:
    assert rendered(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('\n{% frame "a" id="b" %}{% endframe %}', "what comes first"),
        ('\n{% frame "a" src %}{% endframe %}', "expected token '='"),
        ('\n{% frame %}{% endframe %}', "unexpected 'end of statement block'"),
        ('\n{% frame "a" %}', "endframe"),
    ],
)  # fmt: skip
def test_a_wrong_tag_is_told_with_its_line(text: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message) as caught:
        rendered(text)
    assert caught.value.lineno == 2


@pytest.mark.parametrize("name", ["", "#cart", "a b", '"><script>', "a\n", None, 1, "x" * 201])
def test_a_name_that_is_no_id_is_refused(name: Any) -> None:
    with pytest.raises(ValueError, match="is no id of an element"):
        rendered("{% frame name %}{% endframe %}", name=name)


def test_an_unknown_time_of_loading_is_refused() -> None:
    with pytest.raises(ValueError, match="loading='lasy': write one of"):
        rendered('{% frame "a" loading="lasy" %}{% endframe %}')


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=40)


@given(TEXT, TEXT)
@example('"><script>alert(1)</script>', "</hf-frame><script>alert(1)</script>")
@example("' onload='alert(1)", "{{ 7 * 7 }}<!--")
def test_no_value_breaks_out_of_attribute_or_content(src: str, content: str) -> None:
    text = rendered('{% frame "a" src=src %}{{ content }}{% endframe %}', src=src, content=content)
    found = Seen(text)
    assert found.elements == [("hf-frame", {"id": "a", "src": src})]
    assert found.text == content


def test_blocks_and_assignments_in_a_frame_are_as_without_it() -> None:
    inner = "{% set x = 2 %}{% block b %}{{ x }}{% endblock %}"
    text = '{% set x = 1 %}{% frame "a" %}' + inner + "{% endframe %}"
    assert rendered(text) == '<hf-frame id="a">2</hf-frame>'


async def test_an_own_tag_of_the_app_stays() -> None:
    class Own(Extension):
        tags = {"frame"}  # noqa: RUF012

        def parse(self, parser: Any) -> nodes.Output:
            line = next(parser.stream).lineno
            return nodes.Output([nodes.TemplateData("own")], lineno=line)

    app = Quart("own")
    app.jinja_env.add_extension(Own)
    HotFrame(app)
    async with app.app_context():
        assert await render_template_string("{% frame %}") == "own"


async def test_pages_of_app_and_modules_have_the_tag(site: Site) -> None:
    tag = '{% frame "a" %}{{ n }}{% endframe %}'
    views = """\
        from quart import render_template
        from . import blueprint

        @blueprint.get("/")
        async def index():
            return await render_template("shop/index.html", n=1)
        """

    @site.app.get("/own")
    async def own() -> str:
        return await render_template_string(tag, n=2)

    await site.has("shop", files={"views.py": views, "templates/shop/index.html": tag})
    assert await site.get("/shop/") == (200, '<hf-frame id="a">1</hf-frame>')
    assert await site.get("/own") == (200, '<hf-frame id="a">2</hf-frame>')


async def test_an_environment_that_the_app_puts_in_later_has_the_tag(app: Quart) -> None:
    app.jinja_env = app.create_jinja_environment()  # type: ignore[assignment]
    async with app.app_context():
        assert await render_template_string('{% frame "a" %}{% endframe %}') != ""


INDEX = (
    "<html>{% frame 'list' %}<i>{{ n }}</i>{% frame 'inner' %}in{% endframe %}{% endframe %}"
    "{% block cart %}{% frame 'cart' src='/cart' %}cart{% endframe %}{% endblock %}"
    "{% block bare %}bare{% endblock %}</html>"
)


@pytest.fixture
def framed(made: Templates) -> Templates:
    """A site whose page has frames."""
    made.write(index=INDEX)

    @made.app.get("/")
    @page("index.html")
    async def index() -> dict[str, int]:
        return {"n": 1}

    @made.app.get("/blocks")
    @page("index.html", blocks={"cart": "cart", "bare": "bare"})
    async def blocks() -> dict[str, int]:
        return {"n": 1}

    return made


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("/", "list", '<i>1</i><hf-frame id="inner">in</hf-frame>'),
        ("/", "inner", "in"),
        ("/blocks", "cart", "cart"),
        ("/blocks", "bare", "bare"),
        ("/blocks", "list", '<i>1</i><hf-frame id="inner">in</hf-frame>'),
    ],
)
async def test_who_asks_for_a_frame_gets_its_content(
    framed: Templates, path: str, name: str, expected: str
) -> None:
    response = await framed.get(path, hf_request="frame", hf_frame=name)
    assert await response.get_data(as_text=True) == expected
    assert response.headers["HF-Frame"] == name


async def test_a_page_without_the_frame_comes_whole_and_says_so(framed: Templates) -> None:
    async with framed.app.app_context():
        whole = await render_template("index.html", n=1)
    response = await framed.get("/", hf_request="frame", hf_frame="other")
    assert await response.get_data(as_text=True) == whole
    assert "HF-Frame" not in response.headers
    assert set(response.vary) == {"HF-Request", "HF-Frame"}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<hf-frame id="a">1</hf-frame>', "1"),
        ('<hf-frame id="ab">1</hf-frame><hf-frame id="a">2</hf-frame>', "2"),
        ('<hf-frame id="a" src="/">1</hf-frame>2</hf-frame>', "1"),
        ('<hf-frame id="b"><hf-frame id="a">1</hf-frame></hf-frame>', "1"),
        ('<hf-frames id="a">1</hf-frames>', None),
        ('<hf-frame id="a">1', None),
        ("", None),
    ],
)
def test_the_content_of_a_frame_is_found(html: str, expected: str | None) -> None:
    assert content_of_frame(html, "a") == expected
