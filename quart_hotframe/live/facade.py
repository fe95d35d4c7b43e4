"""What an app has of live components: ``hotframe.live``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextlib import nullcontext
from typing import Any
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
from .binding import binding_of
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
from .uploads.folder import Folder
from .uploads.uploads import Uploads
from .working import UnitsOfWork

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from collections.abc import Callable
    from collections.abc import Coroutine

BINDING = "_hotframe_live_binding"
SPELLED = 3
"""How many characters of a snapshot a byte of state takes at most."""


class Live:
    """The live components of one app.

    :param signer: signs the snapshots.
    :param identify: returns the id of the user, ``None`` where nobody says who that is.
    :param work: the units of work of the code that runs.
    :param uploads: where files lie that pages have sent.
    """

    def __init__(
        self, runtime: Runtime, settings: Settings, signer: Signer, sessions: Sessions,
        limits: Limits, identify: Callable[[], Awaitable[object]] | None,
        work: UnitsOfWork, uploads: Folder,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.settings = settings
        self._sessions = sessions
        self._identify = identify
        self.work = work
        tokens = Tokens(signer, longest=SPELLED * settings.live_state_size)
        self.snapshots = Snapshots(tokens, settings.live_lifetime)
        self.residents = Residents(self)
        self.store: StateStore = MemoryStore(
            settings.live_size, settings.live_instances, self.residents.forget
        )
        self.rights = Rights(limits)
        self.queries = Queries()
        self.sizes = Sizes(settings.live_state_warning, settings.live_state_size)
        self.positions = Positions()
        self.uploads = Uploads(settings, uploads)
        sessions.ended.append(self.uploads.login_ended)
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
        return isinstance(self.store, MemoryStore) and not self.work.are_open()

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
        self.uploads.drop_components(self._is_there)

    def _is_there(self, name: str) -> bool:
        try:
            self.find(name)
        except Gone:
            return False
        return True

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
            sessions = self._sessions
            known = binding_of(sessions.generation(), sessions.user_id, user)
            setattr(g, BINDING, known)
        return known

    async def present(self, topic: str) -> list[Any]:
        """Return what ``presence=`` shows of those who follow a topic now, in this process.

        Somebody with several pages is there once.
        """
        return [*self.streams.presence.present(topic).values()]

    @asynccontextmanager
    async def unit(self, *, reads: bool = False, lasts: bool = False) -> AsyncIterator[None]:
        """Give what no request brings an app context, if it has none, and units of work.

        :param reads: it is not expected to write.
        :param lasts: it may take long.
        """
        around = nullcontext() if has_app_context() else self.runtime.app.app_context()
        async with around, self.work.unit(reads=reads, lasts=lasts):
            yield

    def spawn(self, name: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside requests that belongs to the module of a component.

        :param name: the full name of the component.
        """
        return self.runtime.spawn_for(name.partition(":")[0], work)

    def session_of(self, binding: str) -> str:
        """Return a short text for session and login."""
        return digest("hotframe.live session", binding)
