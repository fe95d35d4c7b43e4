"""Whose migrations the commands are about: the app and its installed modules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from collections.abc import Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MigrationError
from ..errors import ModuleNotFound
from ..errors import nearest
from ..extension import HotFrame
from ..modules.dependencies import order
from ..runtime.contribution import HOST

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


async def _load(hotframe: HotFrame) -> None:
    failures = await hotframe.modules.mount_for_commands()
    for name, failure in failures.items():
        raise MigrationError(f"The models of {name!r} cannot be loaded: {failure}") from failure


async def _subjects(hotframe: HotFrame) -> dict[str, Subject]:
    from ..database.migrations import Subject

    folders = {HOST: Path(hotframe.app.root_path), **await _folders(hotframe)}
    models = hotframe.runtime.visible().kinds["models"]
    return {
        name: Subject(name, models.get(name), folder / "migrations")
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
