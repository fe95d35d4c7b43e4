"""One immutable value that holds everything a request can see."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from click import Command
from jinja2 import Environment
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from ..errors import ClashError
from . import routing
from .attributes import FUNCTIONS
from .attributes import Functions
from .attributes import LISTS
from .attributes import Registry
from .contribution import Contribution
from .contribution import HOST
from .contribution import Kind
from .host import Host
from .names import own_names
from .naming import place_of
from .pin import Pin

_numbers = itertools.count()
Adjust = Callable[["Generation"], None]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Generation:
    """What the app and all mounted owners registered, at one moment.

    ``attributes`` maps the name of an app's attribute to its value; ``kinds`` maps a kind to what
    its subject merged; ``endpoints`` maps an endpoint of an owner to the owner's name. The
    generation without owners answers with the app's own, still mutable attributes.
    """

    def __init__(
        self,
        attributes: Mapping[str, Any],
        environment: Callable[[], Environment],
        contributions: Mapping[str, Contribution],
        kinds: Mapping[str, Any],
    ) -> None:
        self.number = next(_numbers)
        self.attributes = attributes
        self.contributions = dict(contributions)
        self.kinds = dict(kinds)
        self.endpoints = {e: c.owner for c in contributions.values() for e in c.views}
        self.pins: set[Pin] = set()
        self._environment = environment
        self._made: Environment | None = None

    @property
    def composed(self) -> bool:
        """Whether the attributes are this generation's own and no longer the app's."""
        return bool(self.contributions)

    @property
    def jinja_env(self) -> Environment:
        """The Jinja environment, made on first use."""
        if self._made is None:
            self._made = self._environment()
        return self._made

    def owner_of(self, endpoint: str | None) -> str:
        """Return the owner of an endpoint, ``"app"`` for one of the application."""
        return self.endpoints.get(endpoint, HOST) if endpoint else HOST

    def commands(self) -> dict[str, Command]:
        """Return the commands that the owners brought."""
        return {n: cmd for c in self.contributions.values() for n, cmd in c.commands.items()}


def compose(
    host: Host,
    contributions: Sequence[Contribution],
    previous: Generation | None,
    kinds: Mapping[str, Kind],
    host_items: Mapping[str, Any],
    environment: Callable[[Sequence[Contribution]], Environment],
    fallback: Callable[..., Any] | None = None,
    leading: Mapping[str, Callable[..., Any]] = NOTHING,
) -> Generation:
    """Return the generation of the app and these contributions, in this order.

    :param previous: a generation to take the unchanged parts of the URL map from, or ``None``.
    :param fallback: handles HTTP errors that nobody else handles.
    :param leading: functions, by attribute, that are the outermost ones around owners' requests.
    :raises ClashError: when two owners bring the same endpoint, rule, blueprint, command or item.
    """
    _check_names(host, contributions)
    _check_items(contributions, kinds, host_items)
    merged = {
        name: kind.merge([(HOST, host_items.get(name)), *_items(contributions, name)])
        for name, kind in kinds.items()
    }
    attributes: Mapping[str, Any] = host.own
    if contributions:
        attributes = _attributes(host, contributions, previous, fallback, leading)
    owned = {contribution.owner: contribution for contribution in contributions}
    return Generation(attributes, lambda: environment(contributions), owned, merged)


def _items(contributions: Sequence[Contribution], kind: str) -> list[tuple[str, Any]]:
    return [(c.owner, c.items.get(kind)) for c in contributions]


def _check_names(host: Host, contributions: Sequence[Contribution]) -> None:
    if not contributions:
        return
    shares: list[tuple[str, Callable[[Contribution], Mapping[str, Any]], Any]] = [
        ("blueprint", lambda c: c.blueprints, host.own["blueprints"]),
        ("endpoint", lambda c: c.views, host.own["view_functions"]),
        ("command", lambda c: c.commands, host.app.cli.commands),
        ("template filter", lambda c: c.template_filters, own_names(host.environment, "filters")),
        ("template test", lambda c: c.template_tests, own_names(host.environment, "tests")),
        ("template global", lambda c: c.template_globals, own_names(host.environment, "globals")),
    ]
    for what, names_of, own in shares:
        owners = dict.fromkeys(own, HOST)
        found = dict(own)
        for contribution in contributions:
            for name, value in names_of(contribution).items():
                other = owners.setdefault(name, contribution.owner)
                if other != contribution.owner:
                    here, there = (place_of(one) for one in (value, found[name]))
                    raise ClashError(
                        f"The {what} {name!r} of {contribution.owner!r}{here} is taken by "
                        f"{other!r}{there}: rename one of them.",
                        module=contribution.owner,
                    )
                found[name] = value


def _check_items(
    contributions: Sequence[Contribution], kinds: Mapping[str, Kind], host: Mapping[str, Any]
) -> None:
    for name, kind in kinds.items():
        shares = [(HOST, host.get(name)), *_items(contributions, name)]
        for owner, items in shares[1:]:
            if not items:
                continue
            others = (share for share in shares if share[0] != owner)
            for sentence in kind.clashes(items, others):
                raise ClashError(sentence, module=owner)


def _attributes(
    host: Host, contributions: Sequence[Contribution], previous: Generation | None,
    fallback: Callable[..., Any] | None, leading: Mapping[str, Callable[..., Any]],
) -> dict[str, Any]:  # fmt: skip
    url_map = _url_map(host.own, contributions, previous)
    url_map.asked = host.asked  # type: ignore[attr-defined]
    values: dict[str, Any] = {"url_map": url_map}
    for name, share in (("view_functions", "views"), ("blueprints", "blueprints")):
        shares = dict(host.own[name])
        for contribution in contributions:
            shares.update(getattr(contribution, share))
        values[name] = Registry(shares)
    for name in FUNCTIONS:
        found = _merged(host.own[name], contributions, name)
        if name in leading:
            _lead(found, leading[name], contributions)
        values[name] = Registry(found, Functions())
    for name in LISTS:
        extra = (function for c in contributions for function in c.lists.get(name, ()))
        values[name] = Functions((*host.own[name], *extra))
    values["error_handler_spec"] = _error_handlers(
        host.own["error_handler_spec"], contributions, fallback
    )
    return values


def _merged(
    host: Mapping[str | None, list[Any]], contributions: Sequence[Contribution], name: str
) -> dict[str | None, Functions]:
    found = {blueprint: Functions(functions) for blueprint, functions in host.items() if functions}
    for contribution in contributions:
        for blueprint, functions in contribution.functions.get(name, {}).items():
            found[blueprint] = Functions((*found.get(blueprint, ()), *functions))
    return found


def _lead(
    found: dict[str | None, Functions], function: Callable[..., Any],
    contributions: Sequence[Contribution],
) -> None:  # fmt: skip
    """Put a function before all others, and where there are none, only around owners' requests."""
    roots = {e.partition(".")[0] if "." in e else None for c in contributions for e in c.views}
    for name in {None} if None in found else roots:
        found[name] = Functions((function, *found.get(name, ())))


def _error_handlers(
    host: Any, contributions: Sequence[Contribution], fallback: Callable[..., Any] | None
) -> Registry:
    found: dict[str | None, dict[int | None, dict[Any, Any]]] = {}
    shares = [host, *(contribution.error_handlers for contribution in contributions)]
    for share in shares:
        for blueprint, codes in share.items():
            for code, handlers in codes.items():
                found.setdefault(blueprint, {}).setdefault(code, {}).update(handlers)
    general = found.setdefault(None, {}).setdefault(None, {})
    if fallback is not None and not general.keys() & set(HTTPException.__mro__):
        general[HTTPException] = fallback
    none: Registry = Registry({})
    published = {
        name: Registry({code: Registry(handlers) for code, handlers in codes.items()}, none)
        for name, codes in found.items()
    }
    return Registry(published, Registry({}, none))


def _url_map(
    host: Mapping[str, Any], contributions: Sequence[Contribution], previous: Generation | None
) -> Map:
    own: Map = host["url_map"]
    endpoints = {e: c.owner for c in contributions for e in c.views}
    converters = {name: kind for c in contributions for name, kind in c.converters.items()}

    def owner_of(endpoint: str) -> str:
        return endpoints.get(endpoint, HOST)

    if not routing.PATH_COPYING:
        return routing.rebuilt(own, [c.rules for c in contributions], converters, owner_of)
    base = previous.attributes["url_map"] if previous is not None else own
    before = previous.contributions if previous is not None else {}
    gone = [c for c in before.values() if c not in contributions]
    new = [c for c in contributions if before.get(c.owner) is not c]
    return routing.swapped(
        base,
        own,
        [rule for contribution in gone for rule in contribution.rules],
        [rule for contribution in new for rule in contribution.rules],
        converters,
        owner_of,
    )
