"""The models of one owner: found in its code, checked, and let go of."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy import MetaData
from sqlalchemy import Table
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.exc import NoReferencedColumnError
from sqlalchemy.exc import NoReferencedTableError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import registry

from ..errors import LoadError
from ..errors import nearest
from .models import ModuleModels
from .naming import fits
from .naming import right_name
from .ownership import home_of
from .ownership import same_home
from .places import place_of
from .places import place_of_text
from .relations import refusal


@dataclass(eq=False)
class Models:
    """The models of one owner.

    ``metadata`` has all its tables; ``registries`` its mappers, usually those of one base.
    """

    owner: str
    metadata: MetaData
    registries: Sequence[registry]

    @property
    def tables(self) -> Mapping[str, Table]:
        """The owner's tables, by their names with the schema where they have one."""
        return self.metadata.tables

    def model_of(self, table: Table) -> type | None:
        """Return the class that is mapped to a table, if one is."""
        mappers = (mapper for one in self.registries for mapper in one.mappers)
        return next((one.class_ for one in mappers if one.local_table is table), None)


def models_of(owner: str, bases: Iterable[type[Any]]) -> Models | None:
    """Return the models of declarative bases, or ``None`` when there is no base.

    :raises LoadError: the bases have more than one ``MetaData``.
    """
    bases = list(bases)
    if not bases:
        return None
    metadata: MetaData = bases[0].metadata
    for base in bases[1:]:
        if base.metadata is not metadata:
            first = bases[0]
            raise refusal(
                base,
                None,
                f"has another MetaData than {first.__name__} ({place_of(first)}), and an owner's "
                f"tables stand in one: derive the models from {first.__name__}, or write "
                f"metadata = {first.__name__}.metadata in {base.__name__}.",
            )
    return Models(owner, metadata, [base.registry for base in bases])


def collect(owner: str, code: Sequence[ModuleType]) -> Models | None:
    """Return the models of a module's code, checked and configured, or ``None``.

    :param code: the Python modules of one version of a module.
    :raises LoadError: with file and line, for what cannot come and go with the module.
    """
    for cls in _classes(code):
        if _is_base(cls) and not issubclass(cls, ModuleModels):
            raise refusal(
                cls,
                None,
                "is the base of models that HotFrame does not know: derive it from ModuleModels "
                f"too, class {cls.__name__}(ModuleModels, DeclarativeBase), with "
                "from quart_hotframe.database import ModuleModels.",
            )
        _refuse_foreign_registry(cls)
    models = models_of(owner, _bases(code))
    if models is not None:
        _check_names(models, code)
        _check_keys(models, code)
        _configure(models, code)
    return models


def let_go(registries: Iterable[registry]) -> list[registry]:
    """Dispose of the mappers of registries, and return those that others still depend on."""
    needed = []
    for one in registries:
        try:
            one.dispose()
        except InvalidRequestError:
            needed.append(one)
    return needed


def registries_in(code: Iterable[ModuleType]) -> list[registry]:
    """Return the registries of the bases that stand in Python modules."""
    return [base.registry for base in _bases(code)]


def _bases(code: Iterable[ModuleType]) -> list[Any]:
    """Return the owner's declarative bases, also one that has no name any more."""
    found: dict[Any, None] = {}
    for cls in _classes(code):
        mine = (one for one in cls.__mro__ if _is_base(one) and same_home(one, cls))
        found.update(dict.fromkeys(mine))
    return list(found)


def _classes(code: Iterable[ModuleType]) -> Iterator[Any]:
    """Return the classes that were defined in Python modules, each once."""
    for one in code:
        for value in list(vars(one).values()):
            if isinstance(value, type) and value.__module__ == one.__name__:
                yield value


def _is_base(cls: type) -> bool:
    return isinstance(vars(cls).get("registry"), registry)


def _refuse_foreign_registry(cls: type) -> None:
    """Refuse a model on a base of the app that is not one of :class:`ModuleModels`."""
    for base in cls.__mro__[1:]:
        if _is_base(base) and not same_home(base, cls):
            raise refusal(
                cls, None, f"is mapped by {base.__name__} of {base.__module__}, where it could "
                "never be taken out again: write a base of your own, class "
                "Base(ModuleModels, DeclarativeBase).",
            )  # fmt: skip


def _refusal(models: Models, table: Table, code: Sequence[ModuleType], sentence: str) -> LoadError:
    cls = models.model_of(table)
    place = place_of_text(code, table.name) or (place_of(cls) if cls else code[0].__file__)
    return LoadError(f"{place}: {sentence}", module=models.owner)


def _check_names(models: Models, code: Sequence[ModuleType]) -> None:
    for table in models.tables.values():
        if not fits(models.owner, table.name):
            right = right_name(models.owner, table.name)
            raise _refusal(
                models, table, code,
                f"the table {table.name!r} must be named {right!r}: the names of a module's tables "
                "begin with the module's.",
            )  # fmt: skip


def _check_keys(models: Models, code: Sequence[ModuleType]) -> None:
    """Refuse foreign keys, given as text, to tables of others: their owner may change."""
    for table in models.tables.values():
        for key in table.foreign_keys:
            try:
                key.column  # noqa: B018
            except (NoReferencedTableError, NoReferencedColumnError) as error:
                raise _refused_key(models, table, key, code) from error


def _refused_key(
    models: Models, table: Table, key: ForeignKey, code: Sequence[ModuleType]
) -> LoadError:
    name, _, column = key.target_fullname.rpartition(".")
    meant = nearest(name, models.tables)
    others = _imported(code)
    model = others.get(name, "TheModel")
    imported = "" if name in others else ", with the model imported"
    sentence = (
        f"the foreign key to {key.target_fullname!r} leads to no column of this module.{meant} For "
        "one of another module give the column and no text: "
        f"ForeignKey({model}.__table__.c.{column}){imported}."
    )
    cls = models.model_of(table)
    attribute = _attribute_of(cls, key) if cls else None
    if cls is None or attribute is None:
        return _refusal(models, table, code, f"in the table {table.name!r}, {sentence}")
    return LoadError(f"{place_of(cls, attribute)}: {sentence}", module=models.owner)


def _imported(code: Iterable[ModuleType]) -> dict[str, str]:
    """Return the names of models of others in Python modules, by their tables."""
    found = {}
    for one in code:
        for name, value in list(vars(one).items()):
            table = getattr(value, "__table__", None) if isinstance(value, type) else None
            if isinstance(table, Table) and home_of(value.__module__) != home_of(one.__name__):
                found[str(table)] = name
    return found


def _attribute_of(cls: Any, key: ForeignKey) -> str | None:
    # The mapper's other collections would configure it, which fails because of this key.
    columns = cls.__mapper__.columns
    return next((name for name, column in columns.items() if column is key.parent), None)


def _configure(models: Models, code: Sequence[ModuleType]) -> None:
    """Link the mappers now, so that what is wrong shows while the module is loaded."""
    for one in models.registries:
        try:
            one.configure(cascade=True)
        except SQLAlchemyError as error:
            raise LoadError(f"{_place(models, code)}: {type(error).__name__}: {error}",
                            module=models.owner) from error  # fmt: skip


def _place(models: Models, code: Sequence[ModuleType]) -> str:
    """Return the file in which models stand, for errors that name the attribute themselves."""
    mappers = (mapper for one in models.registries for mapper in one.mappers)
    names = sorted({mapper.class_.__module__ for mapper in mappers})
    files = [one.__file__ for one in code if one.__name__ in names]
    return ", ".join(str(file) for file in files)
