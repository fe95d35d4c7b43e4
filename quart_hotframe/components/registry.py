"""The components that a generation has, by owner and name."""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from ..errors import ComponentError
from ..errors import ComponentNotFound
from ..errors import nearest
from ..runtime.contribution import HOST
from ..runtime.overriding import Overriding
from .compiling import Macro
from .definition import Definition
from .keeping import version_of
from .override import Override

STARTER = "hotframe"
"""The owner of the starter set, which no module can be called."""
NOTHING: Mapping[str, Override] = MappingProxyType({})


class Share(NamedTuple):
    """The components of one owner.

    :param folder: what lies in it belongs to the owner.
    :param overrides: what it has in the place of others' components, by names as ``shop:card``.
    :param needs: the owners that it requires.
    :param changing: whether they may change while this generation is there; by default ``False``,
        which is what ``bool`` returns.
    :param version: tells the content of the owner's code from that of another version.
    """

    folder: Path
    definitions: Mapping[str, Definition]
    overrides: Mapping[str, Override] = NOTHING
    needs: Collection[str] = ()
    changing: Callable[[], bool] = bool
    version: str = ""


class Components:
    """All components that a request sees, and their compiled templates.

    It belongs to one generation, so what is kept here goes with that.
    """

    def __init__(self, shares: Iterable[tuple[str, Share]]) -> None:
        self.shares: Mapping[str, Share] = dict(shares)
        others = {owner: one for owner, one in self.shares.items() if owner not in (HOST, STARTER)}
        self._order = Overriding({owner: one.needs for owner, one in others.items()})
        self._found: dict[tuple[str, str | None], Definition] = {}
        self.macros: dict[Definition, Macro] = {}

    def find(self, name: str, file: str | None, line: int | None = None) -> Definition:
        """Return the component that a name means in a file.

        ``"card"`` is that of the module to which the file belongs, else of the app, else of the
        starter set; ``"shop:card"`` is that of the module ``shop``, ``"app:card"`` of the app,
        ``"hotframe:card"`` of the starter set.

        :raises ComponentNotFound: there is none.
        """
        known = self._found.get((name, file))
        return known if known is not None else self._look(name, file, line)

    def sources(self) -> list[str]:
        """Return the text of all templates of components that can be used."""
        shares = [share for owner, share in self.shares.items() if owner != STARTER]
        return [one.source for share in shares for one in dict(share.definitions).values()]

    def overrides_of_nothing(self) -> Iterator[str]:
        """Yield a sentence for each file in the place of a component that its module has not."""
        for owner, share in self.shares.items():
            for name in share.overrides:
                other, _, bare = name.partition(":")
                there = self.shares.get(other)
                if there is not None and bare not in there.definitions:
                    near = nearest(bare, there.definitions)
                    yield (
                        f"{owner!r} has components/{other}/{bare}.html, but {other!r} has no "
                        f"component {bare!r}.{near}"
                    )

    def _look(self, name: str, file: str | None, line: int | None) -> Definition:
        owner, colon, bare = name.rpartition(":")
        owners = [owner] if colon else self._nearest_first(file)
        for one in owners:
            share = self.shares.get(one)
            found = share.definitions.get(bare) if share is not None else None
            if share is not None and found is not None:
                found = self._overridden(one, found)
                if not self.changing:
                    self._found[name, file] = found
                return found
        raise ComponentNotFound(
            f"There is no component {name!r}.{self._hint(name, owners)}",
            component=name, file=file, line=line,
        )  # fmt: skip

    def _overridden(self, owner: str, original: Definition) -> Definition:
        """Return what the app, or who requires the owner, has in the place of a component."""
        if owner in (HOST, STARTER):
            return original
        for one in (HOST, *self._order.over(owner)):
            share = self.shares.get(one)
            override = share.overrides.get(f"{owner}:{original.name}") if share else None
            if override is not None:
                return override.of(original)
        return original

    @property
    def changing(self) -> bool:
        """Whether one of them may be another one at its next use."""
        return any(share.changing() for share in self.shares.values())

    @cached_property
    def version(self) -> str:
        """What tells all of them, with the code of their owners, from any others."""
        return version_of(
            part for owner, share in self.shares.items()
            for part in (owner, share.version, *_sources(owner, share))
        )  # fmt: skip

    def _owner_of(self, file: str | None) -> str:
        for owner, share in self.shares.items():
            if owner != HOST and file is not None and file.startswith(f"{share.folder}{os.sep}"):
                return owner
        return HOST

    def _nearest_first(self, file: str | None) -> Iterable[str]:
        own = self._owner_of(file)  # what the starter set uses within can be overridden too
        return dict.fromkeys((own, HOST, STARTER) if own != STARTER else (HOST, STARTER))

    def _hint(self, name: str, owners: Iterable[str]) -> str:
        bare = name.rpartition(":")[2]
        near = [n for one in owners if one in self.shares for n in self.shares[one].definitions]
        full = [f"{o}:{n}" for o, share in self.shares.items() for n in share.definitions]
        if ":" not in name:
            elsewhere = [one for one in full if one.endswith(f":{bare}")]
            return nearest(name, near) or (f" Did you mean {elsewhere[0]!r}?" if elsewhere else "")
        return nearest(name, full)


def _sources(owner: str, share: Share) -> Iterator[str]:
    """Yield what the templates of components hold; one that is wrong does not count."""
    if owner == STARTER:
        yield installed_version("quart-hotframe")  # which saves reading all of them
        return
    for name in share.definitions:
        with suppress(ComponentError):
            yield from (name, share.definitions[name].source)
    for name in share.overrides:
        with suppress(ComponentError):
            yield from (name, share.overrides[name].text)
