"""Where npm is told to fetch packages from: environment, the project's ``.npmrc``, the user's."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import VendorError

PUBLIC = "https://registry.npmjs.org/"
"""The registry of who has said nothing else."""
FILE = ".npmrc"
_VARIABLE = re.compile(r"(?<!\\)\$\{([^${}]+)\}")
_PREFIX = re.compile("npm_config_", re.IGNORECASE)


@dataclass(frozen=True)
class NpmConfig:
    """What npm is configured to, as far as fetching needs it. Its values may be secrets.

    :param values: keys as they stand in an ``.npmrc``, such as ``@scope:registry``.
    """

    values: Mapping[str, str]

    @classmethod
    def read(cls, project: Path, environment: Mapping[str, str] | None = None) -> NpmConfig:
        """Read the configuration; the environment wins, then the project, then the user.

        :param project: the folder of the app.
        :raises VendorError: a file cannot be read.
        """
        environment = os.environ if environment is None else environment
        given = dict(_from_environment(environment))
        home = Path(environment.get("HOME") or Path.home())
        user = Path(given.get("userconfig") or home / FILE)
        files = (_from_file(path, environment) for path in (project / FILE, user))
        local, personal = files
        return cls({**personal, **local, **given})

    def registry_of(self, name: str) -> str:
        """Return the address of the registry that has a package; it ends with ``/``."""
        scope = name.partition("/")[0] if name.startswith("@") else ""
        found = self.values.get(f"{scope}:registry") if scope else None
        return (found or self.values.get("registry") or PUBLIC).rstrip("/") + "/"

    def token_for(self, url: str) -> str | None:
        """Return the token for an address: that of its host and of the longest path above it."""
        parts = urlsplit(url)
        path = parts.path
        while path:
            path = path[: path.rstrip("/").rfind("/") + 1]
            for key in (f"//{parts.netloc}{path}", f"//{parts.netloc}{path.rstrip('/')}"):
                if token := self.values.get(f"{key}:_authToken"):
                    return token
            if path == "/":
                break
        return None

    @property
    def cafile(self) -> str | None:
        """The file of certificates to trust."""
        return self.values.get("cafile") or None


def _from_environment(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, value in environment.items():
        if _PREFIX.match(name) and value:
            key = name[len("npm_config_") :]
            yield (key if key[:1] in "/@" else key.lower().replace("_", "-")), value


def _from_file(path: Path, environment: Mapping[str, str]) -> dict[str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise VendorError(f"{path} cannot be read: {error}.") from error
    return dict(_lines(text, environment))


def _lines(text: str, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.lstrip().startswith((";", "#")):
            plain = value.strip().strip("\"'")
            yield key.strip(), _VARIABLE.sub(lambda m: environment.get(m[1], m[0]), plain)
