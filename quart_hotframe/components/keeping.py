"""Components whose markup is cached: for whom it is good, and under which key."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from collections.abc import Mapping
from datetime import date
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from markupsafe import Markup
from quart import has_request_context
from quart import request

from ..errors import ComponentError
from .component import Component
from .props import Unfit

LONGEST = 366 * 86_400
"""Most seconds for which markup is kept."""
PERSONAL = frozenset(
    {"csp_nonce", "csrf_token", "current_user", "g", "get_flashed_messages", "hotframe_flashes",
     "hotframe_script",
     "request", "session"}
)  # fmt: skip
"""Names in templates that depend on who asks."""
PLAIN = (type(None), bool, int, float, str, Markup, Decimal, date, datetime)
"""Types whose values are told apart by their text."""


def check_cached(
    kind: type[Component], file: Path, named: Mapping[str, int], around: Iterable[str],
    slots: Iterable[str],
) -> None:  # fmt: skip
    """Refuse a cached component that depends on more than its props.

    :param named: the names in its template, with their lines.
    :param around: what it takes from the components around it.
    :raises ComponentError: with file and line.
    """
    code = file.with_suffix(".py")
    if not _is_time(kind.cache):
        what = f"'cache' is a number of seconds, more than 0 and at most a year, not {kind.cache!r}"
        raise ComponentError(f"{kind.__name__}: {what}.", file=code)
    for name in around:
        what = f"{name!r} comes from around it, and its markup is cached: make it a Prop"
        raise ComponentError(f"{kind.__name__}: {what}.", file=code)
    for name in slots:
        what = f"The markup of this component is cached, so it can have no slot ({name!r})"
        raise ComponentError(f"{what}: take a Prop.", file=file)
    for name in sorted(PERSONAL & named.keys()):
        what = f"{name!r} depends on who asks, and the markup of this component is cached"
        raise ComponentError(f"{what}: take a Prop.", file=file, line=named[name])


def _is_time(value: Any) -> bool:
    return type(value) in (int, float) and 0 < value <= LONGEST and not math.isnan(value)


def key_of(
    name: str, version: str, values: Mapping[str, Any], attributes: Mapping[str, Any]
) -> str:
    """Return the key of one markup of a component.

    :param version: of all components, since some may be within this one.
    :raises Unfit: a value has no text that stands for it.
    """
    given = [f"{kind}{key}={_told(key, value)}" for kind, all in (("", values), ("@", attributes))
             for key, value in all.items()]  # fmt: skip
    address = (
        (request.host_url, request.root_path, request.blueprint) if has_request_context() else ()
    )
    return repr((name, version, *address, *given))


def _told(name: str, value: Any) -> str:
    """Return a text that no other value has."""
    if type(value) in PLAIN:
        return f"{type(value).__name__}:{value!r}"
    if type(value) in (list, tuple):
        return repr([type(value).__name__, *(_told(name, one) for one in value)])
    if type(value) is dict:
        return repr({_told(name, key): _told(name, one) for key, one in value.items()})
    raise Unfit(
        name,
        f"is cached, and {name!r} has a {type(value).__name__}: give it text, numbers, dates, or "
        "lists and dictionaries of them, such as an id.",
    )


def version_of(parts: Iterable[str]) -> str:
    """Return a short text for the content of many parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
