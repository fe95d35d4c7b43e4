"""Answers that depend on the user, kept out of caches that several people share."""

from __future__ import annotations

from werkzeug.datastructures import ResponseCacheControl
from werkzeug.http import parse_cache_control_header
from werkzeug.http import parse_set_header

from ...runtime.dressing import Headers

_CACHE, _VARY = b"cache-control", b"vary"


def keep_private(headers: Headers, present: set[bytes]) -> None:
    """Say that an answer is for one user only, on the headers that it leaves with."""
    if _CACHE in present:
        _set(headers, _CACHE, _private(_value(headers, _CACHE)))
    else:
        headers.append((_CACHE, b"private"))
    if _VARY in present:
        _set(headers, _VARY, _with_cookie(_value(headers, _VARY)))
    else:
        headers.append((_VARY, b"Cookie"))
    present |= {_CACHE, _VARY}


def _private(value: str) -> str:
    cache = parse_cache_control_header(value, cls=ResponseCacheControl)
    if cache.no_store:
        return value
    cache.public, cache.s_maxage, cache.private = False, None, True
    return cache.to_header()


def _with_cookie(value: str) -> str:
    found = parse_set_header(value)
    found.add("Cookie")
    return found.to_header()


def _value(headers: Headers, name: bytes) -> str:
    return ", ".join(value.decode("latin-1") for key, value in headers if key.lower() == name)


def _set(headers: Headers, name: bytes, value: str) -> None:
    headers[:] = [one for one in headers if one[0].lower() != name]
    headers.append((name, value.encode("latin-1")))
