"""The base of a module's models."""

from __future__ import annotations

import enum
from typing import Any

from sqlalchemy import Enum
from sqlalchemy import event
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import DeclarativeBaseNoMeta
from sqlalchemy.orm import has_inherited_table

from ..runtime.contribution import HOST
from .naming import CONVENTION
from .naming import table_name
from .ownership import owner_of
from .relations import refuse_foreign_base
from .relations import refuse_foreign_relations

BASES: tuple[type, ...] = (DeclarativeBase, DeclarativeBaseNoMeta)


class ModuleModels:
    """Makes a declarative base the one of a module, or of the app.

    ::

        class Base(ModuleModels, DeclarativeBase): ...

        class Product(Base):                    # the table is "<module>_product", or "product"
            id: Mapped[int] = mapped_column(primary_key=True)

    The base has a registry and a ``MetaData`` of its own, in which constraints get names. What
    would break the models of another owner is refused while the module is loaded.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        if any(base in BASES for base in cls.__bases__):
            _name_constraints(cls)
            _keep_enums_as_text(cls)
        elif issubclass(cls, BASES):
            refuse_foreign_base(cls)
            _name_table(cls)
        super().__init_subclass__(**options)
        if "__mapper__" in vars(cls) and owner_of(cls.__module__) != HOST:
            event.listen(cls, "before_mapper_configured", refuse_foreign_relations)


def _name_constraints(base: type) -> None:
    if not {"metadata", "registry"} & vars(base).keys():
        setattr(base, "metadata", MetaData(naming_convention=CONVENTION))  # noqa: B010


def _keep_enums_as_text(base: type) -> None:
    """Map Python's enums to text, as SQLite has them.

    The type that PostgreSQL would make has a name that two modules may both use, and outlives its
    tables.
    """
    if getattr(base, "registry", None) is None:
        own = getattr(base, "type_annotation_map", {})
        types = {enum.Enum: Enum(enum.Enum, native_enum=False), **own}
        setattr(base, "type_annotation_map", types)  # noqa: B010


def _name_table(cls: type) -> None:
    own = vars(cls)
    if "__table__" in own or own.get("__abstract__") or has_inherited_table(cls):
        return
    if not any("__tablename__" in vars(base) for base in cls.__mro__):
        name = table_name(owner_of(cls.__module__), cls.__name__)
        setattr(cls, "__tablename__", name)  # noqa: B010
