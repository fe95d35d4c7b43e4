"""Every exception that HotFrame raises.

::

    HotFrameError
    ├── ConfigurationError (ValueError)      a HOTFRAME_ setting is wrong
    ├── MissingExtra (ImportError)           an optional package is not installed
    ├── SetupError (RuntimeError)            the extension is used in a way that cannot work
    ├── DatabaseUnavailable (ServiceUnavailable)
    │                                        the database does not answer
    ├── BackendUnavailable (ServiceUnavailable)
    │                                        a server that limits or cache need does not answer
    ├── RateLimited (TooManyRequests)        a client asks too often
    ├── SessionsUnavailable (ServiceUnavailable)
    │                                        the store of sessions does not answer
    ├── SessionTooLarge (ValueError)         too much was put into a session
    ├── TokenInvalid (ValueError)            a signed token is not what it should be
    │   └── TokenExpired                     it was right, and is too old
    ├── AuthenticationRequired (Unauthorized)
    │                                        nobody has signed in, and a guard asks for somebody
    ├── PermissionDenied (Forbidden)         a guard refuses the user
    ├── BlockNotFound (LookupError)          a template has no such block
    ├── FieldNotFound                        a form has no such field
    ├── VendorError                          a package was not vendored, or its lock is wrong
    ├── TopicError (ValueError)              a topic has no good name, or nobody may follow it
    ├── HookError                            a receiver failed and the caller asked to be told
    ├── ComponentError                       a component is written or used wrongly: file and line
    │   ├── ComponentNotFound (LookupError)  there is none of that name
    │   └── PropError (TypeError)            a prop is missing, unknown or of another type
    ├── StoreError (OSError)                 the store cannot be read or written
    ├── MigrationError (RuntimeError)        a migration did not happen; the database is as it was
    │   ├── RevisionError (ValueError)       revision files are wrong or missing: file and line
    │   └── MigrationBusy (TimeoutError)     another process still migrates, or writes
    ├── OperationError                       a change of modules did not happen
    │   ├── OperationBusy (TimeoutError)     another change is still running
    │   └── OperationAborted                 a worker could not follow; nothing changed
    └── ModuleError                          something about one module
        ├── ModuleNotFound (LookupError)
        ├── ModuleStateError (ValueError)    not possible in the state the module is in
        ├── ManifestError (ValueError)       module.toml: file, line and key are named
        ├── SettingsError (ValueError)       it has no such setting, or the value does not fit
        ├── ArchiveError (ValueError)        an archive is refused
        ├── DependencyError
        │   ├── DependencyMissing (LookupError)
        │   ├── DependencyCycle (ValueError)
        │   ├── DependentsRemain             others need it
        │   └── RequirementNotMet            Python, Quart, HotFrame or a package
        ├── LoadError (ImportError)          its code cannot be imported or registered
        ├── LoadTimeout (TimeoutError)       its import does not end
        ├── ClashError (ValueError)          it brings what another owner has
        └── LifecycleError                   its own install, enable or upgrade function failed
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from json import dumps
from typing import Any

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.exceptions import TooManyRequests
from werkzeug.exceptions import Unauthorized


class HotFrameError(Exception):
    """Base of all errors of this package."""


class ConfigurationError(HotFrameError, ValueError):
    """A ``HOTFRAME_`` setting is unknown or has a wrong value."""


class MissingExtra(HotFrameError, ImportError):
    """An optional package is needed and not installed."""


class SetupError(HotFrameError, RuntimeError):
    """The extension is used in a way that cannot work."""


class DatabaseUnavailable(HotFrameError, ServiceUnavailable):
    """The database does not answer, or has no connection free; raised in a view it answers 503.

    :param message: what is wrong; clients of the server do not see it.
    """

    RETRY_AFTER = 5
    """Seconds after which a client should ask again."""

    def __init__(self, message: str) -> None:
        super().__init__("The database is not available. Try again soon.")
        self.retry_after = self.RETRY_AFTER
        self.message = message

    def __str__(self) -> str:
        return self.message


class BackendUnavailable(HotFrameError, ServiceUnavailable):
    """Redis, or the database of limits, does not answer; raised in a view it answers 503.

    :param message: what is wrong; clients of the server do not see it.
    """

    def __init__(self, message: str) -> None:
        super().__init__("A part of this site is not available. Try again soon.")
        self.retry_after = DatabaseUnavailable.RETRY_AFTER
        self.message = message

    def __str__(self) -> str:
        return self.message


class RateLimited(HotFrameError, TooManyRequests):
    """A client asks more often than a limit allows; it answers 429.

    :param retry_after: seconds after which the client may ask again.
    :param body: the answer as JSON, for who asked for that.
    """

    def __init__(self, retry_after: int, body: dict[str, Any] | None = None) -> None:
        super().__init__(f"Too many requests. Try again in {retry_after} s.")
        self.retry_after = retry_after
        self._body = body

    def get_body(self, environ: Any = None, scope: Any = None) -> str:
        """Return the answer as HTML or JSON."""
        return super().get_body(environ, scope) if self._body is None else dumps(self._body)

    def get_headers(self, environ: Any = None, scope: Any = None) -> list[tuple[str, str]]:
        """Return the headers, with ``Retry-After``."""
        headers = super().get_headers(environ, scope)
        if self._body is None:
            return headers
        kept = [(name, value) for name, value in headers if name != "Content-Type"]
        return [*kept, ("Content-Type", "application/json")]


class SessionsUnavailable(HotFrameError, ServiceUnavailable):
    """The store of sessions does not answer; raised in a view it answers 503.

    :param message: what is wrong; clients of the server do not see it.
    """

    def __init__(self, message: str) -> None:
        super().__init__("Sessions are not available. Try again soon.")
        self.retry_after = DatabaseUnavailable.RETRY_AFTER
        self.message = message

    def __str__(self) -> str:
        return self.message


class SessionTooLarge(HotFrameError, ValueError):
    """More was put into a session than fits; the message names its largest value."""


class TokenInvalid(HotFrameError, ValueError):
    """A signed token was not made by this app, for this purpose and this holder."""


class TokenExpired(TokenInvalid):
    """A signed token was right, and is too old."""


class AuthenticationRequired(HotFrameError, Unauthorized):
    """Nobody has signed in, and a guard asks for somebody; raised in a view it answers 401."""

    description = "Sign in to see this."
    word = "authentication_required"
    """Says to programs what is wrong."""

    def __init__(self) -> None:
        # HTTP demands a challenge; for this one no browser opens a dialog of its own.
        super().__init__(www_authenticate=WWWAuthenticate("cookie"))


class PermissionDenied(HotFrameError, Forbidden):
    """A guard refuses a user who has signed in; raised in a view it answers 403."""

    description = "You may not see this."
    word = "permission_denied"
    """Says to programs what is wrong."""


class BlockNotFound(HotFrameError, LookupError):
    """A template has no block of this name; template and nearest name are told."""


class FieldNotFound(HotFrameError):
    """A form has no field of this name; the model and the nearest name are told.

    It is no :class:`LookupError`, which a template would take for an empty value.
    """


class VendorError(HotFrameError):
    """A package was not vendored, because it cannot be had or trusted; or its lock is wrong."""


class TopicError(HotFrameError, ValueError):
    """A topic has no good name, nobody declared who may follow it, or its message is too large."""


class HookError(HotFrameError):
    """A receiver failed and the caller asked for the first failure."""


class ComponentError(HotFrameError):
    """A component is written or used wrongly.

    :param component: its name, as the use has it.
    :param prop: the prop or slot that is wrong.
    :param file: where it is used, or written, with *line*.
    """

    def __init__(
        self,
        message: str,
        *,
        component: str | None = None,
        prop: str | None = None,
        file: object = None,
        line: int | None = None,
    ) -> None:
        place = f"{file}:{line}" if line else file
        super().__init__(f"{place}: {message}" if file else message)
        self.component = component
        self.prop = prop
        self.file = str(file) if file else None
        self.line = line


class ComponentNotFound(ComponentError, LookupError):
    """There is no component of that name."""


class PropError(ComponentError, TypeError):
    """A prop is missing, unknown or of another type."""


class StoreError(HotFrameError, OSError):
    """The store of wanted modules cannot be read or written."""


class MigrationError(HotFrameError, RuntimeError):
    """A migration did not happen; schema, data and version table are as they were."""


class RevisionError(MigrationError, ValueError):
    """Revision files are wrong, missing or do not fit together; file and line are named."""


class MigrationBusy(MigrationError, TimeoutError):
    """Another process was still migrating or writing when the time to wait was over."""


class OperationError(HotFrameError):
    """A change of the set of modules did not happen."""


class OperationBusy(OperationError, TimeoutError):
    """Another operation was still running when the time to wait was over."""


class OperationAborted(OperationError):
    """A worker could not follow; every worker still serves what it served before."""


class ModuleError(HotFrameError):
    """Something is wrong with one module.

    :param message: what is wrong and what to do.
    :param module: the module's name, where it is known.
    """

    def __init__(self, message: str, *, module: str | None = None) -> None:
        super().__init__(message)
        self.module = module


class ModuleNotFound(ModuleError, LookupError):
    """No module of this name is installed or lies in the modules folder."""


class ModuleStateError(ModuleError, ValueError):
    """The operation is not possible in the state the module is in."""


class ManifestError(ModuleError, ValueError):
    """``module.toml`` is wrong; the message names file, line and key."""


class SettingsError(ModuleError, ValueError):
    """A module has no such setting, or the value does not fit; nothing changed."""


class ArchiveError(ModuleError, ValueError):
    """An archive is refused; nothing of it was kept."""


class DependencyError(ModuleError):
    """The modules do not fit together."""


class DependencyMissing(DependencyError, LookupError):
    """A module that is required is absent or has a version out of range."""


class DependencyCycle(DependencyError, ValueError):
    """Modules require each other in a circle; the message shows the circle."""


class DependentsRemain(DependencyError):
    """Other enabled modules need the one that should go."""


class RequirementNotMet(DependencyError):
    """Python, Quart, HotFrame or an installed package does not fit the manifest."""


class LoadError(ModuleError, ImportError):
    """The module's code could not be imported or registered; nothing changed."""


class LoadTimeout(ModuleError, TimeoutError):
    """The module's import did not end in time; the process keeps a stuck thread."""


class ClashError(ModuleError, ValueError):
    """The module brings a name or rule that another owner has."""


class LifecycleError(ModuleError):
    """The module's own ``install``, ``enable`` or ``upgrade`` function failed."""


def nearest(name: str, known: Iterable[str], prefix: str = "") -> str:
    """Return ``" Did you mean 'x'?"`` for the closest known name, or ``""``.

    :param prefix: what all names begin with, so that it makes none of them like another.

    >>> nearest("vesion", ["name", "version"])
    " Did you mean 'version'?"
    """
    rests = [one.removeprefix(prefix) for one in known]
    close = get_close_matches(name.removeprefix(prefix), rests, n=1, cutoff=0.6)
    return f" Did you mean {prefix + close[0]!r}?" if close else ""
