"""Loading one version of a module: import, register on a scratch app, gather what it brings."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from quart import Blueprint

from ..errors import LoadError
from ..errors import ModuleError
from ..hooks import collecting
from ..hooks import Collector
from ..runtime.contribution import Contribution
from ..runtime.runtime import Runtime
from ..runtime.scratch import register
from ..runtime.scratch import Registration
from ..security.guards import placing
from ..security.guards.guard import named
from .content import content_hash
from .content import files
from .importing import forget
from .importing import free_key
from .importing import Package
from .importing import read_sources
from .manifest import Manifest
from .nesting import import_components
from .nesting import nest
from .records import Module
from .settings_kind import values_of
from .state import Wanted
from .trespass import Trespass

CONVENTIONAL = (
    "models",
    "settings",
    "views",
    "hooks",
    "topics",
    "tasks",
    "commands",
    "admin",
    "middleware",
    "interceptors",
    "lifecycle",
)
"""Files that are imported when they exist, in this order; a failure in any fails the load."""


@dataclass(eq=False)
class Loaded:
    """One version of a module in this process, mounted or about to be.

    ``source`` and ``version`` are those of the store; ``needs`` are the versions of other modules
    that it was loaded with.
    """

    manifest: Manifest
    source: str
    version: str
    package: Package
    contribution: Contribution
    lifecycle: ModuleType | None
    needs: Mapping[str, Loaded]
    started: bool = False
    """Whether its functions before serving were run, so that those after it must be."""

    @property
    def name(self) -> str:
        """The module's name."""
        return self.manifest.name

    def is_of(self, source: str, version: str) -> bool:
        """Say whether it is what the store calls this version."""
        return (self.source, self.version) == (source, version)

    def forget(self) -> None:
        """Remove what the interpreter keeps of it."""
        forget(self.package)


def load(
    runtime: Runtime, manifest: Manifest, folder: Path, wanted: Wanted,
    needs: Mapping[str, Loaded], root: str, own: str | None = None, again: Loaded | None = None,
) -> Loaded:  # fmt: skip
    """Import a module and register its blueprint on a scratch app. It blocks: use a thread.

    :param needs: the loaded modules that it may import.
    :param root: the import root, usually ``modules``.
    :param own: the name by which its own code imports it too.
    :param again: a version whose code and templates are taken, whatever the files are now.
    :raises LoadError: with file and line, when anything in it fails; nothing is left behind.
    """
    package = _package(manifest, folder, needs, root, own, again)
    collector = Collector(manifest.name)
    try:
        with collecting(collector), Trespass(manifest.name):
            main = package.import_()
            found = {name: package.import_(name) for name in CONVENTIONAL if package.has(name)}
            nested = import_components(package)
            contribution = _register(runtime, manifest, main, nested)
        contribution.needs = frozenset(needs)
        if again is not None:
            contribution.loaders = again.contribution.loaders
        sources = {"hooks": collector.hooks, "code": package.code(), "manifest": manifest,
                   "settings": found.get("settings"), "files": package.sources,
                   "folder": folder, "declared": collector.declared}  # fmt: skip
        for kind in runtime.kinds.values():
            contribution.items[kind.name] = kind.collect(contribution, sources)
    except BaseException as error:
        for kind in runtime.kinds.values():
            kind.abandon(package.code())
        forget(package)
        if isinstance(error, ModuleError) and error.module is not None:
            raise
        raise _load_error(manifest, folder, error) from error
    contribution.items["module"] = Module(
        manifest.name, manifest.version, "active", source=wanted.source, enabled=True
    ).described(manifest, values_of(runtime, contribution))
    return Loaded(manifest, wanted.source, wanted.version, package, contribution,
                  found.get("lifecycle"), dict(needs))  # fmt: skip


def _package(
    manifest: Manifest, folder: Path, needs: Mapping[str, Loaded], root: str, own: str | None,
    again: Loaded | None,
) -> Package:  # fmt: skip
    found = list(files(folder))
    digest = hashlib.sha256(content_hash(folder, found).encode())
    for name, other in sorted(needs.items()):
        digest.update(f"{name}={other.package.key}".encode())
    key = free_key(f"{manifest.name}__{digest.hexdigest()[:12]}")
    imports = {name: other.package.name for name, other in needs.items()}
    package = Package(
        manifest.name,
        key,
        folder,
        read_sources(found) if again is None else again.package.sources,
        root,
        imports,
        [one.name for one in manifest.optional],
        own,
        {other.package.own: other.package.name for other in needs.values() if other.package.own},
    )
    imports[manifest.name] = package.name
    if own is not None:
        package.aliases[own] = package.name
    if "__init__.py" not in package.sources:
        raise LoadError(
            f"{folder / '__init__.py'} is missing: a module is a package.", module=manifest.name
        )
    return package


def _register(
    runtime: Runtime, manifest: Manifest, main: ModuleType, nested: Mapping[str, Blueprint]
) -> Contribution:
    _refuse_misnamed(manifest, main)
    blueprint = nest(manifest, main, nested)
    parts = []
    if blueprint is not None:
        options = {"url_prefix": manifest.url_prefix, "subdomain": manifest.subdomain}
        given = {name: value for name, value in options.items() if value is not None}
        parts.append(Registration(blueprint, given))
    contribution = register(runtime.host, manifest.name, parts)
    for sentence in placing.misplaced(contribution.views).values():
        raise LoadError(sentence, module=manifest.name)
    if manifest.guard:
        placing.cover(contribution, named(manifest.guard))
    return contribution


def _refuse_misnamed(manifest: Manifest, main: ModuleType) -> None:
    """Refuse a blueprint of the package that nobody would find, or that is none."""
    blueprint = getattr(main, "blueprint", None)
    if isinstance(blueprint, Blueprint):
        return
    if blueprint is not None:
        raise LoadError(
            f"{main.__file__}: 'blueprint' must be a quart.Blueprint, not "
            f"{type(blueprint).__name__}.",
            module=manifest.name,
        )
    for name, value in vars(main).items():
        if isinstance(value, Blueprint) and value.import_name == main.__name__:
            raise LoadError(
                f"{main.__file__}: the blueprint must have the name 'blueprint', not {name!r}.",
                module=manifest.name,
            )


def _load_error(manifest: Manifest, folder: Path, error: BaseException) -> LoadError:
    place = _place(folder, error)
    text = error.msg if isinstance(error, SyntaxError) else str(error)  # else it has the line twice
    what = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return LoadError(f"{place}: {what}", module=manifest.name)


def _place(folder: Path, error: BaseException) -> str:
    """Return ``file:line`` of the innermost line of the module that took part in the failure."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    line = line_in(folder, error)
    return f"{line[0]}:{line[1]}" if line is not None else str(folder)


def line_in(folder: Path, error: BaseException) -> tuple[Path, int] | None:
    """Return the innermost line of a folder's files that took part in an error; reads no file."""
    frames = traceback.walk_tb(error.__traceback__)
    lines = [(Path(frame.f_code.co_filename), number) for frame, number in frames]
    return next((one for one in reversed(lines) if one[0].is_relative_to(folder)), None)
