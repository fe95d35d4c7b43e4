"""The page itself, and the route to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from typing import cast

import quart
from jinja2 import Environment
from jinja2 import Template
from markupsafe import Markup
from quart import abort
from quart import current_app
from quart import Quart
from quart import request

from ...globals import current_hotframe
from ..assets import Assets
from ..assets import STYLE
from ..finding import EXAMPLE
from ..registry import Components
from ..registry import STARTER
from .describing import describe
from .describing import Entry

PATH = "/hotframe/components"
ENDPOINT = "hotframe.gallery"
HERE = Path(__file__).parent


def add_gallery(app: Quart, assets: Assets) -> str:
    """Add the route to the gallery, and return its endpoint."""
    if ENDPOINT not in app.view_functions:
        app.add_url_rule(PATH, ENDPOINT, Gallery(assets).show)
        assets.offer()
    return ENDPOINT


class Gallery:
    """The page, with the style that is served for it."""

    def __init__(self, assets: Assets) -> None:
        (self._style,) = assets.of(STARTER, "gallery", {STYLE: (HERE / STYLE).read_bytes()})

    async def show(self) -> str:
        """Show the components of the generation that the request sees."""
        if not current_app.debug:
            abort(404)
        runtime = current_hotframe.runtime
        generation = runtime.visible()
        environment = generation.jinja_env
        wanted = request.args.get("q", "").strip()
        entries = [describe(one, environment) for one in _all(generation.kinds["components"])]
        shown = [one for one in entries if wanted.lower() in one.name.lower()]
        file = HERE / "page.html"
        page = _template(environment, file.read_text("utf-8"), file)
        return await quart.render_template(
            cast(Any, page), total=len(entries), wanted=wanted, entries=shown,
            faults=runtime.host_items["components"].definitions.faults,
            pictures={one.name: await _picture(one, environment) for one in shown},
            client=current_hotframe.settings.client, style=self._style.element(),
        )  # fmt: skip


def _all(components: Components) -> Iterator[Any]:
    """Yield the components of the app, of modules by name, and the starter set last."""
    for owner in sorted(components.shares, key=lambda one: (one == STARTER, one != "app", one)):
        definitions = components.shares[owner].definitions
        for name in sorted(definitions):
            if (found := definitions.get(name)) is not None:
                yield found


async def _picture(entry: Entry, environment: Environment) -> Markup | None:
    """Return what the example of a component makes, or the error that it makes."""
    if not entry.example:
        return None
    file = entry.found.file.with_name(f"{entry.found.name}{EXAMPLE}")
    try:
        example = _template(environment, entry.example, file)
        return Markup(await quart.render_template(cast(Any, example)))
    except Exception as error:  # one broken example hides none of the others
        text = f"{type(error).__name__}: {error}"
        return Markup('<p class="gallery-error">{}</p>').format(text)


def _template(environment: Environment, text: str, file: Path) -> Template:
    """Return a template that no loader finds; components in it are those of the file's owner."""
    code = environment.compile(text, file.name, str(file))
    return Template.from_code(environment, code, environment.make_globals(None))
