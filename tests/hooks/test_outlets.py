from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import pytest
from markupsafe import Markup
from quart import Quart
from quart import render_template_string

from quart_hotframe import hooks
from quart_hotframe.errors import ClashError
from quart_hotframe.errors import SetupError


@dataclass
class Product:
    name: str
    rated: bool = True


def fail(**context: Any) -> str:
    raise ValueError("<script> --> gone")


async def test_fillers_come_in_order_and_only_where_their_condition_holds(
    app: Quart, modules
) -> None:
    async def has_stock(product: Product) -> bool:
        return False

    with modules.load("reviews"):
        hooks.outlet("product.footer", priority=20, when=lambda product: product.rated)(
            lambda product: "<i>stars</i>"
        )
        hooks.outlet("product.footer", when=has_stock)(lambda product: "stock")
    with modules.load("news"):
        hooks.outlet("product.*", priority=5, blocking=False)(lambda product: "<b>news</b>")
    async with app.app_context():
        full = await hooks.render_outlet("product.footer", product=Product("tea"))
        short = await hooks.render_outlet("product.footer", product=Product("tea", rated=False))
    assert full == Markup("<b>news</b><i>stars</i>")
    assert short == Markup("<b>news</b>")


async def test_a_template_shows_the_outlet_without_escaping_it_again(app: Quart, modules) -> None:
    async def reviews(product: Product) -> str:
        return await render_template_string("<p>{{ product.name }}</p>", product=product)

    with modules.load("reviews"):
        hooks.outlet("product.footer")(reviews)
    app.jinja_env.globals["outlet"] = hooks.render_outlet
    async with app.app_context():
        page = await render_template_string(
            "<h1>{{ product.name }}</h1>{{ outlet('product.footer', product=product) }}",
            product=Product("<tea>"),
        )
    assert page == "<h1>&lt;tea&gt;</h1><p>&lt;tea&gt;</p>"


async def test_what_is_not_html_is_escaped_and_nothing_is_nothing(app: Quart, modules) -> None:
    class Badge:
        def __html__(self) -> str:
            return "<b>new</b>"

    with modules.load("reviews"):
        for value in (None, ["<x>"], Badge(), Markup("<i>m</i>"), 5):
            hooks.outlet("footer", blocking=False)(lambda value=value: value)
    async with app.app_context():
        html = await hooks.render_outlet("footer")
    assert html == Markup("[&#39;&lt;x&gt;&#39;]<b>new</b><i>m</i>5")
    assert isinstance(html, Markup)


async def test_an_outlet_that_nobody_fills_is_empty_markup(app: Quart) -> None:
    async with app.app_context():
        html = await hooks.render_outlet("footer")
    assert html == "" and isinstance(html, Markup)


@pytest.mark.parametrize("when_fails", [True, False])
async def test_a_failing_filler_is_logged_and_leaves_the_others(
    app: Quart, modules, caplog: pytest.LogCaptureFixture, when_fails: bool
) -> None:
    with modules.load("reviews"):
        if when_fails:
            hooks.outlet("footer", when=fail)(lambda: "stars")
        else:
            hooks.outlet("footer")(fail)
        hooks.outlet("footer")(lambda: "news")
    async with app.app_context():
        assert await hooks.render_outlet("footer") == "news"
    assert "of 'reviews' failed on outlet 'footer'" in caplog.text


async def test_in_debug_mode_a_comment_names_the_failed_filler_and_cannot_be_left(
    app: Quart, modules
) -> None:
    with modules.load("reviews"):
        hooks.outlet("footer")(fail)
    app.debug = True
    async with app.app_context():
        html = await hooks.render_outlet("footer")
    inside = html.removeprefix("<!-- ").removesuffix(" -->")
    assert len(inside) == len(html) - len("<!--  -->")
    assert "reviews" in inside and "fail" in inside and "ValueError" in inside
    assert "--" not in inside and "<" not in inside and ">" not in inside


async def test_a_cheap_filler_and_its_condition_run_on_the_loop(app: Quart, modules) -> None:
    threads: list[int] = []

    def condition() -> bool:
        threads.append(threading.get_ident())
        return True

    with modules.load("reviews"):
        hooks.outlet("footer", when=condition, blocking=False)(
            lambda: threads.append(threading.get_ident())
        )
    async with app.app_context():
        await hooks.render_outlet("footer")
    assert threads == [threading.get_ident()] * 2


def fill(modules, owner: str, name: str = "footer", text: str = "", **options: Any) -> None:
    with modules.load(owner):
        hooks.outlet(name, blocking=False, **options)(lambda: f"{text or owner} ")


async def footer(app: Quart) -> str:
    async with app.app_context():
        return (await hooks.render_outlet("footer")).strip()


async def test_a_filler_comes_before_and_after_those_of_other_modules(app: Quart, modules) -> None:
    fill(modules, "reviews", priority=30)
    fill(modules, "reviews", text="more", priority=20)
    fill(modules, "news", priority=10)
    assert await footer(app) == "news more reviews"
    fill(modules, "stars", after="reviews", priority=0)
    fill(modules, "offers", before=["news", "reviews"], priority=40)
    assert await footer(app) == "offers news more reviews stars"
    modules.remove("reviews")
    assert await footer(app) == "stars offers news"


async def test_patterns_are_in_order_too_and_other_places_let_alone(app: Quart, modules) -> None:
    fill(modules, "news", "*", after="stars")
    fill(modules, "stars")
    fill(modules, "early", "other", after="late")
    fill(modules, "late", "other", before="early", priority=99)
    fill(modules, "last", "**", after=("news", "stars"), priority=-1)
    assert await footer(app) == "stars news last"


def test_fillers_that_wait_for_each_other_are_refused_with_their_owners(modules) -> None:
    fill(modules, "news", after="stars")
    fill(modules, "stars", after="offers")
    fill(modules, "quiet")
    modules.table_of_hooks()
    fill(modules, "offers", after="news")
    with pytest.raises(ClashError) as caught:
        modules.table_of_hooks()
    assert str(caught.value) == (
        "The fillers of the outlet 'footer' are in a circle: 'news' after 'stars' after 'offers' "
        "after 'news'. Take a before= or an after= out."
    )
    assert caught.value.module == "offers"


@pytest.mark.parametrize(
    ("given", "message"),
    [("news", "'news' cannot come before or after itself"), ([1], "names of modules, not 1")],
)
def test_a_filler_does_not_come_before_what_it_cannot(modules, given: Any, message: str) -> None:
    with pytest.raises(SetupError, match=message):
        fill(modules, "news", before=given)
