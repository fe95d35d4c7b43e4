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
from .finding import class_in
from .finding import Found
from .finding import found_in
from .finding import overriding_in
from .finding import read
from .override import Override
from .registry import Components
from .registry import Share


class ComponentsKind:
    """The components of modules.

    :param environment: returns the app's own Jinja environment, whose syntax templates have.
    """

    name = "components"

    def __init__(self, environment: Callable[[], Environment]) -> None:
        self._environment = environment

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
                one.define(one.kind)  # what is wrong with it by itself is told now
            definitions = {name: one.define(one.kind) for name, one in found.items()}
        except ComponentError as error:
            raise LoadError(str(error), module=owner) from error
        return Share(folder, definitions, overrides, contribution.needs)

    def _read(
        self, owner: str, folder: Path, found: Found, files: Mapping[str, bytes],
        code: Mapping[str, ModuleType],
    ) -> Override:  # fmt: skip
        found.check(folder)
        file, kind = folder / found.template, None
        if found.code is not None:
            kind = class_in(code[str(folder / found.code)], found.name)
        text = read(files[found.template], file)
        return Override(self._environment, owner, found.name, file, text, kind)

    def clashes(self, items: Any, others: Iterable[tuple[str, Any]]) -> Iterable[str]:
        """Yield nothing: names are within their owner."""
        return ()

    def merge(self, owners: Iterable[tuple[str, Share | None]]) -> Components:
        """Return the components of a generation."""
        return Components((owner, share) for owner, share in owners if share is not None)

    def dispose(self, items: Any) -> None:
        """Do nothing: generations alone hold components and their macros."""

    def abandon(self, code: Sequence[ModuleType]) -> None:
        """Do nothing: no generation ever held them."""
