"""Which limits hold for which endpoint: found when a module is loaded, looked up by a request."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from ...errors import SetupError
from ...runtime.contribution import Contribution
from ..asked import current_request
from ..asked import current_websocket
from ..marking import line_of
from .checking import BoundLimit
from .checking import Limits
from .limit import bypassed
from .limit import Limit
from .limit import limits_of
from .limit import take_marked

Table = Mapping[str, Sequence[BoundLimit]]
METHODS = ("dispatch_request", "get", "post", "put", "patch", "delete", "head", "options")
BEFORE = ("before_request_funcs", "before_websocket_funcs")


def table_of(
    views: Mapping[str, Callable[..., Any]], blueprints: Mapping[str, Any],
    general: Iterable[BoundLimit] = (),
) -> Table:  # fmt: skip
    """Return the limits of each endpoint that has some: the widest first.

    :param general: what holds for all of them.
    :raises SetupError: a limit marks a method of a class-based view.
    """
    general = tuple(general)
    found = {}
    for endpoint, view in views.items():
        if sentence := _of_methods(endpoint, view):
            raise SetupError(sentence)
        bound = (*general, *_of_blueprints(endpoint, blueprints), *bind(f"view {endpoint}", view))
        if bound:
            found[endpoint] = bound
    return found


def bind(scope: str, target: object) -> Iterator[BoundLimit]:
    """Yield the limits that mark a view or blueprint, or a tuple of limits, for one scope."""
    limits = target if isinstance(target, tuple) else limits_of(target)
    for number, limit in enumerate(limits):
        yield BoundLimit(f"{scope} {number}", limit)


def _of_blueprints(endpoint: str, blueprints: Mapping[str, Any]) -> Iterator[BoundLimit]:
    names = endpoint.split(".")[:-1]
    for length in range(1, len(names) + 1):
        name = ".".join(names[:length])
        yield from bind(f"blueprint {name}", blueprints.get(name))


def without_effect(views: Mapping[str, Callable[..., Any]]) -> dict[str, str]:
    """Return a sentence about each endpoint for which a limit was written that it does not have."""
    found = {
        endpoint: f"{line_of(views[endpoint])}@limit stands above a decorator of the view of "
        f"{endpoint!r}, which is served without that limit. Write @limit right above the route."
        for endpoint in bypassed(views)
    }
    return found | {e: text for e, view in views.items() if (text := _of_methods(e, view))}


def _of_methods(endpoint: str, view: Callable[..., Any]) -> str:
    if not hasattr(view, "view_class"):
        return ""
    kind: Any = view.view_class
    for name in METHODS:
        if limits_of(getattr(kind, name, None)):
            return (
                f"@limit marks {kind.__name__}.{name}(), where it has no effect: write "
                f"decorators = [limit(...)] in {kind.__name__}, for the endpoint {endpoint!r}."
            )
    return ""


def _refuse_lost(table: Table, names: set[str]) -> None:
    """Refuse a limit that no view has, although code of the module wants one to have it."""
    used = {id(one.limit) for bound in table.values() for one in bound}
    for function in take_marked(names):
        if any(id(limit) not in used for limit in limits_of(function)):
            raise SetupError(
                f"@limit marks {function!r}, and no view has that limit: another decorator hides "
                "it. Write @limit above that one, or use functools.wraps in it."
            )


def checks(limits: Limits, table: Callable[[], Table]) -> tuple[Callable[..., Any], ...]:
    """Return the functions that run before requests and before websockets."""

    async def limit_request() -> None:
        asked = current_request()
        bound = table().get(asked.endpoint or "")
        if bound:
            await limits.check(bound, asked)

    async def limit_websocket() -> None:
        asked = current_websocket()
        bound = table().get(asked.endpoint or "")
        if bound:
            await limits.check(bound, asked)

    return limit_request, limit_websocket


class LimitsKind:
    """The limits of modules. A module without any costs its requests nothing."""

    name = "limits"

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> Table:
        """Return the limits by endpoint; they are checked before all that the module itself does.

        :raises SetupError: a limit stands where it has no effect.
        """
        manifest = sources.get("manifest")
        texts = manifest.limits if manifest is not None else ()
        general = bind(f"module {contribution.owner}", tuple(Limit.parse(text) for text in texts))
        table = table_of(contribution.views, contribution.blueprints, general)
        _refuse_lost(table, {code.__name__ for code in sources.get("code", ())})
        if table:
            self._install(contribution, table)
        return table

    def _install(self, contribution: Contribution, table: Table) -> None:
        outermost = [name for name in contribution.blueprints if "." not in name]
        for attribute, check in zip(BEFORE, checks(self._limits, lambda: table), strict=True):
            functions = contribution.functions.setdefault(attribute, {})
            for name in outermost:
                functions[name] = [check, *functions.get(name, ())]

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield nothing: limits are of endpoints, which clash by themselves."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Any]]) -> Table:
        """Return the limits of all modules by endpoint."""
        return {endpoint: bound for _, items in owners for endpoint, bound in (items or {}).items()}

    def dispose(self, items: Any) -> None:
        """Do nothing: counts are by name, so that the next version goes on with them."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Forget what the code marked: it may have failed before anybody asked."""
        take_marked({one.__name__ for one in code})
