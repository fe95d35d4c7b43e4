"""Which files of an owner are components: found by name, so that nobody registers them."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from pathlib import Path
from pathlib import PurePosixPath
from types import MappingProxyType
from types import ModuleType
from typing import NamedTuple

from ..errors import ComponentError
from ..runtime.nesting import blueprint_in
from .assets import MIMETYPES
from .component import Component

FOLDER = "components"
EXAMPLE = ".example.html"
"""How the name of a file ends that shows the use of the component beside it."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
NONE: Mapping[str, str] = MappingProxyType({})


class Found(NamedTuple):
    """The files of one component, below the folder of its owner.

    :param others: templates that are of the same name.
    :param assets: its style and script, by their file names.
    :param stray: the same in a folder of its name in which it does not lie.
    """

    name: str
    template: str
    code: str | None
    others: tuple[str, ...] = ()
    assets: Mapping[str, str] = NONE
    stray: tuple[str, ...] = ()

    def check(self, folder: Path) -> None:
        """Refuse files that cannot be a component.

        :raises ComponentError: two are of one name, or the name cannot be used.
        """
        if not NAME.fullmatch(self.name):
            raise ComponentError(
                "A component has a name such as product_card: rename the file.",
                file=folder / self.template,
            )
        if self.others:
            raise ComponentError(
                f"The component {self.name!r} is there twice: keep this or {self.others[0]}.",
                file=folder / self.template,
            )
        if self.stray:
            raise ComponentError(
                f"This is not served, because {self.name}.html does not lie beside it: move that "
                f"to {FOLDER}/{self.name}/.",
                file=folder / self.stray[0],
            )


def found_in(paths: Iterable[str]) -> list[Found]:
    """Return the components among files, sorted by name.

    ``components/card.html`` is one, with ``components/card.py`` if there is that file, and so is
    ``components/card/card.html``, which may have ``style.css`` and ``script.js`` beside it.
    ``card.example.html`` beside the template shows its use. Other files are their own business.

    :param paths: relative to the folder of the owner, with ``/``.
    """
    paths = set(paths)
    templates: dict[str, list[str]] = {}
    for path in sorted(paths):
        name = _name_of(PurePosixPath(path))
        if name is not None:
            templates.setdefault(name, []).append(path)
    return [_found(name, paths, *templates[name]) for name in sorted(templates)]


def overriding_in(paths: Iterable[str]) -> dict[str, list[Found]]:
    """Return the files that may stand in the place of others' components, by the owner's name.

    ``components/shop/card.html`` is one for ``card`` of ``shop``, with ``components/shop/card.py``
    if there is that file.
    """
    paths = set(paths)
    overriding: dict[str, list[Found]] = {}
    for path in sorted(paths):
        place = PurePosixPath(path)
        if place.suffix == ".html" and len(place.parts) == 3 and place.parts[0] == FOLDER:
            if place.stem != place.parts[1] and not path.endswith(EXAMPLE):
                found = _found(place.stem, paths, path)._replace(stray=())
                overriding.setdefault(place.parts[1], []).append(found)
    return overriding


def _found(name: str, paths: set[str], template: str, *others: str) -> Found:
    code = template.removesuffix(".html") + ".py"
    below = {file: f"{FOLDER}/{name}/{file}" for file in MIMETYPES}
    there = {file: path for file, path in below.items() if path in paths}
    own = template == f"{FOLDER}/{name}/{name}.html"
    return Found(
        name, template, code if code in paths else None, others,
        there if own else NONE, () if own else tuple(there.values()),
    )  # fmt: skip


def _name_of(path: PurePosixPath) -> str | None:
    """Return the name of the component whose template a file is."""
    if path.suffix != ".html" or path.parts[0] != FOLDER or path.name.endswith(EXAMPLE):
        return None
    folders = path.parts[1:-1]
    return path.stem if folders in ((), (path.stem,)) else None


def class_in(code: ModuleType, name: str) -> type[Component] | None:
    """Return the class of a component, which is named as its file: ``ProductCard``.

    A file that has routes and no component needs none.

    :raises ComponentError: there is none, or the blueprint has another name.
    """
    wanted = "".join(part.capitalize() for part in name.split("_"))
    kind = getattr(code, wanted, None)
    if isinstance(kind, type) and issubclass(kind, Component):
        return kind
    if blueprint_in(code, name) is not None and not _has_component(code):
        return None
    raise ComponentError(
        f"There must be a class {wanted}(Component) here, for {name}.html.", file=code.__file__
    )


def _has_component(code: ModuleType) -> bool:
    return any(
        isinstance(one, type) and issubclass(one, Component) and one.__module__ == code.__name__
        for one in vars(code).values()
    )


def read_assets(found: Found, folder: Path, content_of: Callable[[str], bytes]) -> dict[str, bytes]:
    """Return what the style and the script of a component hold, by their file names.

    :param content_of: returns what a file holds, by its path below the folder.
    :raises ComponentError: one is not UTF-8.
    """
    contents = {file: content_of(path) for file, path in found.assets.items()}
    for file, content in contents.items():
        read(content, folder / found.assets[file])
    return contents


def read(content: bytes, file: Path) -> str:
    """Return the text of a file.

    :raises ComponentError: it is not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ComponentError(f"This is no text in UTF-8: {error}.", file=file) from error
