"""How a page shows an instance that is there already."""

from __future__ import annotations

from typing import Any
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..components.attributes import Attributes
from ..components.definition import Definition
from ..components.use import Page
from .filling import Filled
from .resuming import Unreadable
from .root import root
from .view import View

if TYPE_CHECKING:
    from .held import Held


async def show_posted(
    held: Held, found: Definition, props: dict[str, Any], page: Page, slots: Filled
) -> tuple[View, Markup] | None:
    """Return what a page without JavaScript shows in the root element.

    :returns: ``None`` when there is no state.
    """
    async with held.mailbox.entered():
        if not await held.state.reload(found.full_name):
            return None
        try:
            component = await held.component(found)
        except Unreadable:
            return None
        vars(component).update(props)
        held.state.forget()  # what is shown now is not written
        view = View(component, found, held.id, held.binding, filled=slots)
        return view, await view.render(page, held.live.generation())


async def show_child(
    outer: Held, found: Definition, id: str, props: dict[str, Any], attributes: Attributes,
    slots: Filled, *, anew: bool,
) -> Markup | None:  # fmt: skip
    """Return the root element of a component within another one, if its state is held.

    It gets new props; the rest of its state stays.

    :param anew: whether it was not there before, so that what is held is of an earlier one.
    """
    child = outer.live.residents.at(outer.binding, outer.page, id)
    async with child.mailbox.entered():
        if not await child.state.reload(found.full_name):
            return None
        change = await child.give(props, slots, anew=anew)
        html = Markup(change.patches[0]["html"])
        return root(found, id, change.version, child.state.snapshot(), attributes, html)
