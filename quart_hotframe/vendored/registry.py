"""Fetching from an npm registry: HTTPS only, bounded in size and time, tokens for their host.

Everything here blocks; from async code call it in a thread.
"""

from __future__ import annotations

import ipaddress
import json
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any
from typing import IO
from urllib.error import HTTPError
from urllib.error import URLError
from urllib.parse import quote
from urllib.parse import urljoin
from urllib.parse import urlsplit
from urllib.request import build_opener
from urllib.request import HTTPRedirectHandler
from urllib.request import HTTPSHandler
from urllib.request import Request

from ..errors import nearest
from ..errors import VendorError
from .npmrc import NpmConfig
from .npmrc import PUBLIC

CHUNK = 64 * 1024
ABBREVIATED = "application/vnd.npm.install-v1+json, application/json;q=0.8"
PACKUMENT_MAX = 32 * 1024 * 1024
"""Bytes that what a registry says about one package may have."""


class Registry:
    """Registries as npm is configured.

    :param config: what npm is configured to.
    :param timeout: seconds that one download may take.
    :param max_bytes: most bytes of a tarball.
    """

    def __init__(self, config: NpmConfig, *, timeout: float, max_bytes: int) -> None:
        self._config = config
        self._timeout = timeout
        self._max_bytes = max_bytes

    def find(self, name: str, version: str) -> tuple[str, str]:
        """Return where the tarball of a version lies, and its sha512 as ``integrity``.

        The place is relative to the registry, or an address where it lies elsewhere.

        :raises VendorError: there is no such package or version, or no sha512 of it.
        """
        versions = self._versions(name)
        if version not in versions:
            hint = nearest(version, versions) or f" The newest are {_newest(versions)}."
            raise VendorError(f"{name} has no version {version}.{hint}")
        found = versions[version]
        dist = found.get("dist") if isinstance(found, dict) else None
        dist = dist if isinstance(dist, dict) else {}
        integrity = _sha512(dist.get("integrity"))
        if integrity is None or not isinstance(dist.get("tarball"), str):
            raise VendorError(
                f"The registry has no sha512 of {name} {version}: what is fetched could not be "
                "checked. Get the file yourself and give it with --file."
            )
        return self._place(name, dist["tarball"]), integrity

    def fetch(self, name: str, place: str, into: IO[bytes]) -> None:
        """Write a tarball into a file.

        :param place: where it lies, as :meth:`find` said it.
        :raises VendorError: it cannot be had, or is too large.
        """
        url = urljoin(self._config.registry_of(name), place)
        for chunk in self._get(url, "*/*", self._max_bytes):
            into.write(chunk)

    def _versions(self, name: str) -> dict[str, Any]:
        url = urljoin(self._config.registry_of(name), quote(name, safe="@"))
        text = b"".join(self._get(url, ABBREVIATED, PACKUMENT_MAX, missing=name))
        try:
            versions = json.loads(text)["versions"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise VendorError(f"{url} did not answer as a registry of npm does.") from error
        if not isinstance(versions, dict):
            raise VendorError(f"{url} did not answer as a registry of npm does.")
        return versions

    def _place(self, name: str, tarball: str) -> str:
        """Return the address within the registry; others than the public one may say its."""
        for registry in (self._config.registry_of(name), PUBLIC):
            if tarball.startswith(registry):
                return tarball.removeprefix(registry)
        return tarball

    def _get(self, url: str, accept: str, limit: int, missing: str = "") -> Iterator[bytes]:
        _check_url(url)
        request = Request(url, headers={"Accept": accept, "User-Agent": "quart-hotframe"})
        if token := self._config.token_for(url):
            # Not sent on to where a redirect leads.
            request.add_unredirected_header("Authorization", f"Bearer {token}")
        end = time.monotonic() + self._timeout
        try:
            with self._opener().open(request, timeout=self._timeout) as response:
                yield from _bounded(response, url, limit, end)
        except HTTPError as error:
            error.close()
            raise VendorError(_refused(url, error.code, missing)) from error
        except (URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise VendorError(
                f"{url} cannot be reached: {reason}. Without a network, give the file with --file."
            ) from error

    def _opener(self) -> Any:
        try:
            context = ssl.create_default_context(cafile=self._config.cafile)
        except (OSError, ssl.SSLError) as error:
            raise VendorError(f"cafile {self._config.cafile!r} cannot be read: {error}.") from error
        return build_opener(_Redirects(), HTTPSHandler(context=context))


class _Redirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        try:
            _check_url(newurl)
        except VendorError:
            fp.close()
            raise
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_url(url: str) -> None:
    """Refuse an address that others on the way could change.

    :raises VendorError: it is not HTTPS, and not on this machine.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError as error:
        raise VendorError(f"{url!r} is no address.") from error
    if parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)):
        return
    raise VendorError(f"{url!r} is refused: write an https address.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bounded(response: Any, url: str, limit: int, end: float) -> Iterator[bytes]:
    size = 0
    while chunk := response.read1(CHUNK):
        size += len(chunk)
        if size > limit:
            raise VendorError(
                f"{url} has more than {limit} bytes. "
                "Raise HOTFRAME_ARCHIVE_MAX_BYTES if that is right."
            )
        if time.monotonic() > end:
            raise VendorError(f"{url} takes too long. Give it more time with --timeout.")
        yield chunk


def _refused(url: str, status: int, missing: str) -> str:
    if status == 404 and missing:
        return f"The registry has no package {missing!r} ({url}). Correct the name."
    if status in (401, 403):
        return f"{url} answered {status}: is the _authToken in .npmrc right?"
    return f"{url} answered {status}."


def _sha512(integrity: object) -> str | None:
    """Return the sha512 out of an ``integrity``, which may have several checksums."""
    words = integrity.split() if isinstance(integrity, str) else []
    return next((word.partition("?")[0] for word in words if word.startswith("sha512-")), None)


def _newest(versions: dict[str, Any]) -> str:
    return ", ".join(list(versions)[-3:]) or "none"
