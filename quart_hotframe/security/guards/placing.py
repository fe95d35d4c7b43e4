"""Where guards stand: before views, blueprints and whole modules."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Mapping
from contextlib import suppress
from functools import wraps
from typing import Any
from typing import cast
from typing import TypeVar
from weakref import WeakValueDictionary

from quart import Blueprint
from quart import current_app
from quart import has_request_context
from quart import Quart
from quart import request

from ...errors import LoadError
from ...errors import SetupError
from ...runtime.contribution import Contribution
from ..marking import layers
from ..marking import line_of
from ..marking import placed
from .checking import let_in
from .guard import as_guard
from .guard import Guard
from .visit import Visit

T = TypeVar("T", bound=Callable[..., Any] | Blueprint)

_guarded: WeakValueDictionary[int, Callable[..., Any]] = WeakValueDictionary()
"""Functions within a guard, by ``id``: what is served of them as it is, is served without it."""


def guard(wanted: Guard | Callable[..., Any]) -> Callable[[T], T]:
    """Let users see a view, or all routes of a blueprint, only if a guard lets them in.

    ::

        @blueprint.get("/edit")
        @guard(HasPermission("shop.edit") | IsStaff)      # below the route
        async def edit(): ...

        guard(IsStaff)(admin_blueprint)                   # with its static files and blueprints

        class Orders(MethodView):
            decorators = [guard(IsAuthenticated)]

    :param wanted: a guard, or a function of (user) or of (user, request).
    :raises SetupError: it is no guard, or it stands before something that cannot have one.
    """
    found = as_guard(wanted)

    def place(target: T) -> T:
        if not isinstance(target, Blueprint):
            return cast(T, _around(_refuse_others(target), found))
        before = _before(found)
        target.before_request(before)
        target.before_websocket(before)
        return cast(T, target)

    return place


def _refuse_others(target: Any) -> Callable[..., Any]:
    if isinstance(target, type):
        raise SetupError(
            f"A guard cannot stand before the class {target.__name__}: write "
            "'decorators = [guard(…)]' in it."
        )
    if isinstance(target, Quart) or not callable(target):
        raise SetupError(f"A guard stands before a view or a blueprint, not before {target!r}.")
    return cast("Callable[..., Any]", target)


def _around(view: Callable[..., Any], wanted: Guard) -> Callable[..., Awaitable[Any]]:
    direct = inspect.iscoroutinefunction(view)

    @wraps(view)
    async def guarded(*args: Any, **kwargs: Any) -> Any:
        await let_in(wanted, Visit())
        run = view if direct else current_app.ensure_async(view)
        return await run(*args, **kwargs)

    _note(view)
    placed.send(view)
    return guarded


def _note(view: Any) -> None:
    for layer in layers(view):  # decorators between guard and route
        with suppress(TypeError):  # few things cannot be referred to weakly
            _guarded[id(layer)] = layer


def _before(wanted: Guard) -> Callable[[], Awaitable[None]]:
    async def check_guard() -> None:
        if not _is_answered_by_quart():
            await let_in(wanted, Visit())

    return check_guard


def _is_answered_by_quart() -> bool:
    """Say whether this is a question for methods, which runs no code of a view.

    It says what a 405 says too. Browsers send it without cookies before cross-origin requests.
    """
    if not has_request_context() or request.method != "OPTIONS":
        return False
    rule = request.url_rule
    return rule is not None and rule.provide_automatic_options


def misplaced(views: Mapping[str, Callable[..., Any]]) -> dict[str, str]:
    """Return a sentence about each view that is served without the guard written above it.

    :param views: the functions that are served, by endpoint.
    """
    return {
        endpoint: f"{line_of(view)}@guard stands above the route of {endpoint!r}, which serves the "
        "view without it. Write @guard below the route, or guard(AllowAny) to let everybody in."
        for endpoint, view in views.items()
        if _guarded.get(id(view)) is view
    }


def cover(contribution: Contribution, wanted: Guard) -> None:
    """Let a guard stand before everything that a module serves, and before its own functions.

    :raises LoadError: the module has routes outside of its blueprints.
    """
    blueprints = contribution.blueprints
    for endpoint in contribution.views:
        if endpoint.rpartition(".")[0] not in blueprints:
            raise LoadError(
                f"The manifest's guard cannot stand before the endpoint {endpoint!r}, which is "
                "not of the module's blueprint: add the route to it.",
                module=contribution.owner,
            )
    for kind in ("before_request_funcs", "before_websocket_funcs"):
        functions = contribution.functions.setdefault(kind, {})
        for name in blueprints:
            if name.rpartition(".")[0] not in blueprints:
                functions.setdefault(name, []).insert(0, _before(wanted))
