"""Registering blueprints on a throw-away app, to see what they bring before anything changes."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Any

from jinja2 import BaseLoader
from jinja2 import DictLoader
from jinja2 import Environment
from jinja2 import FileSystemLoader
from jinja2 import TemplateNotFound
from quart import Blueprint
from quart import Quart
from quart.cli import AppGroup

from ..errors import LoadError
from .attributes import fresh
from .attributes import FUNCTIONS
from .attributes import LISTS
from .contribution import Contribution
from .host import Host
from .routing import empty_like


@dataclass(frozen=True)
class Registration:
    """A blueprint and the options to register it with."""

    blueprint: Blueprint
    options: Mapping[str, Any] = field(default_factory=dict)


def register(host: Host, owner: str, parts: Iterable[Registration]) -> Contribution:
    """Register blueprints on a scratch app and return what they brought.

    :param host: the app; only copies of its state are shown to the blueprints.
    :raises LoadError: when a registration changed ``app.config`` or ``app.extensions``.
    """
    scratch = _scratch_of(host)
    for part in parts:
        scratch.register_blueprint(part.blueprint, **part.options)
    _refuse_changes(host.app, scratch, owner)
    return _contribution(host, scratch, owner)


def _scratch_of(host: Host) -> Quart:
    app = host.app
    scratch: Quart = host.kind.__new__(host.kind)
    state = vars(scratch)
    state.update(vars(app))
    for name in ("asgi_app", "app_context"):
        state.pop(name, None)
    state.update(fresh())
    state["url_map"] = empty_like(host.own["url_map"])
    state["config"] = copy.copy(app.config)
    state["extensions"] = dict(app.extensions)
    state["background_tasks"] = set()
    state["cli"] = AppGroup(name=app.cli.name)
    state["jinja_env"] = _copy_of(host.environment)
    return scratch


def _copy_of(source: Environment) -> Environment:
    new = source.overlay()
    new.filters, new.tests = dict(source.filters), dict(source.tests)
    new.globals = dict(source.globals)
    return new


def _refuse_changes(host: Quart, scratch: Quart, owner: str) -> None:
    for name in ("config", "extensions"):
        before, after = getattr(host, name), getattr(scratch, name)
        changed = {k for k in {*before, *after} if before.get(k) is not after.get(k)}
        if changed:
            raise LoadError(
                f"{owner!r} changes app.{name}[{sorted(changed)[0]!r}] while it registers: that "
                "would stay when the module goes. Set it in the application instead.",
                module=owner,
            )


def _contribution(host: Host, scratch: Quart, owner: str) -> Contribution:
    known, env = host.environment, scratch.jinja_env
    host_converters = host.own["url_map"].converters
    return Contribution(
        owner=owner,
        blueprints=dict(vars(scratch)["blueprints"]),
        views=dict(scratch.view_functions),
        rules=list(scratch.url_map.iter_rules()),
        converters=_added(scratch.url_map.converters, host_converters),
        functions={name: _filled(getattr(scratch, name)) for name in FUNCTIONS},
        lists={name: list(getattr(scratch, name)) for name in LISTS if getattr(scratch, name)},
        error_handlers={
            name: {code: dict(handlers) for code, handlers in codes.items() if handlers}
            for name, codes in scratch.error_handler_spec.items()
        },
        template_filters=_added(env.filters, known.filters),
        template_tests=_added(env.tests, known.tests),
        template_globals=_added(env.globals, known.globals),
        loaders=[
            _snapshot(bp.jinja_loader, known)
            for bp in scratch.blueprints.values()
            if bp.jinja_loader is not None
        ],
        commands=dict(scratch.cli.commands),
        before_serving=list(scratch.before_serving_funcs),
        while_serving=list(scratch.while_serving_gens),
        after_serving=list(scratch.after_serving_funcs),
    )


def _added(new: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in new.items() if known.get(name) is not value}


def _filled(functions: Mapping[str | None, list[Any]]) -> dict[str | None, list[Any]]:
    return {name: list(found) for name, found in functions.items() if found}


def _snapshot(loader: BaseLoader, environment: Environment) -> BaseLoader:
    """Return a loader with the templates' text of now: a version keeps its templates."""
    if type(loader) is not FileSystemLoader:
        return loader
    found = {}
    for name in loader.list_templates():
        try:
            text, path, _ = loader.get_source(environment, name)
        except (UnicodeDecodeError, TemplateNotFound):
            continue  # not a template: a picture or an editor's file that is gone again
        found[name] = (text, path)
    return SnapshotLoader(found)


class SnapshotLoader(DictLoader):
    """Templates as they were when their module was loaded, with the path for tracebacks."""

    def __init__(self, sources: Mapping[str, tuple[str, str | None]]) -> None:
        super().__init__({name: text for name, (text, _) in sources.items()})
        self.paths = {name: path for name, (_, path) in sources.items()}

    def get_source(self, environment: Environment, template: str) -> Any:
        """Return text, path and no check for changes."""
        text, _, _ = super().get_source(environment, template)
        return text, self.paths[template], None
