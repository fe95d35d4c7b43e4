"""Which policy binds which endpoint: a kind of contribution that goes with its module."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from quart import Quart

from ..runtime.contribution import Contribution
from .headers import ProtectiveHeaders
from .policies import options_of
from .policies import Policy
from .timeouts import Deadlines


@dataclass(frozen=True)
class Binding:
    """A policy with what is ready for each answer."""

    policy: Policy
    headers: ProtectiveHeaders


class Bindings(dict[str | None, Binding | None]):
    """The bindings of a generation, by endpoint.

    :param host: finds that of a route of the app; without it they are not bound.
    """

    def __init__(self, found: Mapping[str | None, Binding], host: PoliciesKind | None) -> None:
        super().__init__(found)
        self._host = host

    def __missing__(self, endpoint: str | None) -> Binding | None:
        if self._host is None:
            return None
        binding = self._host.of_host(endpoint)
        self[endpoint] = binding  # endpoints that exist, and None for what does not
        return binding


class PoliciesKind:
    """Finds the policies of an owner's endpoints.

    :param app: the application.
    :param usual: the policy of a route that says nothing.
    :param hsts: seconds for which browsers shall use HTTPS only.
    :param strict: whether routes of the app are bound too.
    """

    name = "policies"

    def __init__(self, app: Quart, usual: Policy, hsts: float, strict: bool) -> None:
        self._app = app
        self._usual = usual
        self._hsts = hsts
        self._strict = strict

    def collect(
        self, contribution: Contribution, sources: Mapping[str, Any]
    ) -> Mapping[str, Binding]:
        """Return the bindings of all endpoints, and wrap what may not take long.

        It comes after kinds that put functions before requests, so that these are wrapped too.
        """
        manifest = sources.get("manifest")
        outer = self._usual.changed(manifest.security if manifest is not None else {})
        found = {
            endpoint: self._bound(_policy(endpoint, view, contribution.blueprints, outer))
            for endpoint, view in contribution.views.items()
        }
        timeouts = {e: one.policy.timeout for e, one in found.items()}
        if seconds := {e: time for e, time in timeouts.items() if time is not None}:
            Deadlines(seconds).hold_for(contribution)
        return found

    def of_host(self, endpoint: str | None) -> Binding:
        """Return the binding of a route of the app, or of what is no route."""
        view = self._app.view_functions.get(endpoint or "")
        return self._bound(_policy(endpoint or "", view, self._app.blueprints, self._usual))

    def seconds_of_host(self, endpoint: str) -> float | None:
        """Return how long a route of the app may take, where that is bound."""
        return self.of_host(endpoint).policy.timeout if self._strict else None

    def _bound(self, policy: Policy) -> Binding:
        return Binding(policy, ProtectiveHeaders(policy.csp, policy.headers, self._hsts))

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Return nothing: endpoints clash before their policies could."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Mapping[str, Binding] | None]]) -> Bindings:
        """Return the bindings of a generation."""
        found: dict[str | None, Binding] = {
            e: one for _, items in owners for e, one in (items or {}).items()
        }
        return Bindings(found, self if self._strict else None)

    def dispose(self, items: Any) -> None:
        """Do nothing: generations alone hold the bindings."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: options stand on the views themselves."""


def _policy(endpoint: str, view: Any, blueprints: Mapping[str, Any], outer: Policy) -> Policy:
    policy, parts = outer, endpoint.split(".")[:-1]
    for end in range(1, len(parts) + 1):
        blueprint = blueprints.get(".".join(parts[:end]))
        policy = policy.changed(options_of(blueprint))
    return policy.changed(options_of(view))
