"""Changes to the page that asks: what a view answers with in the place of a whole page."""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Mapping
from typing import Any

from jinja2 import TemplateNotFound
from markupsafe import escape
from quart import current_app
from quart import make_response
from quart import redirect as quart_redirect
from quart import render_template
from quart import request
from quart import Response
from werkzeug.urls import iri_to_uri

from ..assets import split_assets
from ..errors import SetupError
from ..runtime.templates import escapes
from ..security.redirects import safe_redirect
from .asking import part_asked
from .asking import PART_HEADERS
from .encoding import apart_from_assets
from .encoding import ASKED_BY
from .encoding import begins_with_element
from .encoding import encoder_for
from .encoding import NOTHING
from .encoding import Patch
from .flashes import patches_for_flashes
from .ids import check_id
from .members import At
from .members import attribute_members
from .members import check_keys
from .members import check_rows
from .members import Key
from .members import moved_members
from .members import place_members

LEADS = {"hotframe": "HF-Redirect", "htmx": "HX-Redirect"}
"""The headers that lead a page elsewhere, by who asks for a part of it."""
WHOLE = ("replace", "morph")
"""Actions whose content takes the place of the element itself."""


class Patches:
    """Changes to a page, in order. Each method returns new ones and leaves these as they are.

    ::

        from quart_hotframe import patches

        return await patches.append("rows", "shop/row.html", product=product).remove("empty")

    Awaiting them gives the response, in the format that the client asks for. One that asks for
    none, as without JavaScript, is led back to the page it came from.

    ``target`` is the id of an element. ``content`` is the name of a template, which gets the
    variables; markup such as ``await render_block(…)`` or ``escape(text)``; or anything else that
    is no ``str``, which becomes text.
    """

    __slots__ = ("_location", "_planned")

    def __init__(self) -> None:
        self._planned: tuple[_Planned, ...] = ()
        self._location: str | None = None

    def append(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Put content at the end of an element."""
        return self._and("append", target, content, variables)

    def prepend(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Put content at the beginning of an element."""
        return self._and("prepend", target, content, variables)

    def before(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Put content before an element."""
        return self._and("before", target, content, variables)

    def after(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Put content after an element."""
        return self._and("after", target, content, variables)

    def replace(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Put another element in the place of one; the content is one element."""
        return self._and("replace", target, content, variables)

    def update(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Give an element other content."""
        return self._and("update", target, content, variables)

    def morph(self, target: str, content: object, /, **variables: Any) -> Patches:
        """Change an element into another one and keep what did not change, such as the focus."""
        return self._and("morph", target, content, variables)

    def remove(self, target: str, /) -> Patches:
        """Take an element away."""
        return self._and("remove", target, None, {})

    def put(
        self,
        target: str,
        content: object,
        /,
        *,
        at: At | None = None,
        before: Key | None = None,
        limit: int | None = None,
        **variables: Any,
    ) -> Patches:
        """Put rows into a list, each in the place of the one that has its ``data-key``.

        ::

            return await patches.put("feed", "shop/message.html", message=new, at="start", limit=50)

        :param content: elements with ``data-key``.
        :param at: ``"start"`` or ``"end"``; without it a row that is there stays where it is, and
            others go to the end.
        :param before: the key of the row before which they go.
        :param limit: how many rows stay; those at the other end go.
        :raises ValueError: there is no such place, or *limit* is none.
        """
        more = place_members(at, before, limit)
        return self._and("list", target, content, variables, more)

    def drop(self, target: str, /, *keys: Key) -> Patches:
        """Take the rows with these keys out of a list; one that is not there is no mistake."""
        return self._and("list", target, None, {}, {"drop": check_keys(keys)})

    def move(
        self, target: str, /, *keys: Key, at: At | None = None, before: Key | None = None
    ) -> Patches:
        """Move rows of a list, by their keys, to one of its ends or before another row.

        :raises ValueError: no place is given, or two are.
        """
        more = moved_members(at, before)
        return self._and("list", target, None, {}, {"move": check_keys(keys), **more})

    def attributes(self, target: str, values: Mapping[str, object], /) -> Patches:
        """Change attributes of an element, and leave the others as they are.

        ::

            return await patches.attributes("save", {"disabled": True, "title": None})

        :param values: ``True`` gives one without a value, ``None`` and ``False`` take it away.
        :raises ValueError: an attribute is none, or would run code.
        """
        return self._and("attributes", target, None, {}, attribute_members(values))

    def refresh(self, target: str | None = None, /) -> Patches:
        """Load a frame again, or without *target* the page."""
        return self._and("refresh", target, None, {})

    def or_redirect(self, location: str) -> Patches:
        """Lead a client that takes no patches there, not back to where it came from.

        :param location: it is yours and not checked.
        """
        return self._with(self._planned, location)

    async def redirect(self, location: str) -> Response:
        """Lead the whole page elsewhere, also when a frame or htmx asked for a part of it.

        ::

            return await patches.redirect(url_for("shop.thanks"))

        An ordinary ``redirect()`` is followed within the part, and what it leads to is shown there.

        :param location: it is yours and not checked.
        :raises SetupError: there are changes too, which nobody would see.
        """
        if self._planned:
            raise SetupError("patches.redirect() leads to another page: it stands alone.")
        location = iri_to_uri(location)
        part = part_asked(request.headers)
        header = LEADS.get(part.client) if part is not None else None
        response: Any = quart_redirect(location, 303)
        if header is not None:
            response = await make_response("", 204)
            response.headers[header] = location
        response.vary.update(PART_HEADERS)
        return response  # type: ignore[no-any-return]

    def __await__(self) -> Generator[Any, None, Response]:
        return self._respond().__await__()

    def _and(
        self,
        action: str,
        target: str | None,
        content: object,
        variables: Any,
        more: Mapping[str, Any] = NOTHING,
    ) -> Patches:
        if target is not None:
            check_id(target)
        if variables and not _is_template(content):
            raise TypeError(f"Only a template takes variables, and {content!r} is none.")
        planned = _Planned(action, target, content, variables, more)
        return self._with((*self._planned, planned), self._location)

    def _with(self, planned: tuple[_Planned, ...], location: str | None) -> Patches:
        new = type(self)()
        new._planned, new._location = planned, location
        return new

    async def _respond(self) -> Response:
        encode = encoder_for(request.headers)
        if encode is None:
            response: Any = self._led_away()
        else:
            changes = [await one.render() for one in self._planned]
            if not any(one.action == "refresh" and one.target is None for one in changes):
                changes += await patches_for_flashes(changes)  # else the whole page shows them
            encoded = encode(*apart_from_assets(changes))
            response = await make_response(encoded.body)
            response.content_type = encoded.content_type
            response.headers.update(encoded.headers)
        response.vary.update(ASKED_BY)
        return response  # type: ignore[no-any-return]

    def _led_away(self) -> Any:
        back = None if self._location is not None else request.headers.get("Referer")
        return safe_redirect(back, self._location or f"{request.root_path}/")


class _Planned:
    __slots__ = ("action", "content", "more", "target", "variables")

    def __init__(
        self,
        action: str,
        target: str | None,
        content: object,
        variables: Any,
        more: Mapping[str, Any],
    ) -> None:
        self.action = action
        self.target = target
        self.content = content
        self.variables = variables
        self.more = more

    async def render(self) -> Patch:
        html = "" if self.content is None else await self._html()
        if self.action in WHOLE and not begins_with_element(split_assets(html)[1]):
            raise ValueError(
                f"The content of {self.action!r} takes the place of the element {self.target!r}, "
                "so it must be one element itself. For what is inside of it use 'update'."
            )
        if self.action == "list" and self.content is not None:
            check_rows(self.target, split_assets(html)[1])
        return Patch(self.action, self.target, html, self.more)

    async def _html(self) -> str:
        if not _is_template(self.content):
            return str(escape(self.content))
        template: Any = self._template(str(self.content))
        text = await render_template(template, **self.variables)
        return text if escapes(template) else str(escape(text))

    def _template(self, name: str) -> Any:
        try:
            return current_app.jinja_env.get_template(name)
        except TemplateNotFound as error:
            if error.name == name:
                error.message = (
                    f"There is no template {name!r}, the content of {self.action!r} for the "
                    f"element {self.target!r}. If it is text, write markupsafe.escape(text)."
                )
            raise


def _is_template(content: object) -> bool:
    return isinstance(content, str) and not hasattr(content, "__html__")


patches = Patches()
"""No changes yet: what every answer of patches begins with."""
