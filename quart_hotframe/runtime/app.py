"""The one dynamic subclass: an app whose registries are those of the visible generation.

Quart reads its registries as plain attributes, in both of its generations and in the extensions
around it. So the app object gets, once, a subclass of its own class with a property for each of
these attributes. ``isinstance(app, Quart)`` holds, other attributes are untouched, and what the
app registers itself still lies in ``vars(app)``. Methods that register are wrapped: they see the
app's own, mutable registries, and when they are called late they publish a new generation.
``docs/explanation`` says why no smaller change does.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable
from collections.abc import Callable
from typing import Any
from weakref import ref

from quart import Quart

from . import routing
from .attributes import FUNCTIONS
from .attributes import GOVERNED
from .attributes import LISTS
from .commands import OwnersGroup
from .commands import show_owners
from .contribution import HOST
from .door import Door
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


def govern(app: Quart, start: Serving, stop: Serving) -> Runtime:
    """Give *app* its dynamic subclass and its door, and return its runtime.

    :param start: awaited after everything that the app itself does before serving.
    :param stop: awaited before everything that the app itself does after serving.
    """
    base = type(app)
    app.__class__ = base  # refuses here, with Python's message, a class that cannot be replaced
    runtime = Runtime(app, base)
    vars(app)["cli"] = OwnersGroup(vars(app)["cli"], runtime)
    show_owners(app, base, vars(app)["cli"])
    members: dict[str, Any] = {name: _property(name, runtime) for name in GOVERNED}
    members["jinja_env"] = _environment(runtime)
    members |= {name: _setup_method(base, name, runtime) for name in SETUP_METHODS}
    members["endpoint"] = _endpoint(base, runtime)
    members |= _methods(base, runtime, start, stop)
    app.__class__ = type(base.__name__, (base,), {**members, "__module__": base.__module__})
    app.asgi_app = Door(runtime, app.asgi_app)  # type: ignore[method-assign]
    return runtime


def _property(name: str, runtime: Runtime) -> property:
    variable, get = runtime.pin, ref(runtime)

    def read(app: Quart) -> Any:
        pin = variable.get()
        generation = None if pin is None else pin.generation
        if generation is not None:
            return generation.attributes[name]
        return get().current.attributes[name]  # type: ignore[union-attr]

    def write(app: Quart, value: Any) -> None:
        vars(app)[name] = value
        if get().current.composed:  # type: ignore[union-attr]
            get().refresh()  # type: ignore[union-attr]

    return property(read, write)


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
        return _set_up(app, runtime, functools.partial(method, app, *args, **kwargs))

    return registering


def _endpoint(base: type[Quart], runtime: Runtime) -> Callable[..., Any]:
    """Wrap the one setup method that changes the app only when its decorator is applied."""

    @functools.wraps(base.endpoint)
    def endpoint(app: Quart, endpoint: str) -> Callable[..., Any]:
        decorator = base.endpoint(app, endpoint)
        return lambda view: _set_up(app, runtime, functools.partial(decorator, view))

    return endpoint


def _set_up(app: Quart, runtime: Runtime, change: Callable[[], Any]) -> Any:
    """Let *change* see the app's own registries, and publish what a late one changed."""
    if runtime.pin.get() is runtime.host_pin:
        return change()
    late = runtime.current.composed or bool(runtime.retired)
    before = _checkpoint(app) if late else {}
    token = runtime.pin.set(runtime.host_pin)
    try:
        result = change()
        if late:
            runtime.refresh()
    except BaseException:
        vars(app).update(before)
        raise
    finally:
        runtime.pin.reset(token)
    return result


def _checkpoint(app: Quart) -> dict[str, Any]:
    """Give the app copies of its registries to change, and return the ones it had.

    Published generations share the nodes of its URL map, and a late call that clashes with a
    module must leave no trace.
    """
    state = vars(app)
    before = {name: state[name] for name in GOVERNED}
    state["url_map"] = routing.cloned(before["url_map"])
    for name in ("view_functions", "blueprints"):
        state[name] = dict(before[name])
    for name in FUNCTIONS:
        state[name] = _copied(before[name], list)
    for name in LISTS:
        state[name] = list(before[name])
    spec = _copied(before["error_handler_spec"], lambda codes: _copied(codes, dict))
    state["error_handler_spec"] = spec
    return before


def _copied(registry: Any, copy: Callable[[Any], Any]) -> Any:
    new = registry.copy()  # keeps the default factory
    for key, value in registry.items():
        new[key] = copy(value)
    return new


def _methods(base: type[Quart], runtime: Runtime, start: Serving, stop: Serving) -> dict[str, Any]:
    async def startup(app: Quart) -> None:
        await base.startup(app)
        async with app.app_context():
            await start()

    async def shutdown(app: Quart) -> None:
        try:
            async with app.app_context():
                await stop()
        finally:
            await base.shutdown(app)

    def create_url_adapter(app: Quart, request: Any) -> Any:
        pin = runtime.pin.get()
        if pin is not None and pin.request is None and request is not None:
            pin.request = request
        return base.create_url_adapter(app, request)

    def add_background_task(app: Quart, func: Any, *args: Any, **kwargs: Any) -> None:
        owner = runtime.owner() or HOST
        run = _pinned_task(app, runtime, func, None if owner == HOST else owner)
        base.add_background_task(app, run, *args, **kwargs)

    return {
        "startup": functools.wraps(base.startup)(startup),
        "shutdown": functools.wraps(base.shutdown)(shutdown),
        "create_url_adapter": functools.wraps(base.create_url_adapter)(create_url_adapter),
        "add_background_task": functools.wraps(base.add_background_task)(add_background_task),
    }


def _pinned_task(app: Quart, runtime: Runtime, func: Any, owner: str | None) -> Any:
    generation = runtime.visible() if owner else None

    async def run(*args: Any, **kwargs: Any) -> None:
        if generation is None:
            runtime.pin.set(None)  # a task of the app sees what is current, however long it runs
            await app.ensure_async(func)(*args, **kwargs)
            return
        with runtime.pinned(owner, generation):
            await app.ensure_async(func)(*args, **kwargs)

    return run
