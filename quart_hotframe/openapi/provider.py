"""What quart-schema is told of modules: which routes they have, and how their parts are called."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from types import new_class
from typing import Any
from typing import cast

from quart_schema import OpenAPIProvider
from quart_schema import Tag
from werkzeug.routing import Rule

from ..runtime.contribution import Contribution
from ..runtime.contribution import HOST
from ..runtime.runtime import Runtime
from .naming import of_owner
from .naming import renamed

OWN = "hotframe."
"""How the endpoints of HotFrame's own routes begin."""


class Following(OpenAPIProvider):
    """A provider that knows modules; a class of the app comes below it."""

    runtime: Runtime

    def schema(self) -> dict[str, Any]:
        """Return the document of the generation that the caller sees."""
        document = super().schema()
        used = set(_tags_in(document["paths"]))
        known = {one["name"] for one in document.get("tags", ())}
        new = [_tag(c).schema(camelize=True) for c in self._owners() if c.owner in used - known]
        if new:
            document["tags"] = [*document.get("tags", ()), *new]
        return document

    def generate_rules(self) -> Iterable[Rule]:
        """Yield the app's rules, then those of modules in the order of dependencies."""
        ranks = {one.owner: rank for rank, one in enumerate(self._owners())}
        shown = [rule for rule in super().generate_rules() if not self._is_internal(rule)]
        return sorted(shown, key=lambda rule: ranks.get(self._owner_of(rule), -1))

    def build_paths(self, rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the operations of a rule, and the schemas that they use."""
        paths, schemas = super().build_paths(rule)
        owner = self._owner_of(rule)
        for methods in paths.values():
            for method, operation in methods.items():
                if "tags" in operation:  # from a set, whose order differs between processes
                    operation["tags"] = sorted(operation["tags"])
                if owner != HOST:
                    self._mark(operation, method, rule, owner)
        if owner == HOST:
            return paths, schemas
        own = {of_owner(name, owner): one for name, one in schemas.items()}
        return renamed(paths, schemas, owner), renamed(own, schemas, owner)

    def _mark(self, operation: dict[str, Any], method: str, rule: Rule, owner: str) -> None:
        """Tell the operation of a module from those of others, unless its author named it."""
        operation.setdefault("tags", [owner])
        view: Any = self.runtime.visible().attributes["view_functions"][rule.endpoint]
        if operation.get("operationId") == f"{method}_{view.__name__}":
            operation["operationId"] = f"{method}_{owner}_{view.__name__}"

    def _owners(self) -> list[Contribution]:
        return list(self.runtime.visible().contributions.values())

    def _owner_of(self, rule: Rule) -> str:
        return self.runtime.visible().owner_of(rule.endpoint)

    def _is_internal(self, rule: Rule) -> bool:
        """Say whether a route is HotFrame's own, or serves the files of a module."""
        if self._owner_of(rule) == HOST:
            return bool(rule.endpoint.startswith(OWN))
        return rule.endpoint.endswith(".static") and "filename" in rule.arguments


def following(provider: OpenAPIProvider, extension: Any, runtime: Runtime) -> Following:
    """Return a provider in the place of an app's own one, that knows modules too."""
    base = type(provider)
    kind = cast(type[Following], new_class(base.__name__, tuple(dict.fromkeys((Following, base)))))
    new = kind(runtime.app, extension)
    new.runtime = runtime
    return new


def _tags_in(paths: dict[str, Any]) -> Iterator[str]:
    for methods in paths.values():
        for operation in methods.values():
            yield from operation.get("tags", ())


def _tag(contribution: Contribution) -> Tag:
    """Return the tag of a module; a bare blueprint has no manifest that describes it."""
    module: Any = contribution.items.get("module")
    manifest = module.manifest if module is not None else None
    about = (manifest.description or manifest.title) if manifest is not None else None
    return Tag(contribution.owner, about if about != contribution.owner else None)
