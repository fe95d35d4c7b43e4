"""Importing a module under a private name, from a snapshot of its files, and forgetting it.

A version of a module is a package ``hotframe_modules.<name>__<hash>``. Its code is compiled from
the bytes that were read when it was loaded, with the files' own paths, so tracebacks and
breakpoints fit and a late import in an old request still gets the old version. Imports in a
module go through an ``__import__`` of its own: ``modules.catalog`` is the version of ``catalog``
that this version was loaded with, and ``modules.shop`` in ``shop`` is the version that imports.
A module from a wheel, and those that need it, may also import it by the name of its package there.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import linecache
import logging
import os
import sys
import typing
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import MutableMapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.machinery import PathFinder
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from types import ModuleType
from typing import Any

from ..errors import LoadError
from ..errors import nearest
from ..runtime.contribution import NAMESPACE
from .compiling import compiled


def read_sources(found: Iterable[tuple[str, Path]]) -> dict[str, bytes]:
    """Return the Python files of a module and what its components are made of, by their path."""
    return {name: path.read_bytes() for name, path in found if _is_source(name)}


def _is_source(name: str) -> bool:
    ends = (".html", "/style.css", "/script.js")
    return name.endswith(".py") or (name.startswith("components/") and name.endswith(ends))


@dataclass(eq=False)
class Package:
    """One loaded version of a module.

    :param key: the last part of its private name.
    :param root: the import root, usually ``modules``.
    :param imports: private names by module, of itself and of what it was loaded with.
    """

    module: str
    key: str
    folder: Path
    sources: Mapping[str, bytes]
    root: str
    imports: dict[str, str] = field(default_factory=dict)
    required: Sequence[str] = ()
    own: str | None = None
    """The name of the package in its wheel, where that is not the module's."""
    aliases: dict[str, str] = field(default_factory=dict)
    """Private names by such names, of itself and of what it was loaded with."""
    executed: list[str] = field(default_factory=list)
    """Names of its Python modules whose code ran to its end, in that order."""

    @property
    def name(self) -> str:
        """The private name, ``hotframe_modules.shop__0a1b2c``."""
        return f"{NAMESPACE}.{self.key}"

    def find(self, fullname: str) -> ModuleSpec | None:
        """Return the spec of one of its Python modules."""
        relative = fullname[len(self.name) + 1 :].replace(".", "/")
        start = f"{relative}/" if relative else ""
        for path, package in ((f"{start}__init__.py", True), (f"{relative}.py", False)):
            if path in self.sources:
                return self._spec(fullname, path, package)
        if any(name.startswith(start) for name in self.sources):
            return ModuleSpec(fullname, None, is_package=True)
        return None

    def _spec(self, fullname: str, path: str, package: bool) -> ModuleSpec | None:
        file = self.folder / path
        locations = [str(file.parent)] if package else None
        loader = _Loader(fullname, str(file), self, self.sources[path])
        return importlib.util.spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=locations
        )

    def has(self, submodule: str) -> bool:
        """Say whether there is ``views.py`` or ``views/__init__.py``."""
        return f"{submodule}.py" in self.sources or f"{submodule}/__init__.py" in self.sources

    def below(self, folder: str) -> list[str]:
        """Return the names of the submodules in a folder, sorted."""
        paths = (path for path in self.sources if path.startswith(f"{folder}/"))
        names = (path.removesuffix(".py") for path in paths if path.endswith(".py"))
        return sorted(name.removesuffix("/__init__").replace("/", ".") for name in names)

    def import_(self, submodule: str = "") -> ModuleType:
        """Import the package, or one of its submodules, under the private name."""
        _finder.packages[self.key] = self
        return importlib.import_module(f"{self.name}.{submodule}" if submodule else self.name)

    def code(self) -> list[ModuleType]:
        """Return its Python modules that were imported so far, in that order."""
        found = (sys.modules.get(name) for name in self.executed)
        return [one for one in found if isinstance(one, ModuleType)]

    def loaded(self) -> list[str]:
        """Return its names in ``sys.modules``."""
        own, below = self.name, f"{self.name}."
        return [name for name in list(sys.modules) if name.startswith(below) or name == own]

    def importer(self) -> Callable[..., Any]:
        """Return the ``__import__`` for the code of this version."""

        def hotframe_import(
            name: str,
            globals: Mapping[str, object] | None = None,
            locals: Mapping[str, object] | None = None,
            fromlist: Sequence[str] = (),
            level: int = 0,
        ) -> ModuleType:
            head, _, rest = name.partition(".")
            if level or head not in (self.root, *self.aliases):
                return builtins.__import__(name, globals, locals, fromlist, level)
            if head == self.root:
                return self._import_managed(rest, fromlist)
            return _imported(self.aliases[head], rest, fromlist) or sys.modules[self.aliases[head]]

        return hotframe_import

    def _import_managed(self, path: str, fromlist: Sequence[str]) -> ModuleType:
        facade = _Facade(self)
        if not path:
            return facade
        module, _, rest = path.partition(".")
        return _imported(self.private_name(module), rest, fromlist) or facade

    def private_name(self, module: str) -> str:
        """Return the private name of the version of *module* that this one was loaded with.

        :raises LoadError: when the manifest does not require it, or it is optional and absent.
        """
        if module in self.imports:
            return self.imports[module]
        if module in self.required:
            raise LoadError(
                f"{module!r} is optional for {self.module!r} and not enabled.", module=self.module
            )
        raise LoadError(
            f"{self.module!r} imports {self.root}.{module}, which its module.toml does not "
            f"require: add it to requires = [...].{nearest(module, self.imports)}",
            module=self.module,
        )


def _imported(private: str, rest: str, fromlist: Sequence[str]) -> ModuleType | None:
    """Import a submodule; return what ``from … import`` reads, or ``None`` after ``import …``."""
    full = f"{private}.{rest}" if rest else private
    if fromlist:
        return builtins.__import__(full, None, None, fromlist, 0)
    importlib.import_module(full)
    return None


class _Facade(ModuleType):
    """What ``modules`` is for the code of one version."""

    def __init__(self, package: Package) -> None:
        super().__init__(package.root)
        self.__path__: list[str] = []
        vars(self)["_package"] = package

    def __getattr__(self, name: str) -> ModuleType:
        if name.startswith("__"):
            raise AttributeError(name)
        package: Package = vars(self)["_package"]
        return importlib.import_module(package.private_name(name))


class _Loader(SourceFileLoader):
    def __init__(self, fullname: str, path: str, package: Package, source: bytes) -> None:
        super().__init__(fullname, path)
        self.package = package
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        return compiled(self.source, self.path, self.set_data)

    def exec_module(self, module: ModuleType) -> None:
        own = {**vars(builtins), "__import__": self.package.importer()}
        vars(module)["__builtins__"] = own
        super().exec_module(module)
        self.package.executed.append(module.__name__)


class _Finder(MetaPathFinder):
    """Finds the loaded versions; the only entry that HotFrame puts into ``sys.meta_path``."""

    def __init__(self) -> None:
        self.packages: dict[str, Package] = {}
        self.guarded: dict[Path, int] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == NAMESPACE:
            return ModuleSpec(NAMESPACE, None, is_package=True)
        if fullname.startswith(f"{NAMESPACE}."):
            package = self.packages.get(fullname.split(".")[1])
            return package.find(fullname) if package else None
        if path is None and self.guarded:
            self._refuse_unmanaged(fullname)
        return None

    def _refuse_unmanaged(self, fullname: str) -> None:
        roots = [folder for folder in self.guarded if folder.name == fullname]
        spec = PathFinder.find_spec(fullname) if roots else None
        for place in (spec.submodule_search_locations or ()) if spec else ():
            if Path(place).resolve() in roots:
                raise LoadError(
                    f"{fullname}: modules are loaded by HotFrame, and a plain import would load a "
                    f"second copy that nobody manages. In a module, write "
                    f"`from {fullname}.shop import …` and list it in requires; in the app, use "
                    f'current_hotframe.modules["shop"], hooks or outlets.'
                )

    def guard(self, folder: Path) -> None:
        """Refuse plain imports of this modules folder from now on."""
        self.guarded[folder] = self.guarded.get(folder, 0) + 1

    def release(self, folder: Path) -> None:
        """Take back one :meth:`guard`."""
        self.guarded[folder] -= 1
        if not self.guarded[folder]:
            del self.guarded[folder]


_finder = _Finder()
sys.meta_path.insert(0, _finder)
guard = _finder.guard
release = _finder.release


def free_key(wanted: str) -> str:
    """Return *wanted*, with a suffix when this process has such a version already."""
    key, number = wanted, 1
    while key in _finder.packages:
        number += 1
        key = f"{wanted}_{number}"
    return key


def forget(package: Package) -> None:
    """Remove everything that the interpreter keeps of a version. Nobody may use it any more."""
    _finder.packages.pop(package.key, None)
    for name in package.loaded():
        del sys.modules[name]
    parent = sys.modules.get(NAMESPACE)
    if parent is not None:
        vars(parent).pop(package.key, None)
    _remove(logging.Logger.manager.loggerDict, package.name, ".")
    for cache in (sys.path_importer_cache, linecache.cache):
        _remove(cache, str(package.folder), os.sep)
    _clear_typing_caches()


def _remove(cache: MutableMapping[str, Any], name: str, separator: str) -> None:
    """Remove a name and all below it; what merely begins alike belongs to others."""
    for key in [k for k in list(cache) if k == name or k.startswith(name + separator)]:
        cache.pop(key, None)


def _clear_typing_caches() -> None:
    """Generic aliases such as ``Mapped[Post]`` stay in typing's caches, and hold the class."""
    for clear in getattr(typing, "_cleanups", ()):
        clear()
