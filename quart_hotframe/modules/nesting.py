"""The routes of a module's components, below those of the module."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from quart import Blueprint

from ..errors import ComponentError
from ..runtime.nesting import BLUEPRINT
from ..runtime.nesting import blueprint_in
from ..runtime.nesting import prefix_of
from .importing import Package
from .manifest import Manifest

FOLDER = "components"


def import_components(package: Package) -> dict[str, Blueprint]:
    """Import the Python files of the components, and return their blueprints by component.

    :raises ComponentError: a blueprint has another name than its component, or stands in a file
        that is no component's.
    """
    found = {}
    for submodule in package.below(FOLDER):
        code = package.import_(submodule)
        name = submodule.rpartition(".")[2]
        if not _is_component(package, submodule):
            _refuse_blueprint(code)
        elif (blueprint := blueprint_in(code, name)) is not None:
            found[name] = blueprint
    return found


def nest(manifest: Manifest, main: ModuleType, nested: Mapping[str, Blueprint]) -> Blueprint | None:
    """Return the blueprint of a module with those of its components below it.

    A module that has none gets one, at ``/<name>`` unless its manifest says another address.
    """
    outer: Blueprint | None = getattr(main, "blueprint", None)
    if outer is None and nested:
        outer = Blueprint(manifest.name, main.__name__, url_prefix=f"/{manifest.name}")
    for name, blueprint in nested.items():
        assert outer is not None
        outer.register_blueprint(blueprint, url_prefix=prefix_of(blueprint, name))
    return outer


def _is_component(package: Package, submodule: str) -> bool:
    folder, name = submodule.split(".")[1:-1], submodule.rpartition(".")[2]
    return folder in ([], [name]) and f"{submodule.replace('.', '/')}.html" in package.sources


def _refuse_blueprint(code: ModuleType) -> None:
    """Refuse routes in a file that is no component's, such as that of an override."""
    found = getattr(code, BLUEPRINT, None)
    if isinstance(found, Blueprint) and found.import_name == code.__name__:
        raise ComponentError(
            f"The routes of the blueprint {found.name!r} would be lost: it belongs into the file "
            "of a component of this module, as card.py beside card.html.",
            file=code.__file__,
        )
