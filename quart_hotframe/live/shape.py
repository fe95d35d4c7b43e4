"""Values by name, checked and written as JSON by pydantic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import NotRequired
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic import ValidationError

CONFIG = {
    "extra": "forbid",
    "allow_inf_nan": False,
    "ser_json_bytes": "base64",
    "val_json_bytes": "base64",
}
_typed_dict: Any = TypedDict  # type checkers know it with constant arguments only


class Misfit(ValueError):
    """Values do not fit their types; ``messages`` says why, by the first name of each place."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(str(error))
        self.messages: dict[str, list[str]] = {}
        for one in error.errors(include_url=False, include_input=False, include_context=False):
            name = str(one["loc"][0]) if one["loc"] else ""
            self.messages.setdefault(name, []).append(one["msg"])


class Shape:
    """Names with types.

    :param absent: the names that need not be there.
    :raises TypeError: pydantic cannot check a type.
    """

    def __init__(
        self, what: str, types: Mapping[str, Any], absent: frozenset[str] = frozenset()
    ) -> None:
        from pydantic import TypeAdapter  # it takes its time, and few apps have live components
        from pydantic import ValidationError

        self._misfit = ValidationError
        self.names = frozenset(types)
        wanted = {name: NotRequired[one] if name in absent else one for name, one in types.items()}
        made = _typed_dict(what, wanted)
        made.__pydantic_config__ = CONFIG
        try:
            self._adapter: TypeAdapter[dict[str, Any]] = TypeAdapter(made)
        except Exception as error:  # pydantic raises many kinds
            first = str(error).partition("\n")[0]
            raise TypeError(f"{what} cannot be checked: {first}") from error

    def check(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values as their types have them.

        :raises Misfit: they do not fit.
        """
        try:
            return self._adapter.validate_python(values)
        except self._misfit as error:
            raise Misfit(error) from error

    def dump(self, values: Mapping[str, Any]) -> bytes:
        """Return values as JSON.

        :raises PydanticSerializationError: one is not of its type.
        """
        return self._adapter.dump_json(dict(values), warnings="error")

    def load(self, text: bytes) -> dict[str, Any]:
        """Return the values that :meth:`dump` wrote.

        :raises Misfit: they are of another shape.
        """
        try:
            return self._adapter.validate_json(text)
        except self._misfit as error:
            raise Misfit(error) from error
