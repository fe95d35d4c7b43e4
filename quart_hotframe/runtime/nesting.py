"""The blueprints of components, which lie below that of their owner."""

from __future__ import annotations

from types import ModuleType

from quart import Blueprint

from ..errors import ComponentError

BLUEPRINT = "blueprint"
"""The name of a blueprint in its file."""


def blueprint_in(code: ModuleType, name: str) -> Blueprint | None:
    """Return the blueprint that a component's file makes; one that it imports is another's.

    :param name: the name of the component.
    :raises ComponentError: it has another name, in Python or as a blueprint.
    """
    made = {key: one for key, one in vars(code).items() if _is_made_in(code, one)}
    found = made.get(BLUEPRINT)
    if made and not hasattr(code, BLUEPRINT):
        raise ComponentError(
            f"The blueprint of a component must have the name 'blueprint', not {min(made)!r}.",
            file=code.__file__,
        )
    if found is not None and found.name != name:
        raise ComponentError(
            f"The blueprint must have the name of its component: write Blueprint({name!r}, "
            f"__name__), not {found.name!r}.",
            file=code.__file__,
        )
    return found


def prefix_of(blueprint: Blueprint, name: str) -> str:
    """Return the address of a component's routes below that of its owner.

    :param name: the name of the component.
    """
    return f"/components/{name}" if blueprint.url_prefix is None else blueprint.url_prefix


def _is_made_in(code: ModuleType, value: object) -> bool:
    return isinstance(value, Blueprint) and value.import_name == code.__name__
