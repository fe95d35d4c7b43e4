"""Flash messages that reach the page also where only a part of it is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import Environment
from jinja2 import TemplateNotFound
from markupsafe import escape
from markupsafe import Markup
from quart import current_app
from quart import flash
from quart import get_flashed_messages
from quart import has_request_context
from quart import render_template
from quart import request
from quart import session

from ..runtime.templates import sources_in
from .asking import Part
from .asking import part_asked
from .encoding import encoder_for
from .encoding import htmx2
from .encoding import htmx4
from .encoding import Patch
from .encoding import turbo

REGION = "hf-flashes"
"""The id of the element that holds the messages."""
PLACE = Markup(f"<!--{REGION}-->")
"""Stands in the element where only a part was asked for, until it is known who shows messages."""
TEMPLATE = "hotframe/flash.html"
"""Renders one message, where the app has it."""

Messages = list[tuple[str, str]]

_USE = re.compile(r"\bhotframe_flashes\(")
_used: WeakKeyDictionary[Environment, bool] = WeakKeyDictionary()


async def hotframe_flashes(**attributes: Any) -> Markup:
    """Return the element that holds flash messages, with those of this request.

    ::

        <body>{{ hotframe_flashes(class="messages") }}

    Messages that come with parts of a page and with patches are put into it.
    """
    _used[current_app.jinja_env] = True
    is_part = has_request_context() and part_asked(request.headers) is not None
    content = PLACE if is_part else await _rendered(_taken())
    written = Markup("")
    for name, value in attributes.items():
        written += Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), value)
    return Markup('<div id="{}" role="status"{}>{}</div>').format(REGION, written, content)


async def with_flashes(html: str, part: Part) -> str:
    """Return a part of a page with the messages that it does not show itself.

    Those that it can neither show nor send elsewhere wait for the next answer, also when the rest
    of the page, which was left out, has taken them.
    """
    if PLACE in html:
        return str(html).replace(PLACE, await _rendered(_taken()), 1)
    if await _is_used():
        unseen = _not_in(html, _taken())
        return _joined(str(html), part, await _rendered(unseen)) if unseen else html
    if session.modified:  # somebody may have taken messages
        for category, message in _not_in(html, _taken()):
            await flash(message, category)
    return html


async def patches_for_flashes(done: Iterable[Patch]) -> list[Patch]:
    """Return the change that shows the messages which other changes do not show."""
    if not await _is_used():
        return []
    unseen = _not_in("".join(one.html for one in done), _taken())
    return [Patch("append", REGION, await _rendered(unseen))] if unseen else []


def _taken() -> Messages:
    if not session and not session.modified:  # without a secret key none can be taken
        return []
    return list(get_flashed_messages(with_categories=True))  # type: ignore[arg-type]


def _not_in(html: str, messages: Messages) -> Messages:
    return [one for one in messages if str(escape(one[1])) not in html]


async def _rendered(messages: Messages) -> Markup:
    found = [await _one(category, message) for category, message in messages]
    return Markup("").join(found)


async def _one(category: str, message: str) -> Markup:
    try:
        template: Any = current_app.jinja_env.get_template(TEMPLATE)
    except TemplateNotFound:
        return Markup('<p data-hf-flash="{}">{}</p>').format(category, message)
    return Markup(await render_template(template, category=category, message=message))


def _joined(html: str, part: Part, messages: Markup) -> str:
    """Return a part with messages, as its client puts them elsewhere into the page."""
    if part.client == "hotframe":
        return f'{html}<template data-hf-append="{REGION}">{messages}</template>'
    changes = [Patch("append", REGION, messages)]
    if part.client == "turbo":
        content, end, rest = html.rpartition("</turbo-frame>")
        return f"{content or rest}{turbo(changes).body}{end}{rest if end else ''}"
    encode = htmx4 if encoder_for(request.headers) is htmx4 else htmx2
    return html + encode(changes).body


async def _is_used() -> bool:
    """Say whether pages have the element, by the templates that there are, or one that had it."""
    environment = current_app.jinja_env
    known = _used.get(environment)
    if known is None or (not known and environment.auto_reload):
        known = _used[environment] = await current_app.ensure_async(_names_it)(environment)
    return known


def _names_it(environment: Environment) -> bool:
    return any(_USE.search(source) for source in sources_in(environment))
