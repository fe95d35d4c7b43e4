"""What ties the models of two owners together, and is refused where it would outlive one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Mapper
from sqlalchemy.orm import registry
from sqlalchemy.orm import RelationshipProperty

from ..errors import LoadError
from ..errors import nearest
from .ownership import owner_of
from .ownership import same_home
from .places import place_of


def refusal(cls: type, attribute: str | None, sentence: str) -> LoadError:
    """Return the error that names a model or an attribute of it with its file and line."""
    name = f"{cls.__name__}.{attribute}" if attribute else cls.__name__
    place, module = place_of(cls, attribute), owner_of(cls.__module__)
    return LoadError(f"{place}: {name} {sentence}", module=module)


def refuse_foreign_base(cls: type) -> None:
    """Refuse a class on the declarative base, or on a model, of another owner.

    :raises LoadError: it would stay in the registry of the other one when its module goes.
    """
    for base in cls.__mro__[1:]:
        if isinstance(vars(base).get("registry"), registry) and not same_home(cls, base):
            parent = next(b for b in cls.__bases__ if issubclass(b, base))
            raise refusal(
                cls,
                None,
                f"derives from {parent.__name__} of {owner_of(base.__module__)!r}: mapped there, "
                "it could never be taken out again. Write a base of your own, class "
                "Base(ModuleModels, DeclarativeBase), and a model of it with a foreign key to "
                f"{parent.__name__}.",
            )


def refuse_foreign_relations(mapper: Mapper[Any], cls: type) -> None:
    """Refuse relationships that would change the mapper of another owner's class.

    SQLAlchemy calls it before it links the mapper to others, when nothing happened yet.

    :raises LoadError: naming the attribute, with what to write instead.
    """
    for found in mapper.attrs:
        if isinstance(found, RelationshipProperty) and found.parent is mapper:
            target = _target(mapper, cls, found)
            if target is not None and not same_home(cls, target):
                _refuse_writing(cls, found, target)


def _target(mapper: Mapper[Any], cls: type, found: RelationshipProperty[Any]) -> type | None:
    argument: Any = found.argument
    if isinstance(argument, str):
        _refuse_unknown_name(mapper, cls, found.key, argument)
        return None  # names are those of models on the same base
    if callable(argument) and not isinstance(argument, (type, Mapper)):
        argument = argument()
    target: type | None = getattr(getattr(inspect(argument, False), "mapper", None), "class_", None)
    return target


def _refuse_unknown_name(mapper: Mapper[Any], cls: type, key: str, text: str) -> None:
    known = {one.class_.__name__ for one in mapper.registry.mappers}
    name = text.rpartition(".")[2]
    if name.isidentifier() and name not in known:
        raise refusal(
            cls,
            key,
            f"names the model {text!r}, which {owner_of(cls.__module__)!r} does not have."
            f"{nearest(name, known)} For one of another module import the class and write "
            f"relationship({name}, viewonly=True).",
        )


def _refuse_writing(cls: type, found: RelationshipProperty[Any], target: type) -> None:
    whose = f"{target.__name__} of {owner_of(target.__module__)!r}"
    if found.backref or found.back_populates:
        raise refusal(
            cls,
            found.key,
            f"puts an attribute on {whose}, which would break it when this module goes: write "
            f"relationship({target.__name__}, viewonly=True) without backref or back_populates, "
            "and ask for the other direction with a select().",
        )
    if not found.viewonly:
        raise refusal(
            cls,
            found.key,
            f"writes through {whose}, which would break it when this module goes: write "
            f"relationship({target.__name__}, viewonly=True) and set the foreign key's column.",
        )
