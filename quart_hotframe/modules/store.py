"""Which modules are wanted, and who follows: the protocol of a store.

A store holds one :class:`~quart_hotframe.modules.state.State` for all processes that serve the
app. The state names the modules that every worker should have mounted (under a rising *revision*)
and the one operation that is open. Beside it the store knows the *participants* (the live workers
and commands, and how far each has followed), the *deaths* of workers that ended without a goodbye,
and the *journal* of past operations.

:class:`~quart_hotframe.modules.stores.filestore.FileStore` keeps all of it in files of one host,
:class:`~quart_hotframe.modules.stores.tablestore.TableStore` in tables of a database.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from .participants import Death
from .participants import Participant
from .participants import Trouble
from .state import History
from .state import State


class ModuleStore(Protocol):
    """What the manager needs of a store. Every method may raise ``StoreError``."""

    async def read(self) -> State:
        """Return the state; a store that is not there yet gives ``State()`` and stays absent."""

    async def change(self, function: Callable[[State], State]) -> State:
        """Replace the state by what ``function`` makes of it, atomically across processes.

        ``function`` gets the newest state and returns the next one. It must be pure and quick:
        it runs in a thread, under the lock of the store. What it raises reaches the caller,
        and nothing is written then.

        :returns: the state that is now in the store.
        :raises StoreError: the lock stayed taken, or the store cannot be read or written.
        """

    async def changed(self, since: State) -> bool:
        """Say whether the store may hold another state than ``since``; it is asked often.

        :param since: a state that :meth:`read` or :meth:`change` returned.
        """

    def follow(self, wake: Callable[[], None]) -> None:
        """Expect to be asked often from now on, in the running loop, until :meth:`close`.

        :param wake: may be called, in the loop, when :meth:`changed` is worth a look.
        """

    async def close(self) -> None:
        """Let go of what :meth:`follow` keeps open; harmless when repeated."""

    async def register(self, participant: Participant) -> None:
        """Make this process known as alive until :meth:`unregister` or its end.

        :raises StoreError: this store object has registered already.
        """

    async def unregister(self) -> None:
        """Say goodbye, so that the end of this process is no death; harmless when repeated.

        It does not fail although the store cannot be reached.
        """

    def leaving(self) -> None:
        """Note at once that this process was asked to end, so that its end is no death.

        It is called from a signal handler: it writes little and waits for no lock.
        """

    async def acknowledge(self, operation_id: str, phase: str, error: str | None = None) -> None:
        """Tell that this participant has done its part of a phase, or why it could not.

        :raises StoreError: this process is not registered.
        """

    async def served(self, revision: int) -> None:
        """Tell that this participant now serves ``revision``.

        :raises StoreError: this process is not registered.
        """

    async def report(self, troubles: Mapping[str, Trouble]) -> None:
        """Tell which modules do not fare well in this participant, in place of what it told before.

        :raises StoreError: this process is not registered.
        """

    async def participants(self) -> Mapping[str, Participant]:
        """Return the live participants by id; the dead are noted as deaths and cleared away."""

    async def deaths(self) -> Sequence[Death]:
        """Return the newest deaths, oldest first."""

    async def journal(self, operation_id: str, entry: Mapping[str, Any]) -> None:
        """Append an entry to the history of an operation.

        :param entry: JSON types; ``phase``, ``error`` and ``traceback`` are understood by
            :class:`History`.
        """

    async def operations(self, limit: int = 20) -> Sequence[History]:
        """Return the history of operations, the newest first.

        :param limit: how many at most.
        """
