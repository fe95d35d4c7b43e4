"""A use of a live component: its root element, with the state as a snapshot."""

from __future__ import annotations

import hashlib
from typing import Any
from typing import NamedTuple

from markupsafe import Markup
from quart import g
from quart import has_request_context

from ..components.attributes import Attributes
from ..components.definition import Definition
from ..components.use import Page
from ..components.use import Use
from ..errors import ComponentError
from ..globals import current_hotframe
from ..runtime.generation import Generation
from . import floor
from .described import described
from .existing import show_child
from .existing import show_posted
from .filling import Filled
from .filling import filled
from .later import EAGER
from .later import loading_of
from .later import SLOT
from .later import waiting
from .naming import Ids
from .resuming import begin
from .root import root
from .snapshot import Claims
from .view import around
from .view import View

IDS = "_hotframe_live_ids"


class _Wanted(NamedTuple):
    """What a page wants to show.

    :param loading: when it is mounted, one of ``LOADING``.
    """

    found: Definition
    generation: Generation
    page: Page
    props: dict[str, Any]
    attributes: Attributes
    slots: Filled
    loading: str


async def show(use: Use, found: Definition, generation: Generation) -> Markup:
    """Return the root element of a live component, or what stands for one that the page has.

    :raises AuthenticationRequired: nobody has signed in, and it asks for somebody.
    :raises PermissionDenied: the user may not see it.
    """
    key = use.given.pop("key", None)
    loading, fills = loading_of(use, found), use.slots
    if loading != EAGER:
        use.slots = None
    attributes, values = use.checked(found)
    _refuse(use, found, attributes)
    props = dict(zip((one.name for one in found.props), values, strict=True))
    kind: Any = found.kind
    outer = around()
    await _require(kind, outer)
    slots = await filled(fills)
    wanted = _Wanted(found, generation, use.page, props, attributes, slots, loading)
    ids = outer.ids if outer is not None else _ids_of_page()
    id = ids.take(found.full_name, key, use.file, use.line)
    if outer is None:
        return await _first(wanted, id, await current_hotframe.live.binding())
    return await _within(outer, wanted, id)


async def _require(kind: Any, outer: View | None) -> None:
    """Go on if the visitor may see a component, also where no request has brought the one around.

    :raises AuthenticationRequired: nobody has signed in, and it asks for somebody.
    :raises PermissionDenied: the user may not see it.
    """
    rights, held = current_hotframe.live.rights, None if outer is None else outer.held
    if outer is None or held is None or held.visitor is None or has_request_context():
        await rights.check(kind)
    elif kind.permissions and kind not in outer.allowed:
        async with held.visitor():
            await rights.check(kind)
        outer.allowed.add(kind)


def _refuse(use: Use, found: Definition, attributes: Attributes) -> None:
    """Refuse attributes that the root element has already.

    :raises ComponentError: with file and line.
    """
    for name in attributes:
        if name == "id" or name.startswith("hf-"):
            raise ComponentError(
                f"A live component has its own {name!r}: tell two of one kind apart by 'key'.",
                component=found.full_name, prop=name, file=use.file, line=use.line,
            )  # fmt: skip


async def _within(outer: View, wanted: _Wanted, id: str) -> Markup:
    """Show a component in another one: what its page has already, it keeps."""
    found, held = wanted.found, outer.held
    known = outer.component._memo["children"].get(id)
    given = _given(found, wanted.props, wanted.slots)
    if held is None:
        outer.children[id] = (given, 0)
        return await _first(wanted, id, outer.binding)
    kind: Any = found.kind
    there = Markup('<{0} id="{1}" hf-live="{2}" hf-keep></{0}>').format(
        Markup(kind.element), id, found.full_name
    )
    born = known[1] if known is not None and known[0] == given else held.version + 1
    outer.children[id] = (given, born)
    if born <= held.confirmed:
        return there
    html = await show_child(
        held, found, id, wanted.props, wanted.attributes, wanted.slots, anew=known is None
    )
    if html is None:
        html = await _first(wanted, id, outer.binding)
    outer.arrived[str(html)] = str(there)
    return html


def _given(found: Definition, props: dict[str, Any], slots: Filled) -> str:
    kind: Any = found.kind
    text = "\0".join([described(kind).props.dump(props).decode(), *slots.values()])
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=9).hexdigest()


async def _first(wanted: _Wanted, id: str, binding: str) -> Markup:
    """Show an instance that begins."""
    live, found = current_hotframe.live, wanted.found
    kind: Any = found.kind
    page = floor.page_of_request()
    held = live.residents.at(binding, page, id) if page else None
    shown = None
    if held is not None:
        shown = await show_posted(held, found, wanted.props, wanted.page, wanted.slots)
    if held is not None and shown is not None:
        (view, html), claims = shown, held.state.claims()
    else:
        component = begin(found, wanted.props)
        live.queries.read(component)
        view = View(component, found, id, binding, filled=wanted.slots)
        html = await _begun(view, wanted)
        component._hotframe_note(0)
        state = described(kind).dump(component)
        live.sizes.check(found.full_name, state)
        claims = Claims.first(found.full_name, id, kind, state)
    snapshot = live.snapshots.make(claims, binding)
    if view.asks:
        html = floor.form(id, kind.element, {
            "hf_state": snapshot, floor.PAGE: page, "hf_version": claims.version,
            "hf_seq": claims.seq + 1, "hf_url": floor.address_of_request(), **view.boxes,
        }, described(kind).submits, view.takes) + html  # fmt: skip
    return root(found, id, claims.version, snapshot, wanted.attributes, html)


async def _begun(view: View, wanted: _Wanted) -> Markup:
    """Mount a component and return what it shows, or what is shown until it is mounted."""
    if wanted.loading != EAGER:
        view.asks = True
        view.component._memo["waits"] = True
        return waiting(view.id, wanted.loading, wanted.slots.get(SLOT, Markup("")))
    await view.component._hotframe_mount()
    return await view.render(wanted.page, wanted.generation)


def _ids_of_page() -> Ids:
    ids: Ids | None = g.get(IDS)
    if ids is None:
        ids = Ids()
        setattr(g, IDS, ids)
    return ids
