"""Whose migrations the commands are about: the app and its installed modules."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from sqlalchemy import MetaData

from ..errors import MigrationError
from ..errors import ModuleNotFound
from ..errors import nearest
from ..extension import HotFrame
from ..modules.dependencies import order
from ..runtime.contribution import HOST
from ..runtime.contribution import module_of

if TYPE_CHECKING:  # Alembic is slow to import, and most commands need none of it
    from ..database.migrations import Migrator
    from ..database.migrations import Subject


@dataclass(frozen=True)
class Work:
    """What a command works with."""

    migrator: Migrator
    subjects: Mapping[str, Subject]
    """All that there are: the app, then the modules, each after those it needs."""

    def chosen(self, name: str | None) -> list[Subject]:
        """Return one subject, or all.

        :raises ModuleNotFound: with the nearest name.
        """
        if name is None:
            return list(self.subjects.values())
        if name not in self.subjects:
            raise ModuleNotFound(
                f"No installed module {name!r} has models or migrations."
                f"{nearest(name, self.subjects)}",
                module=name,
            )
        return [self.subjects[name]]


@asynccontextmanager
async def working(hotframe: HotFrame, *, with_models: bool = False) -> AsyncIterator[Work]:
    """Find the subjects and open the database.

    :param with_models: also load the modules' code, for their models.
    :raises MigrationError: when that fails.
    """
    from ..database.migrations import Migrator

    if with_models:
        await _load(hotframe)
    subjects = await _subjects(hotframe)
    try:
        yield Work(Migrator(hotframe.db.engine, hotframe.settings.operation_timeout), subjects)
    finally:
        await hotframe.db.dispose()


def metadata_of(owner: str, app: str) -> MetaData | None:
    """Return the ``MetaData`` of a module's imported ``models``, or of the app's own.

    :param app: the import name of the app.
    :raises MigrationError: when there are several.
    """
    found = {id(one): one for module in _imported(owner, app) for one in _metadata_in(module)}
    full = [one for one in found.values() if one.tables]
    if len(full) > 1:
        raise MigrationError(f"The models of {owner!r} have several MetaData: give them one base.")
    return full[0] if full else None


async def _load(hotframe: HotFrame) -> None:
    failures = await hotframe.modules.mount_for_commands()
    for name, failure in failures.items():
        raise MigrationError(f"The models of {name!r} cannot be loaded: {failure}") from failure


async def _subjects(hotframe: HotFrame) -> dict[str, Subject]:
    from ..database.migrations import Subject

    app = hotframe.app
    folders = {HOST: Path(app.root_path), **await _folders(hotframe)}
    return {
        name: Subject(name, metadata_of(name, app.import_name), folder / "migrations")
        for name, folder in folders.items()
        if name == HOST or _has_data(folder)
    }


async def _folders(hotframe: HotFrame) -> dict[str, Path]:
    library = hotframe.modules.library
    installed = (await hotframe.modules.store.read()).modules
    manifests = library.manifests(installed.values())
    return {name: library.folder(installed[name]) for name in order(manifests.values())}


def _has_data(folder: Path) -> bool:
    return any((folder / name).exists() for name in ("models.py", "models", "migrations"))


def _imported(owner: str, app: str) -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        parts = name.split(".")
        if owner == HOST and (name == app or name == f"{app}.models"):
            yield module
        elif module_of(name) == owner and parts[2:3] == ["models"]:
            yield module


def _metadata_in(module: ModuleType) -> Iterator[MetaData]:
    for value in vars(module).values():
        # A class of another module, imported for a foreign key, has the other's MetaData.
        own = isinstance(value, type) and value.__module__ == module.__name__
        found = getattr(value, "metadata", None) if own else value
        if isinstance(found, MetaData):
            yield found
