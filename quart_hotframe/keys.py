"""The keys that HotFrame signs with: those of the app, as Quart's sessions use them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quart import Quart

from .errors import ConfigurationError

COMMAND = "quart hotframe secret-key"
"""The command that makes a key."""


def signing_keys(app: Quart) -> tuple[bytes, ...]:
    """Return the keys of an app, the newest first: sign with the first one, accept all.

    They are ``SECRET_KEY`` and ``SECRET_KEY_FALLBACKS`` of ``app.config``, read anew each time.

    ::

        newest, *older = signing_keys(app)

    :raises ConfigurationError: when there is none, or they are no keys.
    """
    key, older = app.config.get("SECRET_KEY"), app.config.get("SECRET_KEY_FALLBACKS") or ()
    if not key:
        raise ConfigurationError(f"The app has no SECRET_KEY to sign with. {_advice()}")
    if isinstance(older, (str, bytes)):  # each letter would be a key
        raise ConfigurationError("SECRET_KEY_FALLBACKS must be a list of keys.")
    return (_key("SECRET_KEY", key), *(_key("SECRET_KEY_FALLBACKS", one) for one in older))


def _key(name: str, value: Any) -> bytes:
    """Return a key as bytes; no message shows it."""
    if not isinstance(value, (str, bytes)):
        raise ConfigurationError(f"{name} must be text or bytes, not {type(value).__name__}.")
    if not value:
        raise ConfigurationError(f"{name} has an empty key, with which everybody could sign.")
    return value.encode() if isinstance(value, str) else value


def check_keys(app: Quart, signers: Sequence[str]) -> None:
    """Refuse to serve without keys where something signs; not in debug mode and tests.

    :param signers: what signs, such as ``"HOTFRAME_SESSIONS"``. Nothing is asked of an app in
        which nothing does.
    :raises ConfigurationError: naming what signs, and the command that makes a key.
    """
    if not signers or app.debug or app.testing:
        return
    try:
        signing_keys(app)
    except ConfigurationError as error:
        raise ConfigurationError(f"{error} It is needed by {', '.join(signers)}.") from None


def _advice() -> str:
    return f"Make one with `{COMMAND}` and set app.config['SECRET_KEY']."
