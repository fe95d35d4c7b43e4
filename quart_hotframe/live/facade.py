"""What an app has of live components: ``hotframe.live``."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from contextlib import nullcontext
from typing import Any
from typing import Protocol
from typing import TYPE_CHECKING

from quart import current_app
from quart import g
from quart import has_app_context

from ..components.definition import Definition
from ..components.registry import Components
from ..components.registry import STARTER
from ..config import Settings
from ..errors import ComponentError
from ..keys import signing_keys
from ..runtime.contribution import HOST
from ..runtime.generation import Generation
from ..runtime.runtime import Runtime
from ..security.digests import digest
from ..security.limits.checking import Limits
from ..security.sessions.facade import Sessions
from ..security.tokens import Signer
from ..security.tokens import Tokens
from .queries import Queries
from .refusing import Gone
from .residents import Residents
from .rights import Rights
from .sizes import Sizes
from .snapshot import Snapshots
from .store import MemoryStore
from .store import StateStore
from .stream.streams import Streams
from .topic_events import Positions
from .topics.facade import broker_for
from .topics.facade import Topics
from .topics.signing import Signing
from .topics.table import TopicsKind

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from collections.abc import Callable
    from collections.abc import Coroutine

BINDING = "_hotframe_live_binding"
SPELLED = 3
"""How many characters of a snapshot a byte of state takes at most."""


class Units(Protocol):
    """The units of work of the request that runs."""

    def are_open(self) -> bool:
        """Say whether there is one."""
        ...

    async def finish(self) -> None:
        """Commit them."""
        ...


class Live:
    """The live components of one app.

    :param signer: signs the snapshots.
    :param identify: returns the id of the user, ``None`` where nobody says who that is.
    :param units: the databases, whose units of work end before a state is kept.
    """

    def __init__(
        self, runtime: Runtime, settings: Settings, signer: Signer, sessions: Sessions,
        limits: Limits, identify: Callable[[], Awaitable[object]] | None, units: Units,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.settings = settings
        self._sessions = sessions
        self._identify = identify
        self._units = units
        tokens = Tokens(signer, longest=SPELLED * settings.live_state_size)
        self.snapshots = Snapshots(tokens, settings.live_lifetime)
        self.store: StateStore = MemoryStore(settings.live_size, settings.live_instances)
        self.residents = Residents(self)
        self.rights = Rights(limits)
        self.queries = Queries()
        self.sizes = Sizes(settings.live_state_warning, settings.live_state_size)
        self.positions = Positions()
        self._follow(Signing(Tokens(signer), self.binding))

    def _follow(self, signing: Signing) -> None:
        runtime, settings = self.runtime, self.settings
        broker = broker_for(settings)
        self.topics = topics = Topics(runtime, broker, signing, settings.topic_max_bytes)
        self.streams = Streams(runtime, settings, broker)
        self.publish, self.subscribe = topics.publish, topics.subscribe
        self.public, self.authorise = topics.public, topics.authorise
        self._sessions.ended.append(self.streams.login_ended)
        runtime.kinds[TopicsKind.name] = TopicsKind()
        runtime.published.append(self.streams.published)
        runtime.environment_globals["topic"] = topics.attributes

    def keeps_at_once(self) -> bool:
        """Say whether keeping a state waits for nothing: no database, and no store elsewhere."""
        return isinstance(self.store, MemoryStore) and not self._units.are_open()

    async def commit(self) -> None:
        """End the units of work of the request, whose changes are kept from then on."""
        await self._units.finish()

    def generation(self) -> Generation:
        """Return the generation that the running code sees."""
        return self.runtime.visible()

    def departed(self, generation: Generation) -> None:
        """Take note that nobody sees a generation any more, whose versions may have left."""
        components: Components = self.runtime.current.kinds["components"]
        shares = [one for owner, one in components.shares.items() if owner not in (HOST, STARTER)]
        self.residents.let_go(
            {one.kind for share in shares for one in share.definitions.values()}
            | {one.kind for share in shares for one in share.overrides.values()}
        )

    def find(self, name: str) -> Definition:
        """Return a mounted live component by its full name, such as ``shop:counter``.

        :raises Gone: there is none.
        """
        components: Components = self.generation().kinds["components"]
        try:
            found = components.find(name, None)
        except ComponentError:
            raise Gone from None
        if not found.lives:
            raise Gone
        return found

    async def binding(self) -> str:
        """Return what stands for session and login of the request.

        The first call in a session sets its cookie.

        :raises ConfigurationError: when the app has no ``SECRET_KEY``.
        """
        known: str | None = g.get(BINDING)
        if known is None:
            signing_keys(current_app)  # before a session is missed for the same reason
            user: Any = await self._identify() if self._identify is not None else None
            known = repr((self._sessions.generation(), self._sessions.user_id, user))
            setattr(g, BINDING, known)
        return known

    async def present(self, topic: str) -> list[Any]:
        """Return what ``presence=`` shows of those who follow a topic now, in this process.

        Somebody with several pages is there once.
        """
        return [*self.streams.presence.present(topic).values()]

    def context(self) -> AbstractAsyncContextManager[object]:
        """Return the app context that the running code is in, else a new one."""
        return nullcontext() if has_app_context() else self.runtime.app.app_context()

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside requests that belongs to the module of a component.

        :param name: the full name of the component.
        """
        return self.runtime.spawn_for(name.partition(":")[0], work)

    def session_of(self, binding: str) -> str:
        """Return a short text for session and login."""
        return digest("hotframe.live session", binding)
