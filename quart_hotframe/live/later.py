"""Components that are mounted after their page: at once when it is there, or when they are seen."""

from __future__ import annotations

from markupsafe import Markup

from ..components.definition import Definition
from ..components.slots import Taking
from ..components.use import Use
from ..errors import ComponentError
from ..errors import nearest
from . import floor

BEGIN = "hotframe.begin"
"""What a page sends to have a component that waits; no method can be called so."""
EAGER, DEFER, LAZY = LOADING = ("eager", "defer", "lazy")
SLOT = "loading"
"""The slot for what is shown meanwhile."""


def loading_of(use: Use, found: Definition) -> str:
    """Take out of a use when its component is mounted, unless it has a prop of that name.

    :returns: one of ``LOADING``.
    :raises ComponentError: with file and line, when it is something else, or cannot be.
    """
    if "loading" in found.props.names:
        return EAGER
    wanted = use.given.pop("loading", EAGER)
    if wanted not in LOADING:
        near = nearest(str(wanted), LOADING) or f" Write one of: {', '.join(LOADING)}."
        raise _wrong(use, found, f"There is no loading={wanted!r}.{near}")
    if wanted != EAGER:
        _check(use, found)
    return str(wanted)


def _check(use: Use, found: Definition) -> None:
    element = found.kind.element  # type: ignore[union-attr]
    if element in floor.WITHOUT:
        raise _wrong(use, found, f"Nothing can wait in <{element}> for it to be mounted later.")
    if other := next((name for name in use.slots or () if name != SLOT), ""):
        what = f"It is mounted without its page, which cannot fill the slot {other!r} then"
        raise _wrong(use, found, f"{what}. What is shown meanwhile is the slot {SLOT!r}.")
    fill = (use.slots or {}).get(SLOT)
    if isinstance(fill, Taking):
        raise _wrong(use, found, f"The slot {SLOT!r} {fill.wrong(())}")


def waiting(id: str, loading: str, html: Markup) -> Markup:
    """Return what stands in the root element until it is mounted.

    :param html: what the page shows meanwhile.
    """
    now = Markup(' hf-with="now"') if loading == DEFER else Markup("")
    return Markup(
        '<span hf-view="{}"{}>{}</span>'
        '<noscript><button form="{}" name="hf_event" value="{}">Show</button></noscript>'
    ).format(BEGIN, now, html, floor.id_of(id), BEGIN)


def _wrong(use: Use, found: Definition, message: str) -> ComponentError:
    return ComponentError(message, component=found.full_name, file=use.file, line=use.line)
