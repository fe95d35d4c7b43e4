"""What is told about refusals, and about what would be refused if a route were bound."""

from __future__ import annotations

import logging
from collections.abc import Callable
from collections.abc import Collection
from typing import Any

from quart import Quart
from werkzeug.exceptions import HTTPException

from ..runtime.contribution import HOST
from ..runtime.gate import adapter_for
from ..runtime.gate import request_of
from ..runtime.runtime import Runtime
from .csrf import judge
from .csrf import Verdict
from .hosts import TrustedHosts
from .policies import Policy

log = logging.getLogger("quart_hotframe.security")

MOST = 200
"""Most lines of one process: each endpoint has one at most for each reason, whatever is sent."""

_WOULD = "would be refused under HOTFRAME_SECURITY=strict"
_HINT = {
    Verdict.OTHER: "If that site may do so, add it to HOTFRAME_TRUSTED_ORIGINS. If this app is "
    "behind a proxy, see HOTFRAME_TRUSTED_PROXIES.",
    Verdict.UNKNOWN: "Let the client send 'Sec-Fetch-Site: same-origin' or a token: csrf_token().",
}


class Reporter:
    """Tells once for each endpoint and reason.

    :param trusted: origins whose pages may do what own pages may.
    :param hosts: the names of the app, where they are given.
    :param policy_of: returns the policy that an endpoint of the app would have.
    """

    def __init__(
        self, app: Quart, runtime: Runtime, trusted: Collection[str], hosts: TrustedHosts | None,
        policy_of: Callable[[str], Policy],
    ) -> None:  # fmt: skip
        self._app = app
        self._runtime = runtime
        self._trusted = trusted
        self._hosts = hosts
        self._policy_of = policy_of
        self._told: set[tuple[str, Verdict | None]] = set()

    def watch(self, scope: Any) -> None:
        """Tell of a request to a route of the app that would be refused if it were bound."""
        try:
            self._watch(scope)
        except Exception:  # it was answered, and who sends nonsense must not fill the log
            log.debug("A request could not be judged.", exc_info=True)

    def _watch(self, scope: Any) -> None:
        if len(self._told) >= MOST or self._runtime.owner() not in (None, HOST):
            return
        if self._hosts is None and _says_own(scope):
            return
        asked = request_of(scope)
        verdict = judge(asked, self._trusted)
        named = self._hosts is None or self._hosts.knows(asked)
        if named and verdict is Verdict.OWN:
            return
        endpoint = self._endpoint(asked)
        if not endpoint or endpoint in self._runtime.visible().kinds["policies"]:  # or it is bound
            return
        if not named:
            self._tell_of_host(endpoint, asked)
        if verdict is not Verdict.OWN and self._policy_of(endpoint).csrf:
            self._tell(endpoint, asked, verdict, _WOULD)

    def tell(self, asked: Any, verdict: Verdict) -> None:
        """Tell of a request that was refused."""
        self._tell(asked.endpoint or "a page that does not exist", asked, verdict, "was refused")

    def _tell(self, endpoint: str, asked: Any, verdict: Verdict, what: str) -> None:
        if self._first(endpoint, verdict):
            log.warning(
                "A request to %r %s: its sender is %s (Origin %.200r, Sec-Fetch-Site %.20r). %s",
                endpoint, what, verdict.value, asked.headers.get("Origin"),
                asked.headers.get("Sec-Fetch-Site"), _HINT[verdict],
            )  # fmt: skip

    def _tell_of_host(self, endpoint: str, asked: Any) -> None:
        if self._first(endpoint, None):
            log.warning(
                "A request to %r %s: HOTFRAME_TRUSTED_HOSTS does not have its host, %.200r.",
                endpoint, _WOULD, asked.headers.get("Host"),
            )  # fmt: skip

    def _first(self, endpoint: str, reason: Verdict | None) -> bool:
        """Say whether this is to be told now; without a verdict the reason is the host."""
        if (endpoint, reason) in self._told or len(self._told) >= MOST:
            return False
        self._told.add((endpoint, reason))
        return True

    def _endpoint(self, asked: Any) -> str:
        """Return the route of the app that was asked, ``""`` when it has none."""
        rules = self._runtime.host.own["url_map"]
        try:
            return str(adapter_for(self._app, rules, asked).match()[0])
        except HTTPException:  # nothing is there, or only under another address
            return ""


def _says_own(scope: Any) -> bool:
    """Say whether a browser says what :func:`judge` takes for an own page, without a request."""
    site = next((value for name, value in scope["headers"] if name == b"sec-fetch-site"), b"")
    return site in (b"same-origin", b"none")
