"""A use of a live component: its root element, with the state as a snapshot."""

from __future__ import annotations

import hashlib
from typing import Any
from typing import TYPE_CHECKING

from markupsafe import Markup
from quart import g

from ..components.attributes import Attributes
from ..components.definition import Definition
from ..components.use import Use
from ..errors import ComponentError
from ..globals import current_hotframe
from ..runtime.generation import Generation
from . import floor
from .described import described
from .described import new_memo
from .naming import Ids
from .snapshot import Claims
from .view import around
from .view import View

if TYPE_CHECKING:
    from .component import LiveComponent

IDS = "_hotframe_live_ids"


async def show(use: Use, found: Definition, generation: Generation) -> Markup:
    """Return the root element of a live component, or what stands for one that the page has.

    :raises AuthenticationRequired: nobody has signed in, and it asks for somebody.
    :raises PermissionDenied: the user may not see it.
    """
    key = use.given.pop("key", None)
    attributes, values = use.checked(found)
    _refuse(use, found, attributes)
    props = dict(zip((one.name for one in found.props), values, strict=True))
    kind: Any = found.kind
    await current_hotframe.live.rights.check(kind)
    outer = around()
    ids = outer.ids if outer is not None else _ids_of_page()
    id = ids.take(found.full_name, key, use.file, use.line)
    if outer is None:
        binding = await current_hotframe.live.binding()
        return await _first(use, found, generation, id, binding, props, attributes)
    return await _within(outer, use, found, generation, id, props, attributes)


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


async def _within(
    outer: View, use: Use, found: Definition, generation: Generation, id: str,
    props: dict[str, Any], attributes: Attributes,
) -> Markup:  # fmt: skip
    """Show a component in another one: what its page has already, it keeps."""
    known = outer.component._memo["children"].get(id)
    given = _given(found, props)
    held = outer.held
    if held is None:
        outer.children[id] = (given, 0)
        return await _first(use, found, generation, id, outer.binding, props, attributes)
    kind: Any = found.kind
    there = Markup('<{0} id="{1}" hf-live="{2}" hf-keep></{0}>').format(
        Markup(kind.element), id, found.full_name
    )
    born = known[1] if known is not None and known[0] == given else held.version + 1
    outer.children[id] = (given, born)
    if born <= held.confirmed:
        return there
    html = await held.show_child(found, id, props, attributes)
    if html is None:
        html = await _first(use, found, generation, id, outer.binding, props, attributes)
    outer.arrived[str(html)] = str(there)
    return html


def _given(found: Definition, props: dict[str, Any]) -> str:
    kind: Any = found.kind
    text = described(kind).props.dump(props)
    return hashlib.blake2b(text, digest_size=9).hexdigest()


async def _first(
    use: Use, found: Definition, generation: Generation, id: str, binding: str,
    props: dict[str, Any], attributes: Attributes,
) -> Markup:  # fmt: skip
    """Show an instance that begins."""
    live = current_hotframe.live
    kind: Any = found.kind
    page = floor.page_of_request()
    held = live.residents.at(binding, page, id) if page else None
    shown = await held.shown_to(found, props, use.page) if held is not None else None
    if held is not None and shown is not None:
        view, html = shown
        claims = held.claims()
    else:
        component = begin(found, props)
        live.queries.read(component)
        await component._hotframe_mount()
        view = View(component, found, id, binding)
        html = await view.render(use.page, generation)
        state = described(kind).dump(component)
        live.sizes.check(found.full_name, state)
        claims = Claims.first(found.full_name, id, kind, state)
    snapshot = live.snapshots.make(claims, binding)
    if view.asks:
        html = floor.form(id, kind.element, {
            "hf_state": snapshot, floor.PAGE: page, "hf_version": claims.version,
            "hf_seq": claims.seq + 1, "hf_url": floor.address_of_request(), **view.boxes,
        }, described(kind).submits, view.takes) + html  # fmt: skip
    return root(found, id, claims.version, snapshot, attributes, html)


def begin(found: Definition, props: dict[str, Any]) -> LiveComponent:
    """Return a component with its props, and the defaults of its fields."""
    kind: Any = found.kind
    made: LiveComponent = kind.__new__(kind)
    fields = described(kind).fields
    vars(made).update(
        props, **{name: one.fresh() for name, one in fields.items()}, _memo=new_memo(), _held=None
    )
    return made


def root(
    found: Definition, id: str, version: int, snapshot: str | None,
    attributes: Attributes, html: Markup,
) -> Markup:  # fmt: skip
    """Return the root element of an instance."""
    kind: Any = found.kind
    more = Markup("")
    streams = described(kind).streams
    if streams:
        more += Markup(" hf-stream")
    if snapshot is not None:
        more += Markup(' hf-snapshot="{}"').format(snapshot)
    if streams:
        more += Markup(' hf-cursor="{}"').format(current_hotframe.live.topics.position())
    if attributes:
        more += Markup(" ") + Markup(attributes)
    return Markup('<{0} id="{1}" hf-live="{2}" hf-version="{3}"{4}>{5}</{0}>').format(
        Markup(kind.element), id, found.full_name, version, more, html
    )


def _ids_of_page() -> Ids:
    ids: Ids | None = g.get(IDS)
    if ids is None:
        ids = Ids()
        setattr(g, IDS, ids)
    return ids
