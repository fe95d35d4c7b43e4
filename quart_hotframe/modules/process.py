"""What the parts of one process share that follows a store."""

from __future__ import annotations

from ..config import Settings
from ..runtime.runtime import Runtime
from .library import Library
from .mounting import Mounting
from .participants import Participant
from .schema import Schema
from .store import ModuleStore


class Process:
    """One process that follows a store.

    :param kind: ``"worker"``, or ``"command"`` for one that serves nobody.
    """

    def __init__(
        self, runtime: Runtime, store: ModuleStore, library: Library, schema: Schema,
        settings: Settings, kind: str,
    ) -> None:  # fmt: skip
        self.runtime = runtime
        self.store = store
        self.library = library
        self.schema = schema
        self.settings = settings
        self.mounting = Mounting(runtime, library, settings)
        self.identity = Participant.new(kind, safe_mode=settings.safe_mode)

    @property
    def id(self) -> str:
        """This process's name among the participants."""
        return self.identity.id

    @property
    def is_command(self) -> bool:
        """Whether this process serves nobody."""
        return self.identity.kind == "command"
