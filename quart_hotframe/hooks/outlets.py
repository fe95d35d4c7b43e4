"""What the fillers of an outlet return, as markup."""

from __future__ import annotations

from typing import Any

from markupsafe import escape
from markupsafe import Markup

from .delivery import HookFailure


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
