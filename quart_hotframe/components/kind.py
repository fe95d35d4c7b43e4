"""Components as a kind of contribution: they come, serve and go with their module."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from jinja2 import Environment

from ..errors import ComponentError
from ..errors import LoadError
from ..runtime.contribution import Contribution
from ..runtime.contribution import HOST
from .assets import Assets
from .definition import Definition
from .finding import class_in
from .finding import Found
from .finding import found_in
from .finding import overriding_in
from .finding import read
from .finding import read_assets
from .override import Override
from .registry import Components
from .registry import Share
from .registry import STARTER
from .starter.reading import starter_share


class ComponentsKind:
    """The components of modules.

    :param environment: returns the app's own Jinja environment, whose syntax templates have.
    :param assets: what the app serves of them.
    """

    name = "components"

    def __init__(self, environment: Callable[[], Environment], assets: Assets) -> None:
        self._environment = environment
        self._assets = assets
        self.starter = starter_share(environment, assets)
        self.noting: Callable[[Iterable[Definition]], None] | None = None
        """Called with the components of each owner, when somebody wants to know."""

    def collect(self, contribution: Contribution, sources: Mapping[str, Any]) -> Share | None:
        """Return the components among the module's files, as they were when it was loaded.

        :raises LoadError: one of them is wrong, with file and line.
        """
        files: Mapping[str, bytes] = sources["files"]
        folder: Path = sources["folder"]
        code = {str(one.__file__): one for one in sources["code"]}
        owner = contribution.owner
        try:
            found = {
                one.name: self._read(owner, folder, one, files, code) for one in found_in(files)
            }
            overrides = {
                f"{other}:{one.name}": self._read(owner, folder, one, files, code)
                for other, several in overriding_in(files).items()
                if other in contribution.needs
                for one in several
            }
            for one in overrides.values():
                one.define(one.kind, one.assets)  # what is wrong with it by itself is told now
            definitions = {name: one.define(one.kind, one.assets) for name, one in found.items()}
        except ComponentError as error:
            raise LoadError(str(error), module=owner) from error
        version = next((one.__name__.split(".")[1] for one in sources["code"]), "")
        return Share(folder, definitions, overrides, contribution.needs, version=version)

    def _read(
        self, owner: str, folder: Path, found: Found, files: Mapping[str, bytes],
        code: Mapping[str, ModuleType],
    ) -> Override:  # fmt: skip
        found.check(folder)
        file, kind = folder / found.template, None
        if found.code is not None:
            kind = class_in(code[str(folder / found.code)], found.name)
        text = read(files[found.template], file)
        assets = self._assets.of(owner, found.name, read_assets(found, folder, files.__getitem__))
        return Override(self._environment, owner, found.name, file, text, kind, assets)

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield nothing: names are within their owner."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Share | None]]) -> Components:
        """Return the components of a generation."""
        self._assets.offer()
        found = [(owner, share) for owner, share in owners if share is not None]
        if self.noting is not None:
            for owner, share in found:
                if owner != HOST:
                    self.noting(share.definitions.values())
        return Components([*found, (STARTER, self.starter)])

    def dispose(self, items: Share | None) -> None:
        """Keep the assets for pages that were sent; generations alone hold all else."""
        if items is not None:
            self._assets.keep(one for found in items.definitions.values() for one in found.assets)

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: no generation ever held them."""
