"""Settings of security that cannot be used stop the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..config import Settings
from ..errors import ConfigurationError
from ..errors import nearest
from .csp import check_csp
from .forwarded import KINDS
from .origins import parsed_origin
from .proxies import Trust

_NAME = re.compile(r"\.?([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]+|\[[0-9A-Fa-f:.]+\]")


def check(settings: Settings) -> None:
    """Refuse settings that cannot be used.

    :raises ConfigurationError: naming the key.
    """
    for key, problem in _problems(settings):
        raise ConfigurationError(f"HOTFRAME_{key} {problem}")


def _problems(settings: Settings) -> Iterator[tuple[str, str]]:
    for one in settings.trusted_origins:
        if parsed_origin(one) != one:
            yield "TRUSTED_ORIGINS", f"has {one!r}: write it like 'https://shop.example'."
    for one in settings.trusted_hosts:
        if not _NAME.fullmatch(one):
            yield "TRUSTED_HOSTS", f"has {one!r}: write names without a port, like 'shop.example'."
    try:
        Trust(settings.trusted_proxies)
    except ValueError as error:
        yield (
            "TRUSTED_PROXIES",
            (f"must be a number of proxies, as '1', or their networks: {error}."),
        )
    yield from _kinds(settings.forwarded_headers)
    try:
        check_csp(settings.csp)
    except ValueError as error:
        yield "CSP", str(error)


def _kinds(given: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for one in given:
        if one not in KINDS:
            yield "FORWARDED_HEADERS", f"has {one!r}.{nearest(one, KINDS)}"
    if "forwarded" in given and len(given) > 1:
        yield "FORWARDED_HEADERS", "must be 'forwarded' alone, or some of the others."
