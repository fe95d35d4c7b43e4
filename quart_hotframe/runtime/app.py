"""The dynamic subclasses: an app whose registries are those of the visible generation.

Quart reads its registries as plain attributes, in all of its versions and in the extensions
around it. So the app object gets a subclass of its own class. While everybody sees the same
generation, the registries are plain attributes there, too; while somebody still sees an older
one, they are properties that look up the reader's pin. ``isinstance(app, Quart)`` holds, and
other attributes are untouched. Methods that register are wrapped: they see the app's own, mutable
registries, and when they are called late they publish a new generation. ``docs/explanation``
says why no smaller change does.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from collections.abc import Callable
from inspect import CO_COROUTINE
from types import FunctionType
from types import MethodType
from typing import Any

from quart import Quart

from . import routing
from .attributes import FUNCTIONS
from .attributes import GOVERNED
from .attributes import LISTS
from .commands import OwnersGroup
from .commands import show_owners
from .contribution import HOST
from .door import make_door
from .pin import Pin
from .runtime import Runtime

SETUP_METHODS = (
    "add_url_rule",
    "add_websocket",
    "register_blueprint",
    "register_error_handler",
    "before_request",
    "after_request",
    "teardown_request",
    "before_websocket",
    "after_websocket",
    "teardown_websocket",
    "context_processor",
    "url_value_preprocessor",
    "url_defaults",
    "teardown_appcontext",
    "shell_context_processor",
    "add_template_filter",
    "add_template_test",
    "add_template_global",
)
"""Public methods of an app that change a governed attribute, each of them directly."""

Serving = Callable[[], Awaitable[None]]


def govern(app: Quart, start: Serving, stop: Serving, end: Serving) -> Runtime:
    """Give *app* its dynamic subclasses and its door, and return its runtime.

    :param start: awaited after everything that the app itself does before serving.
    :param stop: awaited before everything that the app itself does after serving.
    :param end: awaited after that, also when the start failed.
    """
    base = type(app)
    app.__class__ = base  # refuses here, with Python's message, a class that cannot be replaced
    runtime = Runtime(app)
    vars(app)["cli"] = OwnersGroup(vars(app)["cli"], runtime)
    show_owners(app, base, vars(app)["cli"])
    members: dict[str, Any] = {name: _setup_method(base, name, runtime) for name in SETUP_METHODS}
    members["endpoint"] = _endpoint(base, runtime)
    members["jinja_env"] = _environment(runtime)
    members["__setattr__"] = _assignment(base, runtime)
    members |= _methods(base, runtime, start, stop, end)
    if base.ensure_async is Quart.ensure_async:
        members["ensure_async"] = functools.wraps(Quart.ensure_async)(_ensure_async)
    runtime.plain_class = _subclass(base, members)
    attributes = {name: _attribute(name, runtime) for name in GOVERNED}
    runtime.pinned_class = _subclass(runtime.plain_class, attributes)
    runtime.settle()
    app.asgi_app = make_door(runtime, app.asgi_app)  # type: ignore[method-assign, assignment]
    return runtime


def _subclass(base: type[Quart], members: dict[str, Any]) -> type[Quart]:
    return type(base.__name__, (base,), {**members, "__module__": base.__module__})


def _attribute(name: str, runtime: Runtime) -> property:
    return property(lambda app: runtime.visible().attributes[name])


def _assignment(base: type[Quart], runtime: Runtime) -> Callable[[Quart, str, Any], None]:
    governed = frozenset(GOVERNED)

    def assign(app: Quart, name: str, value: Any) -> None:
        if name in governed:
            runtime.host.own[name] = value
            if runtime.registered is not None:
                runtime.registered()
            runtime.refresh()
        else:
            base.__setattr__(app, name, value)

    return assign


def _environment(runtime: Runtime) -> property:
    def read(app: Quart) -> Any:
        return runtime.visible().jinja_env

    def write(app: Quart, value: Any) -> None:
        vars(app)["jinja_env"] = value
        runtime.forget_environment()

    return property(read, write)


def _setup_method(base: type[Quart], name: str, runtime: Runtime) -> Callable[..., Any]:
    method = getattr(base, name)

    @functools.wraps(method)
    def registering(app: Quart, *args: Any, **kwargs: Any) -> Any:
        return _set_up(runtime, functools.partial(method, app, *args, **kwargs))

    return registering


def _endpoint(base: type[Quart], runtime: Runtime) -> Callable[..., Any]:
    """Wrap the one setup method that changes the app only when its decorator is applied."""

    @functools.wraps(base.endpoint)
    def endpoint(app: Quart, endpoint: str) -> Callable[..., Any]:
        decorator = base.endpoint(app, endpoint)
        return lambda view: _set_up(runtime, functools.partial(decorator, view))

    return endpoint


def _set_up(runtime: Runtime, change: Callable[[], Any]) -> Any:
    """Let *change* see the app's own registries, and publish what a late one changed."""
    if runtime.pin.get() is runtime.host_pin:  # within another one
        return change()
    if not runtime.current.composed and not runtime.retired:
        return _set_up_in_place(runtime, change)
    before = _checkpoint(runtime.host.own)
    token = runtime.pin.set(runtime.host_pin)
    runtime.tell_apart()
    try:
        result = change()
        if runtime.registered is not None:
            runtime.registered()
        runtime.refresh()
    except BaseException:
        runtime.host.own.update(before)
        raise
    finally:
        runtime.pin.reset(token)
        runtime.settle()
    return result


def _set_up_in_place(runtime: Runtime, change: Callable[[], Any]) -> Any:
    """Let *change* work on the registries that everybody sees, as in an app without modules."""
    if runtime.registered is None:
        return change()
    token = runtime.pin.set(runtime.host_pin)
    try:
        return change()
    finally:
        runtime.pin.reset(token)
        runtime.registered()  # also after a failure, which may leave a part


def _checkpoint(own: dict[str, Any]) -> dict[str, Any]:
    """Give the app copies of its registries to change, and return the ones it had.

    Published generations share the nodes of its URL map, and a late call that clashes with a
    module must leave no trace.
    """
    before = dict(own)
    own["url_map"] = routing.cloned(before["url_map"])
    for name in ("view_functions", "blueprints"):
        own[name] = dict(before[name])
    for name in FUNCTIONS:
        own[name] = _copied(before[name], list)
    for name in LISTS:
        own[name] = list(before[name])
    spec = _copied(before["error_handler_spec"], lambda codes: _copied(codes, dict))
    own["error_handler_spec"] = spec
    return before


def _copied(registry: Any, copy: Callable[[Any], Any]) -> Any:
    new = registry.copy()  # keeps the default factory
    for key, value in registry.items():
        new[key] = copy(value)
    return new


def _methods(
    base: type[Quart], runtime: Runtime, start: Serving, stop: Serving, end: Serving
) -> dict[str, Any]:
    async def startup(app: Quart) -> None:
        try:
            await base.startup(app)
            async with app.app_context():
                await start()
        except BaseException:
            await end()
            raise

    async def shutdown(app: Quart) -> None:
        try:
            async with app.app_context():
                await stop()
        finally:
            try:
                await base.shutdown(app)
            finally:
                await end()

    # No dispatch method is replaced, but errors are only seen here before they are handled. The
    # arguments differ between versions of Quart and just pass.
    async def handle_user_exception(app: Quart, *args: Any) -> Any:
        if runtime.failing is not None:
            await runtime.failing(app)
        return await base.handle_user_exception(app, *args)

    def add_background_task(app: Quart, func: Any, *args: Any, **kwargs: Any) -> None:
        owner = runtime.owner() or HOST
        run = _pinned_task(app, runtime, func, None if owner == HOST else owner)
        base.add_background_task(app, run, *args, **kwargs)

    return {
        "startup": functools.wraps(base.startup)(startup),
        "shutdown": functools.wraps(base.shutdown)(shutdown),
        "handle_user_exception": functools.wraps(base.handle_user_exception)(handle_user_exception),
        "add_background_task": functools.wraps(base.add_background_task)(add_background_task),
    }


def _ensure_async(app: Quart, func: Any) -> Any:
    """Do as Quart does, but see sooner that a function is async: it asks several times a request.

    What that saves is about what the door costs.
    """
    plain = func.__func__ if type(func) is MethodType else func
    if type(plain) is FunctionType and plain.__code__.co_flags & CO_COROUTINE:
        return func
    return Quart.ensure_async(app, func)


def _pinned_task(app: Quart, runtime: Runtime, func: Any, owner: str | None) -> Any:
    generation = runtime.visible() if owner else None
    contribution = runtime.running(owner)

    async def run(*args: Any, **kwargs: Any) -> None:
        if generation is None:
            runtime.pin.set(Pin(None))  # it sees what is current, however long it runs
            await app.ensure_async(func)(*args, **kwargs)
            return
        with runtime.pinned(owner, generation, contribution) as pin:
            pin.lasting = True
            await app.ensure_async(func)(*args, **kwargs)

    return run
