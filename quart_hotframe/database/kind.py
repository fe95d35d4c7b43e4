"""Models as a kind of contribution: they come, serve and go with their owner."""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from types import ModuleType
from typing import Any
from typing import TYPE_CHECKING

from ..runtime.contribution import Contribution

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy import MetaData
    from sqlalchemy.ext.asyncio import AsyncEngine
    from sqlalchemy.orm import registry

    from .collecting import Models


class ModelsKind:
    """Collects the models of an owner, and forgets them when it is gone.

    A generation holds ``{owner: MetaData}``. SQLAlchemy's ORM is imported only once a module has
    imported it.

    :param engines: returns the engines in use, whose caches of statements hold the classes.
    """

    name = "models"

    def __init__(self, engines: Callable[[], Iterable[Engine | AsyncEngine]] = tuple) -> None:
        self.engines = engines
        self._needed: list[registry] = []
        """Registries that wait for their dependents, whose code has not ended yet."""

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> Models | None:
        """Return the models in the module's code.

        :raises LoadError: with file and line, for what cannot come and go with the module.
        """
        if not _in_use():
            return None
        from .collecting import collect

        return collect(contribution.owner, sources["code"])

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield each table that another owner has too."""
        for owner, models in others:
            for name in sorted(items.tables.keys() & (models.tables.keys() if models else ())):
                yield (
                    f"The table {name!r} of {items.owner!r} is taken by {owner!r}: rename one of "
                    "them."
                )

    def merge(self, owners: Iterable[tuple[str, Models | None]]) -> Mapping[str, MetaData]:
        """Return the tables of all owners that have models."""
        return {owner: models.metadata for owner, models in owners if models is not None}

    def dispose(self, items: Any) -> None:
        """Take the mappers apart; the owners go in an order in which dependents are first."""
        if items is not None:
            self._let_go(items.registries)

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Take the mappers apart that a load made before it failed."""
        if _in_use():
            from .collecting import registries_in

            self._let_go(registries_in(code))

    def _let_go(self, registries: Sequence[registry]) -> None:
        from .collecting import let_go

        self._needed = let_go([*registries, *self._needed])
        for engine in self.engines():
            getattr(engine, "sync_engine", engine).clear_compiled_cache()


def _in_use() -> bool:
    return "sqlalchemy.orm" in sys.modules
