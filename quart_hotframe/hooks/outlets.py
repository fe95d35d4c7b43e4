"""What the fillers of an outlet return, as markup."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import escape
from markupsafe import Markup

from .delivery import call
from .delivery import HookFailure
from .receiver import Receiver


async def is_shown(filler: Receiver, values: Mapping[str, Any]) -> bool:
    """Say whether the guard of a filler lets the visitor in and its condition holds."""
    if filler.guard is not None and not await call(filler.guard, (), {}):
        return False
    return filler.when is None or bool(await call(filler.when, (), values))


def to_markup(result: Any) -> Markup:
    """Return a filler's result as markup.

    A string is taken as HTML, like the string that a view returns: ``render_template`` gives a
    plain string that is escaped already. ``None`` is nothing. Other objects give their
    ``__html__()``, or their text, escaped.

    >>> to_markup(5) + to_markup(None) + to_markup("<b>!</b>")
    Markup('5<b>!</b>')
    """
    if result is None:
        return Markup("")
    if isinstance(result, str):
        return Markup(result)
    return escape(result)


def failure_comment(name: str, failure: HookFailure) -> Markup:
    """Return an HTML comment that tells a developer who failed."""
    error = failure.exception
    text = (
        f"outlet {name!r}: {failure.receiver!r} of {failure.owner!r} failed with "
        f"{type(error).__name__}: {error}"
    )
    # Two hyphens could end the comment early.
    return Markup("<!-- {} -->").format(text.replace("-", "\N{NON-BREAKING HYPHEN}"))
