"""What runs around every request that a policy binds, and nothing around others."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from functools import partial
from typing import Any
from typing import Self

from quart import Quart
from werkzeug.exceptions import Forbidden
from werkzeug.exceptions import HTTPException

from ..config import Settings
from ..runtime.contribution import Contribution
from ..runtime.door import SAFE
from ..runtime.dressing import dress
from ..runtime.runtime import Runtime
from .asked import current_request
from .asked import current_websocket
from .binding import PoliciesKind
from .bodies import limit_body
from .checking import check
from .csp import csp_nonce
from .csp_reports import add_reports
from .csp_reports import BLUEPRINT
from .csp_reports import ENDPOINT
from .csrf import has_token
from .csrf import judge
from .csrf import Verdict
from .csrf_tokens import csrf_token
from .errorpages import answer
from .errorpages import ErrorPages
from .hosts import TrustedHosts
from .policies import Policy
from .proxies import believing
from .report import Reporter


class Protection:
    """The policies of one app, at work.

    ``kind`` finds them, ``error_pages`` answer for errors that nobody else handles.
    """

    def __init__(self, app: Quart, runtime: Runtime, settings: Settings) -> None:
        self._runtime = runtime
        self._trusted = frozenset(settings.trusted_origins)
        self._hosts = TrustedHosts(settings.trusted_hosts) if settings.trusted_hosts else None
        usual = Policy(csp=settings.csp + (add_reports(app) if settings.csp_reports else ""))
        self.kind = PoliciesKind(app, usual, settings.hsts, settings.security == "strict")
        self.reporter = Reporter(
            app, runtime, self._trusted, self._hosts, lambda one: self.kind.of_host(one).policy
        )
        self.error_pages = ErrorPages(app, runtime, settings.security)
        self.functions: Mapping[str, Callable[..., Any]] = {
            "before_request_funcs": self.before_request,
            "before_websocket_funcs": self.before_websocket,
        }

    def __deepcopy__(self, memo: Any) -> Self:
        """Stay what it is in a copy of the registries that hold its methods."""
        return self

    def items_of(self, contribution: Contribution) -> dict[str, Any]:
        """Return the items of a blueprint that has no module around it."""
        bound = "policies" in self._runtime.kinds
        return {"policies": self.kind.collect(contribution, {})} if bound else {}

    def bind_own(self, endpoint: str) -> None:
        """Protect a route of HotFrame's own; requests to the app's routes meet nothing of it."""
        if "policies" not in self._runtime.kinds:
            return
        bound = self._runtime.host_items.get("policies", {})
        self._runtime.host_items["policies"] = {**bound, endpoint: self.kind.of_host(endpoint)}
        functions = self._runtime.host.own["before_request_funcs"]
        if not bound and self._runtime.leading:
            functions[BLUEPRINT].append(self.before_request)

    async def before_request(self) -> None:
        """Refuse what a policy forbids, before the body of the request is read.

        The answer, whatever it will be, gets its headers where it leaves the app.
        """
        asked: Any = current_request()
        binding = self._runtime.visible().kinds["policies"][asked.endpoint]
        if binding is None:
            return
        dress(asked.scope, partial(binding.headers.set_on, asked.scope))
        if self._hosts is not None:
            self._hosts.check(asked)
        if binding.policy.max_body is not None:
            limit_body(asked, binding.policy.max_body)
        if asked.method not in SAFE and binding.policy.csrf:
            await self._refuse_others(asked)

    async def before_websocket(self) -> None:
        """Refuse the handshake of a page of another site."""
        asked = current_websocket()
        binding = self._runtime.visible().kinds["policies"][asked.endpoint]
        if binding is None:
            return
        if self._hosts is not None:
            self._hosts.check(asked)
        if binding.policy.csrf:
            await self._refuse_others(asked)

    async def _refuse_others(self, asked: Any) -> None:
        verdict = judge(asked, self._trusted)
        if verdict is Verdict.OWN or (verdict is Verdict.UNKNOWN and await has_token(asked)):
            return
        self.reporter.tell(asked, verdict)
        raise Forbidden("This was sent from another site, or by a program that does not say so.")


def protect(app: Quart, runtime: Runtime, settings: Settings) -> Protection:
    """Bind the routes that ``HOTFRAME_SECURITY`` says, and believe the proxies that are trusted.

    :raises ConfigurationError: when a setting cannot be used.
    """
    check(settings)
    if settings.trusted_proxies:
        app.asgi_app = believing(  # type: ignore[method-assign]
            app.asgi_app, settings.trusted_proxies, settings.forwarded_headers
        )
    runtime.environment_globals |= {"csp_nonce": csp_nonce, "csrf_token": csrf_token}
    protection = Protection(app, runtime, settings)
    runtime.fallback = answer
    if settings.security != "off":
        runtime.kinds["policies"] = protection.kind
    if settings.security == "strict":
        _bind_all(app, runtime, protection)
    elif settings.security == "report":
        runtime.leading = protection.functions
        runtime.watching = protection.reporter.watch
        if settings.csp_reports:
            protection.bind_own(ENDPOINT)
    return protection


def _bind_all(app: Quart, runtime: Runtime, protection: Protection) -> None:
    """Protect the app's own routes too, around all that the app does."""
    own = runtime.host.own
    for name, function in protection.functions.items():
        own[name][None].insert(0, function)

    async def handle(error: HTTPException) -> Any:
        # The app's own for all exceptions is more general, so Quart would not ask it.
        general = own["error_handler_spec"][None][None].get(Exception)
        return await (answer if general is None else app.ensure_async(general))(error)

    own["error_handler_spec"][None][None].setdefault(HTTPException, handle)
