"""Reading the starter set, one component when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment

from ..assets import Assets
from ..component import Component
from ..definition import define
from ..definition import Definition
from ..finding import class_in
from ..finding import FOLDER
from ..finding import Found
from ..finding import found_in
from ..finding import read
from ..finding import read_assets
from ..registry import Share
from ..registry import STARTER

HERE = Path(__file__).parent


def starter_share(environment: Callable[[], Environment], assets: Assets) -> Share:
    """Return the starter set for an app, of which nothing is read yet."""
    return Share(HERE, StarterSet(environment, assets))


class StarterSet(Mapping[str, Definition]):
    """The components of the package.

    Apps that use none pay for none: not even the folder is listed before the first name that
    neither the module nor the app has.
    """

    def __init__(self, environment: Callable[[], Environment], assets: Assets) -> None:
        self._environment = environment
        self._assets = assets
        self._definitions: dict[str, Definition] = {}

    def __getitem__(self, name: str) -> Definition:
        known = self._definitions.get(name)
        if known is None:
            known = self._definitions[name] = self._define(found_here()[name])
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(found_here())

    def __len__(self) -> int:
        return len(found_here())

    def _define(self, found: Found) -> Definition:
        file = HERE / found.template
        kind = _class(found.code, found.name) if found.code else None
        source = read(file.read_bytes(), file)
        contents = read_assets(found, HERE, lambda path: (HERE / path).read_bytes())
        assets = self._assets.of(STARTER, found.name, contents)
        self._assets.offer()
        return define(self._environment(), STARTER, found.name, file, source, kind, assets)


@cache
def found_here() -> Mapping[str, Found]:
    """Return the files of the set by the names of its components."""
    files = (HERE / FOLDER).glob("*/*.*")
    return {one.name: one for one in found_in(one.relative_to(HERE).as_posix() for one in files)}


def _class(code: str, name: str) -> type[Component] | None:
    module = ".".join(Path(code).with_suffix("").parts)
    return class_in(importlib.import_module(f".{module}", __package__), name)
