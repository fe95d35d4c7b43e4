"""Settings of a module as a pydantic model: the class ``Settings`` in its ``settings.py``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from types import ModuleType
from typing import Any

from pydantic import BaseModel
from pydantic import SecretBytes
from pydantic import SecretStr
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from ..errors import LoadError
from .declared import Setting
from .settings import WHOLE


def of_model(module: str, code: ModuleType) -> OfModel | None:
    """Return what ``settings.py`` declares, or ``None`` when it has no ``Settings``.

    :raises LoadError: it is no pydantic model, or one that needs values before anybody can set
        them.
    """
    model = getattr(code, "Settings", None)
    if model is None:
        return None
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise _fault(module, code, "'Settings' must be a pydantic model: class Settings(BaseModel)")
    for name, field in model.model_fields.items():
        if field.is_required():
            raise _fault(module, code, f"'Settings.{name}' needs a default")
        if field.alias or field.validation_alias:
            raise _fault(module, code, f"'Settings.{name}' has an alias, and goes by its name")
    share = OfModel(model)
    _, faults = share.fit({})
    if faults:
        raise _fault(module, code, f"the defaults of 'Settings' {next(iter(faults.values()))}")
    return share


def _fault(module: str, code: ModuleType, problem: str) -> LoadError:
    return LoadError(f"{code.__file__}: {problem}.", module=module)


class OfModel:
    """The settings of a pydantic model."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model
        self.settings: Mapping[str, Setting] = MappingProxyType(
            {name: _setting(name, field) for name, field in model.model_fields.items()}
        )
        self._has_secrets = any(one.secret for one in self.settings.values())

    def fit(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values, and why given ones do not fit; see :class:`.settings.Share`."""
        left, faults = dict(given), dict[str, str]()
        while True:
            try:
                made = self._model.model_validate(left)
                return {name: getattr(made, name) for name in self.settings}, faults
            except Exception as error:  # validators are the module's own code
                found = self._faults(error)
            faults = {**found, **faults}
            rest = {name: value for name, value in left.items() if name not in found}
            if not left:
                return {name: one.default for name, one in self.settings.items()}, faults
            left = rest if len(rest) < len(left) else {}

    def _faults(self, error: Exception) -> dict[str, str]:
        """Return what is wrong, by name, without the values of secrets."""
        if not isinstance(error, ValidationError):
            return {WHOLE: f"cannot be checked: its model raised {type(error).__name__}"}
        found: dict[str, str] = {}
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            name = str(one["loc"][0]) if one["loc"] else WHOLE
            secret = self._has_secrets if name == WHOLE else self.settings[name].secret
            within = "".join(f"[{part!r}]" for part in one["loc"][1:])
            told = "do not fit together" if name == WHOLE else "has a wrong value"
            found[name] = told if secret else f"{told}{within}: {one['msg'].rstrip('.')}"
        return found

    def parse(self, name: str, text: str) -> Any:
        """Return what a text means: JSON when that fits, else the text itself."""
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return text
        return text if name in self.fit({name: value})[1] else value


def _setting(name: str, field: FieldInfo) -> Setting:
    kind = field.annotation
    shown = kind.__name__ if isinstance(kind, type) and not hasattr(kind, "__args__") else str(kind)
    default = field.get_default(call_default_factory=True, validated_data={})
    extra = field.json_schema_extra
    marked = isinstance(extra, dict) and bool(extra.get("secret"))
    secret = marked or "Secret" in shown or isinstance(default, (SecretStr, SecretBytes))
    return Setting(name, shown.replace("typing.", ""), default, field.description or "", secret)
