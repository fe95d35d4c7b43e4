"""The app's own components: in the folder ``components`` beside its templates."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType

from jinja2 import Environment
from quart import Blueprint
from quart import Quart

from ..errors import ComponentError
from ..runtime.contribution import HOST
from ..runtime.nesting import blueprint_in
from .assets import Assets
from .assets import MIMETYPES
from .component import Component
from .definition import Definition
from .finding import class_in
from .finding import FOLDER
from .finding import Found
from .finding import found_in
from .finding import overriding_in
from .finding import read
from .finding import read_assets
from .override import Override
from .registry import Share


def share_of_app(app: Quart, environment: Callable[[], Environment], assets: Assets) -> Share:
    """Return the components of an app, which are read when somebody asks for one."""
    own = OwnComponents(Path(app.root_path), app.import_name, environment, assets)
    return Share(own.folder, own, OwnOverrides(own), changing=own.looks_again)


class OwnComponents(Mapping[str, Definition]):
    """The components in the folder of an app.

    One that is wrong hurts nobody until it is used: an app may have such a folder for another
    purpose. Where the app looks at its templates again, as in debug mode, so do these: what was
    saved is shown. Classes are imported once, as the app's other code.
    """

    def __init__(
        self, folder: Path, import_name: str, environment: Callable[[], Environment],
        assets: Assets,
    ) -> None:  # fmt: skip
        self.folder = folder
        self._import_name = import_name
        self._environment = environment
        self._assets = assets
        self._seen: dict[str, int] | None = None
        self._definitions: dict[str, Definition] = {}
        self.faults: dict[str, ComponentError] = {}
        """What is wrong with a component, by its name; it is raised when somebody uses it."""
        self.overriding: dict[str, Found] = {}
        """The files in the place of modules' components, by names as ``shop:card``."""
        self._overrides: dict[str, Override] = {}
        self.blueprints: dict[str, Blueprint] = {}
        """The blueprints in the files of components, by their names."""
        self.noting: Callable[[Iterable[Definition]], None] | None = None
        """Called with the components when they were read, when somebody wants to know."""

    def looks_again(self) -> bool:
        """Whether files that change are read anew."""
        return self._environment().auto_reload

    def __getitem__(self, name: str) -> Definition:
        definitions = self.read()
        if name in self.faults:
            raise self.faults[name].with_traceback(None)
        return definitions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.read())

    def __len__(self) -> int:
        return len(self.read())

    def read(self) -> dict[str, Definition]:
        """Return the definitions by name, read anew where that is due."""
        if self._seen is None or self.looks_again():
            files = dict(_times(self.folder / FOLDER))
            if files != self._seen:
                self._define_all(map(Path, files))
                self._seen = files
        return self._definitions

    def override(self, name: str) -> Override | None:
        """Return what the app has in the place of a module's component.

        :param name: as ``shop:card``.
        :raises ComponentError: it is wrong.
        """
        self.read()
        found = self.overriding.get(name)
        if found is None:
            return None
        if name not in self._overrides:
            self._overrides[name] = self._read(found)
        return self._overrides[name]

    def _define_all(self, files: Iterable[Path]) -> None:
        for gone in self._definitions.values():
            self._assets.keep(gone.assets)
        self._definitions, self.faults, self._overrides = {}, {}, {}
        paths = [path.relative_to(self.folder).as_posix() for path in files]
        self.overriding = {
            f"{owner}:{one.name}": one
            for owner, several in overriding_in(paths).items()
            for one in several
        }
        for found in found_in(paths):
            try:
                read = self._read(found)
                self._definitions[found.name] = read.define(read.kind, read.assets)
            except ComponentError as error:
                self.faults[found.name] = error
        self._assets.offer()
        if self.noting is not None:
            self.noting(self._definitions.values())

    def _read(self, found: Found) -> Override:
        found.check(self.folder)
        file = self.folder / found.template
        kind = self._class(found) if found.code else None
        text = read(file.read_bytes(), file)
        contents = read_assets(found, self.folder, lambda path: (self.folder / path).read_bytes())
        assets = self._assets.of(HOST, found.name, contents)
        return Override(self._environment, HOST, found.name, file, text, kind, assets)

    def _class(self, found: Found) -> type[Component] | None:
        assert found.code is not None
        try:
            code = self._import(found.code)
            blueprint = blueprint_in(code, found.name)
            if blueprint is not None:
                self._note(found, blueprint)
            return class_in(code, found.name)
        except ComponentError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise ComponentError(what, file=self.folder / found.code) from error

    def _note(self, found: Found, blueprint: Blueprint) -> None:
        if found in self.overriding.values():
            raise ComponentError(
                "The routes would be lost: a blueprint belongs into the file of a component, and "
                "not into that of an override.",
                file=self.folder / str(found.code),
            )
        self.blueprints[found.name] = blueprint

    def _import(self, code: str) -> ModuleType:
        """Import a file by the name that the app's code has for it, if there is one."""
        path = self.folder / code
        package = self._import_name
        if not hasattr(sys.modules.get(package), "__path__"):
            package = package.rpartition(".")[0]
        name = ".".join(filter(None, [package, *Path(code).with_suffix("").parts]))
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            spec = None
        if spec is not None and spec.origin and Path(spec.origin) == path:
            return importlib.import_module(name)
        return _import_file(path)


class OwnOverrides(Mapping[str, Override]):
    """What an app has in the place of components of modules, read when such a one is used."""

    def __init__(self, own: OwnComponents) -> None:
        self._own = own

    def __getitem__(self, name: str) -> Override:
        found = self._own.override(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._own.overriding)

    def __len__(self) -> int:
        return len(self._own.overriding)


def _import_file(path: Path) -> ModuleType:
    """Import a file that no name leads to, once."""
    name = f"hotframe_component_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ComponentError("This file cannot be imported.", file=path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _times(folder: str | Path, names: Collection[str] = ()) -> Iterator[tuple[str, int]]:
    """Yield the files of components, with when they were changed; each use looks at all of them.

    :param names: of the files that count beside templates and code.
    """
    with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as found:
        for one in found:
            if one.name.endswith((".html", ".py")) or one.name in names:
                with suppress(FileNotFoundError):  # gone meanwhile, or a link that an editor left
                    yield one.path, one.stat().st_mtime_ns
            elif not names and one.is_dir():
                yield from _times(one.path, MIMETYPES)
