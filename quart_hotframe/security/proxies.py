"""What proxies say about the client, believed from those that are trusted.

The scope is rewritten before anything of the app sees it, so ``request.remote_addr``,
``request.scheme``, ``url_for(…, _external=True)`` and all that builds on them are right.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence
from ipaddress import ip_address
from ipaddress import ip_network
from ipaddress import IPv4Address
from ipaddress import IPv6Address
from typing import Any

from .forwarded import Hop
from .forwarded import hops_of
from .origins import DEFAULT_PORTS
from .request_ids import adopt

Address = IPv4Address | IPv6Address
SCHEMES = {("http", "http"): "http", ("http", "https"): "https"}
SCHEMES |= {("websocket", "http"): "ws", ("websocket", "https"): "wss"}
_MOST_HOPS = 32


class Trust:
    """Which hops are trusted: a number of them, or their networks."""

    def __init__(self, given: Sequence[str]) -> None:
        """Take what the setting says, such as ``["2"]`` or ``["10.0.0.0/8", "unix"]``.

        :raises ValueError: it is neither.
        """
        self.count = int(given[0]) if len(given) == 1 and given[0].isdecimal() else 0
        if len(given) == 1 and given[0] == "0":
            raise ValueError("0")
        self._unix = "unix" in given
        named = [] if self.count else [one for one in given if one != "unix"]
        self._networks = [ip_network(one) for one in named]

    def has(self, address: str) -> bool:
        """Say whether an address is that of a trusted hop; ``""`` is a Unix socket."""
        if not address:
            return self._unix
        found = address_of(address)
        return found is not None and any(found in network for network in self._networks)

    def believed(self, peer: str, hops: Sequence[Hop]) -> Hop | None:
        """Return what the outermost trusted hop said, ``None`` when nothing is believed."""
        if self.count:
            return hops[-self.count] if len(hops) >= self.count else None
        found: Hop | None = None
        for hop in reversed(hops[-_MOST_HOPS:]):
            if not self.has(peer):
                break
            found, peer = hop, hop.client
            if address_of(peer) is None:
                break
        return found


def address_of(text: str) -> Address | None:
    """Return an address, that of IPv4 within IPv6 as IPv4; ``None`` when the text is none."""
    if "%" in text:  # what follows may be any text
        return None
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def believing(inner: Any, given: Sequence[str], kinds: Sequence[str]) -> Callable[..., Any]:
    """Return an ASGI application that gives *inner* the scope of the client behind proxies.

    :param given: how many hops are trusted, or their networks.
    :param kinds: what of the client they tell: ``for``, ``proto``, ``host``, ``port``, each in an
        ``X-Forwarded-`` header, or ``forwarded`` for the header of RFC 7239.
    """
    trust = Trust(given)

    async def believe(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] in ("http", "websocket"):
            scope = rewritten(scope, trust, kinds)
        await inner(scope, receive, send)

    return believe


def rewritten(scope: Any, trust: Trust, kinds: Sequence[str]) -> Any:
    """Return a scope as a trusted hop described it, or the one that was given."""
    peer = (scope.get("client") or ("",))[0]
    if not trust.count and not trust.has(peer):
        return scope
    new = {**scope}
    for name, value in scope["headers"]:
        if name.lower() == b"x-request-id":
            adopt(new, value)
    hop = trust.believed(peer, hops_of(scope["headers"], kinds))
    if hop is None:
        return new
    address = address_of(hop.client)
    if address is not None:
        new["client"] = (str(address), 0)
    new["scheme"] = SCHEMES.get((scope["type"], hop.proto.lower()), scope["scheme"])
    if hop.host or hop.port:
        _set_host(new, hop)
    return new


def _set_host(scope: Any, hop: Hop) -> None:
    rest = [(name, value) for name, value in scope["headers"] if name.lower() != b"host"]
    old = next((v for n, v in scope["headers"] if n.lower() == b"host"), b"").decode("latin1")
    host = hop.host or old
    if hop.port:
        bare = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
        scheme = scope["scheme"].replace("ws", "http")
        port = f":{hop.port}"
        host = bare if port == DEFAULT_PORTS.get(scheme) else bare + port
    scope["headers"] = [(b"host", host.encode("latin1")), *rest]
