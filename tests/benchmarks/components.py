"""Pages of 20 and 500 components, beside macros, included templates and JinjaX.

Without JinjaX there are no rows of it.
"""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

from quart import Quart
from quart import render_template

from .pairs import in_turn
from .pairs import Measure
from .pairs import Pair
from .table import Row

COUNTS = (20, 500)
ROUNDS = 31
COMPONENTS = 2_000
"""So many are rendered for one measure."""

ARTICLE = "<article {}><h{{{{ level }}}}>{{{{ title }}}}</h{{{{ level }}}}><p>{{{{ text }}}}</p>"
CARD = ARTICLE.format('class="card"')
BOX = "<article><h2>{{ title }}</h2>"
PROPS = "{% props title: str, text: str, level: int = 2 %}"
FILES = {
    "components/card.html": PROPS + CARD,
    "components/open.html": PROPS + ARTICLE.format("{{ attributes(class='card') }}"),
    "components/box.html": "{% props title: str %}" + BOX + "{% slot %}{% endslot %}",
    "templates/card.html": CARD,
    "templates/macros.html": "{% macro card(title, text, level=2) %}" + CARD + "{% endmacro %}"
    "{% macro box(title) %}" + BOX + "{{ caller() }}{% endmacro %}",
}
IMPORT = "{% from 'macros.html' import card, box %}"
EACH = "{{% for n in range(count) %}}{}{{% endfor %}}"
PAGES = {
    "macro": IMPORT + EACH.format('{{ card("T" ~ n, text) }}'),
    "include": EACH.format('{% set title = "T" ~ n %}{% set level = 2 %}{% include "card.html" %}'),
    "call": IMPORT + EACH.format('{% call box("T" ~ n) %}<b>{{ n }}</b>{% endcall %}'),
    "component": EACH.format('{% component "card" title="T" ~ n text=text %}{% endcomponent %}'),
    "attributes": EACH.format('{% component "open" title="T" ~ n text=text %}{% endcomponent %}'),
    "slot": EACH.format('{% component "box" title="T" ~ n %}<b>{{ n }}</b>{% endcomponent %}'),
}
PEER = {
    "Card.jinja": "{#def title, text, level=2 #}" + CARD,
    "Page.jinja": "{#def count, text #}"
    + EACH.format('<Card title={{ "T" ~ n }} text={{ text }} />'),
}
BESIDE = (
    ("components", "component", "macros", "macro", ">= 0.7"),
    ("components", "component", "includes", "include", ">= 1"),
    ("components with attributes", "attributes", "macros", "macro", ""),
    ("components with a slot", "slot", "{% call %}", "call", ""),
)


def site(root: Path) -> Quart:
    """Return an app with the components and pages."""
    from quart_hotframe import HotFrame

    pages = {f"templates/{name}_page.html": text for name, text in PAGES.items()}
    for path, text in (FILES | pages).items():
        file = root / "app" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    app = Quart("site", root_path=str(root / "app"), instance_path=str(root / "instance"))
    HotFrame(app)
    return app


def seconds_per_page(name: str, count: int, pages: int) -> Measure:
    """Return a measure of the time that rendering a page takes, on average of some."""

    async def measure() -> float:
        gc.collect()
        begin = time.perf_counter()
        for _ in range(pages):
            await render_template(f"{name}_page.html", count=count, text="<tea>")
        return (time.perf_counter() - begin) / pages

    return measure


def seconds_per_page_of_peer(root: Path, count: int, pages: int) -> Measure:
    """Return the same measure for a page of JinjaX."""
    from jinjax import Catalog

    folder = root / "peer"
    folder.mkdir(exist_ok=True)
    for name, text in PEER.items():
        (folder / name).write_text(text, encoding="utf-8")
    catalog = Catalog()
    catalog.add_folder(folder)
    catalog.jinja_env.autoescape = True

    async def measure() -> float:
        gc.collect()
        begin = time.perf_counter()
        for _ in range(pages):
            catalog.render("Page", count=count, text="<tea>")
        return (time.perf_counter() - begin) / pages

    return measure


async def run(root: Path, scale: float) -> AsyncIterator[Row]:
    """Yield a row for each count and each construct of Jinja."""
    rounds = max(int(ROUNDS * scale), 3)
    async with site(root).app_context():
        for count in COUNTS:
            pages = max(int(COMPONENTS * scale) // count, 1)
            for what, name, others, other, bar in BESIDE:
                beside = seconds_per_page(other, count, pages)
                ours = seconds_per_page(name, count, pages)
                pair = await in_turn(beside, ours, rounds)
                yield _row(f"{count} {what}, beside {others}", pair, bar)
            if find_spec("jinjax") is not None:
                beside = seconds_per_page_of_peer(root, count, pages)
                ours = seconds_per_page("component", count, pages)
                pair = await in_turn(beside, ours, rounds)
                yield _row(f"{count} components, beside JinjaX", pair, ">= 1")


def _row(what: str, pair: Pair, bar: str) -> Row:
    plain, hotframe = (f"{seconds * 1e6:.0f} µs" for seconds in (pair.plain, pair.hotframe))
    return Row(what, plain, hotframe, 1 / pair.ratio, bar)
