"""The headers in which proxies tell of the client: ``X-Forwarded-…`` and RFC 7239."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass

KINDS = ("for", "proto", "host", "port", "forwarded")
"""What the setting ``HOTFRAME_FORWARDED_HEADERS`` may name."""

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_PORT = re.compile(r"[0-9]{1,5}")
_PAIR = re.compile(r"""\s*([A-Za-z]+)=("(?:[^"\\]|\\.)*"|[^\s;,"]*)\s*""")
_NODE = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}|(.*)")
_LONGEST = 4096


@dataclass(frozen=True)
class Hop:
    """What one proxy said about who connected to it; ``""`` is not known."""

    client: str = ""
    proto: str = ""
    host: str = ""
    port: str = ""


def hops_of(headers: Iterable[tuple[bytes, bytes]], kinds: Sequence[str]) -> list[Hop]:
    """Return what the proxies said, the nearest one last.

    :param kinds: which headers are read; others may come from the client itself.
    """
    names = ["forwarded"] if "forwarded" in kinds else [f"x-forwarded-{kind}" for kind in kinds]
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, value in headers:
        key = name.decode("latin1").lower()
        if key in found:
            found[key].append(value.decode("latin1"))
    joined = {key: ",".join(values) for key, values in found.items()}
    if any(len(text) > _LONGEST for text in joined.values()):
        return []
    return _rfc_7239(joined["forwarded"]) if "forwarded" in found else _x_forwarded(joined)


def _x_forwarded(texts: dict[str, str]) -> list[Hop]:
    """Return the hops of lists that end together; a list of one value is that of all hops."""
    lists = {
        name.removeprefix("x-forwarded-"): [part.strip() for part in text.split(",")]
        for name, text in texts.items()
        if text
    }
    longest = max(lists.values(), key=len, default=[])
    return [
        _hop({kind: _at(kind, values, back) for kind, values in lists.items()})
        for back in range(len(lists.get("for", longest)), 0, -1)
    ]


def _at(kind: str, values: list[str], back: int) -> str:
    if len(values) == 1 and kind != "for":
        return values[0]
    return values[-back] if back <= len(values) else ""


def _rfc_7239(text: str) -> list[Hop]:
    if not text:
        return []
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    position = 0
    while position < len(text):
        found = _PAIR.match(text, position)
        if found is None:
            return []  # who writes such a thing is not believed at all
        pairs.setdefault(found[1].lower(), _unquoted(found[2]))
        position = found.end()
        end = text[position : position + 1]
        if end not in (",", ";", ""):
            return []
        if end != ";":
            hops.append(_hop(pairs))
            pairs = {}
        position += 1
    return hops


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value


def _hop(parts: dict[str, str]) -> Hop:
    node = _NODE.fullmatch(parts.get("for", ""))
    client = next(filter(None, node.groups()), "") if node else ""
    host, port = parts.get("host", ""), parts.get("port", "")
    return Hop(
        client=client,
        proto=parts.get("proto", ""),
        host=host if _HOST.fullmatch(host) else "",
        port=port if _PORT.fullmatch(port) else "",
    )
