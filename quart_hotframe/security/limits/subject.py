"""Who is counted: the network of a client."""

from __future__ import annotations

from ipaddress import ip_address
from ipaddress import IPv6Address

NETWORK = 64
"""Bits of an IPv6 address that one customer of a provider has, who chooses the others."""


def network_of(address: str | None) -> str:
    """Return what stands for a client: its IPv4 address, or the /64 network of IPv6.

    :param address: ``request.remote_addr``, which need not be one, as with a Unix socket.
    """
    if address is None or ":" not in address:
        return address or ""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{int(found) >> (128 - NETWORK):x}/{NETWORK}"
