"""Every exception that HotFrame raises.

::

    HotFrameError
    ├── ConfigurationError (ValueError)      a HOTFRAME_ setting is wrong
    ├── MissingExtra (ImportError)           an optional package is not installed
    ├── SetupError (RuntimeError)            the extension is used in a way that cannot work
    ├── DatabaseUnavailable (ServiceUnavailable)
    │                                        the database does not answer
    ├── HookError                            a receiver failed and the caller asked to be told
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

from werkzeug.exceptions import ServiceUnavailable


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


class HookError(HotFrameError):
    """A receiver failed and the caller asked for the first failure."""


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
