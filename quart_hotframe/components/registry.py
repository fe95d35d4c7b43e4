"""The components that a generation has, by owner and name."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..errors import ComponentNotFound
from ..errors import nearest
from ..runtime.contribution import HOST
from ..runtime.overriding import Overriding
from .compiling import Macro
from .definition import Definition
from .override import Override

NOTHING: Mapping[str, Override] = MappingProxyType({})


class Share(NamedTuple):
    """The components of one owner.

    :param folder: what lies in it belongs to the owner.
    :param overrides: what it has in the place of others' components, by names as ``shop:card``.
    :param needs: the owners that it requires.
    :param changing: whether they may change while this generation is there; by default ``False``,
        which is what ``bool`` returns.
    """

    folder: Path
    definitions: Mapping[str, Definition]
    overrides: Mapping[str, Override] = NOTHING
    needs: Collection[str] = ()
    changing: Callable[[], bool] = bool


class Components:
    """All components that a request sees, and their compiled templates.

    It belongs to one generation, so what is kept here goes with that.
    """

    def __init__(self, shares: Iterable[tuple[str, Share]]) -> None:
        self._shares = dict(shares)
        needs = {owner: one.needs for owner, one in self._shares.items() if owner != HOST}
        self._order = Overriding(needs)
        self._found: dict[tuple[str, str | None], Definition] = {}
        self.macros: dict[Definition, Macro] = {}

    def find(self, name: str, file: str | None, line: int | None = None) -> Definition:
        """Return the component that a name means in a file.

        ``"card"`` is that of the module to which the file belongs, else of the app;
        ``"shop:card"`` is that of the module ``shop``, ``"app:card"`` of the app.

        :raises ComponentNotFound: there is none.
        """
        known = self._found.get((name, file))
        return known if known is not None else self._look(name, file, line)

    def sources(self) -> list[str]:
        """Return the text of all templates of components that can be used."""
        shares = self._shares.values()
        return [one.source for share in shares for one in dict(share.definitions).values()]

    def overrides_of_nothing(self) -> Iterator[str]:
        """Yield a sentence for each file in the place of a component that its module has not."""
        for owner, share in self._shares.items():
            for name in share.overrides:
                other, _, bare = name.partition(":")
                there = self._shares.get(other)
                if there is not None and bare not in there.definitions:
                    near = nearest(bare, there.definitions)
                    yield (
                        f"{owner!r} has components/{other}/{bare}.html, but {other!r} has no "
                        f"component {bare!r}.{near}"
                    )

    def _look(self, name: str, file: str | None, line: int | None) -> Definition:
        owner, colon, bare = name.rpartition(":")
        owners = [owner] if colon else dict.fromkeys((self._owner_of(file), HOST))
        for one in owners:
            share = self._shares.get(one)
            found = share.definitions.get(bare) if share is not None else None
            if share is not None and found is not None:
                found = self._overridden(one, found)
                if not self._changing:
                    self._found[name, file] = found
                return found
        raise ComponentNotFound(
            f"There is no component {name!r}.{self._hint(name, owners)}",
            component=name, file=file, line=line,
        )  # fmt: skip

    def _overridden(self, owner: str, original: Definition) -> Definition:
        """Return what the app, or who requires the owner, has in the place of a component."""
        if owner == HOST:
            return original
        for one in (HOST, *self._order.over(owner)):
            share = self._shares.get(one)
            override = share.overrides.get(f"{owner}:{original.name}") if share else None
            if override is not None:
                return override.of(original)
        return original

    @property
    def _changing(self) -> bool:
        return any(share.changing() for share in self._shares.values())

    def _owner_of(self, file: str | None) -> str:
        for owner, share in self._shares.items():
            if owner != HOST and file is not None and file.startswith(f"{share.folder}{os.sep}"):
                return owner
        return HOST

    def _hint(self, name: str, owners: Iterable[str]) -> str:
        bare = name.rpartition(":")[2]
        near = [n for one in owners if one in self._shares for n in self._shares[one].definitions]
        full = [f"{o}:{n}" for o, share in self._shares.items() for n in share.definitions]
        if ":" not in name:
            elsewhere = [one for one in full if one.endswith(f":{bare}")]
            return nearest(name, near) or (f" Did you mean {elsewhere[0]!r}?" if elsewhere else "")
        return nearest(name, full)
