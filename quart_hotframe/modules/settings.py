"""The settings of a module: what it declares, and the values that somebody has set."""

from __future__ import annotations

import json
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Protocol

from ..config import MASK
from ..errors import nearest
from ..errors import SettingsError
from .declared import frozen
from .declared import Setting
from .declared import thawed
from .declared import TYPES
from .document import described
from .document import is_a
from .settings_json import json_value

WHOLE = ""
"""The key of a fault that is about all values together."""

_WORDS = {"true": True, "yes": True, "on": True, "1": True,
          "false": False, "no": False, "off": False, "0": False}  # fmt: skip


class Values(Mapping[str, Any]):
    """The values of a module's settings, by name; a secret is shown nowhere.

    ::

        current_module.settings["page_size"]
    """

    __slots__ = ("_secret", "_values")

    def __init__(self, values: Mapping[str, Any], secret: Iterable[str] = ()) -> None:
        self._values = dict(values)
        self._secret = frozenset(secret)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._values[name]
        except KeyError:
            hint = nearest(str(name), self._values)
            raise KeyError(f"There is no setting {name!r}.{hint}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Values({self.shown()!r})"

    def shown(self) -> dict[str, Any]:
        """Return the values with secrets masked, as they may be printed."""
        return {name: masked(value, secret=name in self._secret) for name, value in self.items()}


def masked(value: Any, *, secret: bool) -> Any:
    """Return a value as it may be shown; an absent secret is shown as absent."""
    return MASK if secret and value not in (None, "") else thawed(value)


def brief(fault: str) -> str:
    """Return a fault of a stored value without what a validator said, which may quote it."""
    return fault.partition(":")[0]


class Share(Protocol):
    """What declares settings: a manifest, or a model."""

    settings: Mapping[str, Setting]

    def fit(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of all settings, and why given ones are not among them, by name."""

    def parse(self, name: str, text: str) -> Any:
        """Return the value, in JSON types, that a text of the command line means.

        :raises ValueError: it means none.
        """


class OfManifest:
    """The settings of ``module.toml``."""

    def __init__(self, settings: Mapping[str, Setting]) -> None:
        self.settings = settings

    def fit(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values, and why given ones do not fit; see :class:`Share`."""
        values = {name: one.default for name, one in self.settings.items()}
        faults = {}
        for name, value in given.items():
            one = self.settings[name]
            if is_a(value, TYPES[one.type]):
                values[name] = float(value) if one.type == "float" else frozen(value)
            else:
                faults[name] = f"must be {one.type}"  # an older version may call it a secret
        return values, faults

    def parse(self, name: str, text: str) -> Any:
        """Return what a text means; see :class:`Share`."""
        kind = self.settings[name].type
        if kind == "bool":
            return _WORDS.get(text.strip().lower(), text)
        if kind == "list":
            parts = text.split(",") if not text.lstrip().startswith("[") else None
            return json.loads(text) if parts is None else [p.strip() for p in parts if p.strip()]
        return TYPES[kind](text)


class Declared:
    """All settings that one version of a module declares.

    :param module: its name, for messages.
    """

    def __init__(self, module: str, shares: Sequence[Share]) -> None:
        self.module = module
        self._shares = shares
        self.settings: Mapping[str, Setting] = {
            name: one for share in shares for name, one in share.settings.items()
        }

    def fit(self, given: Mapping[str, Any]) -> tuple[Values, dict[str, str]]:
        """Return the values of all settings, defaults where none was given or it does not fit.

        :returns: also why given values are not among them, by name.
        """
        values: dict[str, Any] = {}
        faults = {name: "is not declared any more" for name in given if name not in self.settings}
        for share in self._shares:
            known = {name: value for name, value in given.items() if name in share.settings}
            fitting, wrong = share.fit(known)
            values |= fitting
            faults |= wrong
        return Values(values, (name for name, one in self.settings.items() if one.secret)), faults

    def changed(
        self, given: Mapping[str, Any], values: Mapping[str, Any], reset: Iterable[str]
    ) -> dict[str, Any]:
        """Return what is given after a change.

        :raises SettingsError: a name is unknown, or a new value does not fit.
        """
        new = dict(given)
        for name in reset:
            if name not in new:
                self._known(name)
            new.pop(name, None)
        for name, value in values.items():
            self._known(name)
            new[name] = json_value(self.module, name, value)
        _, faults = self.fit(new)
        for name in (*values, WHOLE):
            if name in faults:
                raise self._error(name, f"{faults[name]}{self._shown(name, new.get(name))}")
        return new

    def parse(self, name: str, text: str) -> Any:
        """Return the value, in JSON types, that a text of the command line means.

        :raises SettingsError: the name is unknown, or the text means no value.
        """
        self._known(name)
        share = next(one for one in self._shares if name in one.settings)
        try:
            return share.parse(name, text)
        except (ValueError, RecursionError):
            fault = f"must be {self.settings[name].type}{self._shown(name, text)}"
            raise self._error(name, fault) from None

    def _shown(self, name: str, value: Any) -> str:
        """Return what stands behind a fault of a value that somebody just gave."""
        secret = name == WHOLE or self.settings[name].secret
        return "" if secret else f", not {described(value)}"

    def _known(self, name: str) -> None:
        if name not in self.settings:
            known = f" Known are: {', '.join(sorted(self.settings)) or 'none'}."
            raise SettingsError(
                f"The module {self.module!r} has no setting {described(name)}."
                f"{nearest(str(name), self.settings) or known}",
                module=self.module,
            )

    def _error(self, name: str, fault: str) -> SettingsError:
        what = f"The setting {name!r} of" if name != WHOLE else "The settings of"
        return SettingsError(f"{what} the module {self.module!r} {fault}.", module=self.module)
