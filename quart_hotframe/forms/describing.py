"""The shape of a model's form, worked out once for each model."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from weakref import WeakKeyDictionary

from pydantic import BaseModel
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema

from ..errors import SetupError
from .shapes import Shape
from .showing import name_of

_known: WeakKeyDictionary[type[BaseModel], Shape] = WeakKeyDictionary()
"""Shapes hold nothing of their models, so these go with their modules."""


def describe(model: type[BaseModel]) -> Shape:
    """Return the shape of a model's form: a group.

    :raises SetupError: it is no model, or a form cannot show something that must be given.
    """
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise SetupError(f"A form is made from a pydantic model, not from {model!r}.")
    if model not in _known:
        _known[model] = _described(model)
    return _known[model]


class _Lenient(GenerateJsonSchema):
    """Says nothing of what JSON does not have: a form leaves it at its default."""

    ignored_warning_kinds = {"skipped-choice", "non-serializable-default"}  # noqa: RUF012

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> dict[str, Any]:
        """Return a schema of which no form shows anything."""
        return {}


def _described(model: type[BaseModel]) -> Shape:
    try:
        schema = model.model_json_schema(schema_generator=_Lenient)
    except PydanticUserError as error:
        raise SetupError(f"A form cannot show {model.__name__}: {error}") from error
    defined = schema.get("$defs", {})
    while "$ref" in schema:  # a model that has itself in a list
        schema = defined[schema["$ref"].rpartition("/")[2]]
    if "properties" not in schema:
        raise SetupError(f"A form cannot show {model.__name__}: it has no fields.")
    for name, step in _steps(model):
        schema["properties"][name]["x-step"] = step
    shape = Shape("group", schema=schema, defined=defined, above=(f"#/$defs/{model.__name__}",))
    _check(model, shape)
    return shape


def _steps(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """Return the steps of numbers with a fixed count of decimal places, which no schema tells."""
    for name, field in model.model_fields.items():
        for one in field.metadata:
            places = getattr(one, "decimal_places", None)
            if places is not None:
                yield name_of(name, field), str(Decimal(1).scaleb(-places))


def _check(model: type[BaseModel], shape: Shape) -> None:
    for name in shape.schema["properties"]:
        if "." in name:
            raise SetupError(f"{model.__name__}: no field of a form can be called {name!r}.")
    if shape.missing:
        raise SetupError(
            f"A form cannot show {model.__name__}.{shape.missing[0]}, which must be given: give it "
            "a default, or leave it to another model."
        )


def attribute_names(model: type[BaseModel]) -> dict[str, Any]:
    """Return the attributes of a model by the names that their fields have in forms."""
    return {name_of(name, field): name for name, field in model.model_fields.items()}
