"""Rules of many owners in one immutable URL map.

A swap copies only the nodes of Werkzeug's matching tree that lie on changed paths, so its cost
follows the size of the module and not of the site. The names of Werkzeug used for that are
private and stand in this file alone; :data:`PATH_COPYING` says whether they are there, and
:func:`rebuilt` does the same slowly with public names. ``docs/explanation`` says more.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import NoReturn

from werkzeug.routing import BaseConverter
from werkzeug.routing import Map
from werkzeug.routing import Rule

from ..errors import ClashError
from ..errors import SetupError
from .attributes import Registry

try:
    from werkzeug.routing.matcher import State
    from werkzeug.routing.matcher import StateMachineMatcher

    PATH_COPYING = all(hasattr(Map(), n) for n in ("_matcher", "_rules_by_endpoint", "_remap"))
except ImportError:  # pragma: no cover
    PATH_COPYING = False

OwnerOf = Callable[[str], str]
Converters = Mapping[str, type[BaseConverter]]


class _Published:
    """Makes a published map refuse rules, because a generation never changes.

    ``asked`` is called with each request that the map is bound to, before it is matched.
    """

    asked: Callable[[Any], None] | None = None

    def add(self, rulefactory: Any) -> NoReturn:
        """Refuse: the map belongs to a generation that requests see."""
        raise SetupError(
            "app.url_map cannot be changed after modules were mounted: "
            "use app.add_url_rule() or @app.route, which publish a new generation."
        )


def empty_like(url_map: Map) -> Map:
    """Return a map without rules that has the settings and converters of *url_map*."""
    if not PATH_COPYING:
        return _anew(url_map)
    new: Map = copy.copy(url_map)
    new.converters = dict(url_map.converters)
    _set_tree(new, State(), {}, url_map.merge_slashes)
    return new


def cloned(url_map: Map) -> Map:
    """Return a map with the same rules that shares no node with *url_map*."""
    if not PATH_COPYING:
        return _filled(_anew(url_map), url_map.iter_rules())
    url_map.update()
    new: Map = copy.copy(url_map)
    new.converters = dict(url_map.converters)
    endpoints = {name: list(rules) for name, rules in url_map._rules_by_endpoint.items()}
    _set_tree(new, _deep(url_map._matcher._root), endpoints, url_map.merge_slashes)
    return new


def swapped(
    base: Map,
    host: Map,
    remove: Iterable[Rule],
    add: Iterable[Rule],
    converters: Converters,
    owner_of: OwnerOf,
) -> Map:
    """Return a map like *base* without the rules *remove* and with *add*.

    :param base: the map of the previous generation; it stays as it is.
    :param host: the app's own map: among equal weights its rules are tried first.
    :param converters: those that modules brought; the host's own are always there.
    :param owner_of: tells the owner of an endpoint, for the message of a clash.
    :raises ClashError: when a rule is there already, with both owners in the message.
    """
    base.update()
    host.update()
    draft = _Draft(base, host, owner_of)
    for rule in remove:
        draft.remove(rule)
    for rule in add:
        draft.add(rule)
    new = copy.copy(base)
    _set_tree(new, draft.root, draft.endpoints, base.merge_slashes)
    return _published(new, host, converters)


def rebuilt(
    host: Map, owners: Iterable[Iterable[Rule]], converters: Converters, owner_of: OwnerOf
) -> Map:
    """Return a map of the host's rules and those of *owners*, compiled anew.

    :raises ClashError: as :func:`swapped`.
    """
    new = _anew(host)
    new.converters.update(converters)
    rules = [*host.iter_rules(), *(rule for rules in owners for rule in rules)]
    there: dict[Any, list[Rule]] = {}
    for rule in rules:
        if rule.build_only:
            continue
        alike = there.setdefault(_shape(rule), [])
        _check(rule, alike, owner_of)
        alike.append(rule)
    _filled(new, rules).update()
    return _published(new, host, converters)


def _shape(rule: Rule) -> tuple[Any, ...]:
    """Return what two rules have in common that match the same, whatever they call their parts."""
    return re.sub(r"[A-Za-z_]\w*>", ">", rule.rule), rule.subdomain, rule.host


def _anew(host: Map) -> Map:
    return type(host)(
        default_subdomain=host.default_subdomain,
        strict_slashes=host.strict_slashes,
        merge_slashes=host.merge_slashes,
        redirect_defaults=host.redirect_defaults,
        converters=host.converters,
        sort_parameters=host.sort_parameters,
        sort_key=host.sort_key,
        host_matching=host.host_matching,
    )


def _filled(url_map: Map, rules: Iterable[Rule]) -> Map:
    for rule in rules:
        url_map.add(copied(rule))
    return url_map


def copied(rule: Rule) -> Rule:
    """Return an unbound copy; ``Rule.empty`` does not work for Quart's rules."""
    new = type(rule)(
        rule.rule,
        defaults=rule.defaults,
        subdomain=rule.subdomain,
        methods=rule.methods,
        endpoint=rule.endpoint,
        strict_slashes=rule.strict_slashes,
        merge_slashes=rule.merge_slashes,
        host=rule.host,
        websocket=rule.websocket,
    )
    for name in ("build_only", "redirect_to", "alias", "provide_automatic_options"):
        if hasattr(rule, name):
            setattr(new, name, getattr(rule, name))
    return new


def _set_tree(url_map: Map, root: Any, endpoints: Any, merge_slashes: bool) -> None:
    matcher = StateMachineMatcher(merge_slashes)
    matcher._root = root
    url_map._matcher = matcher
    url_map._rules_by_endpoint = endpoints
    url_map._remap = False


def _published(new: Map, host: Map, converters: Converters) -> Map:
    # Without converters of modules the host's are shared: late ones of the host arrive there.
    new.converters = Registry({**host.converters, **converters}) if converters else host.converters
    if not isinstance(new, _Published):
        kind = type(new)
        bind = getattr(kind, "bind_to_request", None)  # of Quart's maps
        members = {} if bind is None else {"bind_to_request": _asking(bind)}
        new.__class__ = type(kind.__name__, (_Published, kind), members)
    return new


def _asking(bind: Callable[..., Any]) -> Callable[..., Any]:
    # Not through super(), for which every request would pay.
    def bind_to_request(self: Any, request: Any, subdomain: Any, server_name: Any) -> Any:
        if self.asked is not None:
            self.asked(request)
        return bind(self, request, subdomain, server_name)

    return bind_to_request


def _deep(state: Any) -> Any:
    return State(
        dynamic=[(part, _deep(child)) for part, child in state.dynamic],
        rules=list(state.rules),
        static={content: _deep(child) for content, child in state.static.items()},
    )


class _Draft:
    """A tree that shares the nodes of another until they are changed."""

    def __init__(self, base: Map, host: Map, owner_of: OwnerOf) -> None:
        self.endpoints = dict(base._rules_by_endpoint)
        self.owner_of = owner_of
        self.adding = ""
        self.host_root = host._matcher._root
        self.own: set[int] = set()
        self.kept: list[Any] = []  # keeps the ids in `own` from being given to other nodes
        self.root = self._copy(base._matcher._root)

    def _copy(self, state: Any) -> Any:
        if id(state) in self.own:
            return state
        return self._owned(State(list(state.dynamic), list(state.rules), dict(state.static)))

    def _owned(self, state: Any) -> Any:
        self.own.add(id(state))
        self.kept.append(state)
        return state

    def add(self, rule: Rule) -> None:
        if not rule.build_only:
            state, host = self.root, self.host_root
            self.adding = self.owner_of(rule.endpoint) or ""
            for part in rule._parts:
                state, host = self._step(state, host, part)
            _check(rule, state.rules, self.owner_of)
            state.rules.append(rule)
        rules = [*self.endpoints.get(rule.endpoint, ()), rule]
        self.endpoints[rule.endpoint] = sorted(rules, key=lambda r: r.build_compare_key())

    def _owner(self, state: Any) -> str:
        """Return the first owner, by name, of the rules below a node."""
        names = [self.owner_of(rule.endpoint) or "" for rule in state.rules]
        names += [self._owner(child) for child in state.static.values()]
        names += [self._owner(child) for _, child in state.dynamic]
        return min(filter(None, names), default=self.adding)

    def _step(self, state: Any, host: Any, part: Any) -> tuple[Any, Any]:
        if part.static:
            child = state.static.get(part.content)
            child = self._owned(State()) if child is None else self._copy(child)
            state.static[part.content] = child
            return child, host.static.get(part.content) if host else None
        host_dynamic = host.dynamic if host else []
        index = next((i for i, (known, _) in enumerate(state.dynamic) if known == part), None)
        if index is None:
            child = self._owned(State())
            state.dynamic.append((part, child))
            # Among equal weights the host's come first, then owners by name, so that workers with
            # different histories agree; those of one owner stay as they were registered.
            own = {id(known): i for i, (known, _) in enumerate(host_dynamic)}
            state.dynamic.sort(
                key=lambda e: (e[0].weight, own.get(id(e[0]), len(own)), self._owner(e[1]))
            )
        else:
            known, child = state.dynamic[index]
            child = self._copy(child)
            state.dynamic[index] = (known, child)
        return child, next((node for known, node in host_dynamic if known == part), None)

    def remove(self, rule: Rule) -> None:
        if not rule.build_only:
            self._prune(self.root, list(rule._parts), rule)
        rules = [known for known in self.endpoints[rule.endpoint] if known is not rule]
        if rules:
            self.endpoints[rule.endpoint] = rules
        else:
            del self.endpoints[rule.endpoint]

    def _prune(self, state: Any, parts: list[Any], rule: Rule) -> None:
        if not parts:
            state.rules[:] = [known for known in state.rules if known is not rule]
            return
        part, rest = parts[0], parts[1:]
        for key, child in _children(state, part):
            child = self._copy(child)
            self._prune(child, rest, rule)
            _set_child(
                state, key, child if (child.rules or child.static or child.dynamic) else None
            )


def _check(rule: Rule, there: Iterable[Rule], owner_of: OwnerOf) -> None:
    owner = owner_of(rule.endpoint)
    for other in there:
        if rule.websocket != other.websocket or owner_of(other.endpoint) == owner:
            continue
        methods, taken = rule.methods, other.methods
        if methods is None or taken is None or (methods & taken) - {"OPTIONS"}:
            raise ClashError(
                f"The rule {rule.rule!r} (endpoint {rule.endpoint!r}) of {owner!r} is taken by "
                f"{owner_of(other.endpoint)!r} (endpoint {other.endpoint!r}): give one of them "
                "another url_prefix.",
                module=owner,
            )


def _children(state: Any, part: Any) -> Iterator[tuple[Any, Any]]:
    if part.static:
        yield part.content, state.static[part.content]
        return
    index = next(i for i, (known, _) in enumerate(state.dynamic) if known == part)
    yield index, state.dynamic[index][1]


def _set_child(state: Any, key: Any, child: Any) -> None:
    if isinstance(key, str):
        if child is None:
            del state.static[key]
        else:
            state.static[key] = child
    elif child is None:
        del state.dynamic[key]
    else:
        state.dynamic[key] = (state.dynamic[key][0], child)
