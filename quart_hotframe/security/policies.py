"""What one route asks of its requests and adds to its answers."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from typing import TypeVar

from ..errors import ConfigurationError
from ..errors import nearest
from .csp import check_csp
from .headers import check_header
from .marking import placed

T = TypeVar("T")

ATTRIBUTE = "_hotframe_policy"
"""Where the options of a view or a blueprint stand, on itself: they go when it goes."""


@dataclass(frozen=True)
class Policy:
    """How a route is protected; what is not given is as the settings say."""

    csrf: bool = True
    """Whether requests from other sites that could change something are refused."""
    csp: str = ""
    """The ``Content-Security-Policy``; ``'nonce'`` stands for the nonce, ``""`` sends none."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """More headers, or others in the place of the usual ones; the value ``""`` sends none."""
    max_body: int | None = None
    """Most bytes of a request's body, where the app's ``MAX_CONTENT_LENGTH`` is not less."""
    timeout: float | None = None
    """Seconds from the first of the module's functions before the view until the answer."""

    def changed(self, options: Mapping[str, Any]) -> Policy:
        """Return this policy with other options; headers are added to those that are there."""
        if not options:
            return self
        headers = {**self.headers, **options.get("headers", {})}
        return replace(self, **{**options, "headers": MappingProxyType(headers)})


def policy(
    *,
    csrf: bool | None = None,
    csp: str | None = None,
    headers: Mapping[str, str] | None = None,
    max_body: int | None = None,
    timeout: float | None = None,
) -> Callable[[T], T]:
    """Protect a view or a whole blueprint in another way than usual.

    ::

        @blueprint.post("/webhook")
        @policy(csrf=False, max_body=64_000)
        async def webhook(): ...

        policy(csp="default-src 'self' https://maps.example")(blueprint)

    What a view says wins over its blueprint, an inner blueprint over an outer one, and all of them
    over the table ``[security]`` of ``module.toml``. It does not matter whether it stands above or
    below the route.

    :param csrf: ``False`` lets requests from other sites in that change something.
    :param csp: the ``Content-Security-Policy``; ``'nonce'`` stands for the nonce, ``""`` is none.
    :param headers: more headers, or others in the place of the usual ones; ``""`` sends none.
    :param max_body: most bytes of a request's body.
    :param timeout: seconds that a module may take until an answer begins, guards and limits
        included.
    :raises ConfigurationError: when a value cannot be used.
    """
    given = {"csrf": csrf, "csp": csp, "headers": headers, "max_body": max_body, "timeout": timeout}
    options = checked({name: value for name, value in given.items() if value is not None})

    def decorate(target: T) -> T:
        before = vars(target).get(ATTRIBUTE, {})
        setattr(target, ATTRIBUTE, {**before, **options})
        placed.send(target)
        return target

    return decorate


def options_of(target: Any) -> Mapping[str, Any]:
    """Return what :func:`policy` was told about a view or a blueprint."""
    found: Mapping[str, Any] = getattr(target, ATTRIBUTE, {})
    return found


def checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options that can be used.

    :raises PolicyError: naming the option.
    """
    for name, value in options.items():
        if name not in _CHECKS:
            hint = nearest(name, _CHECKS) or f" Known are: {', '.join(_CHECKS)}."
            raise PolicyError((name,), f"unknown key.{hint}")
        _CHECKS[name](name, value)
    return dict(options)


class PolicyError(ConfigurationError):
    """An option of a policy cannot be used.

    :param keys: the option, and the key within it.
    """

    def __init__(self, keys: tuple[str, ...], problem: str) -> None:
        super().__init__(f"The policy's {'.'.join(keys)!r}: {problem}")
        self.keys = keys
        self.problem = problem


def _switch(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise PolicyError((name,), f"must be true or false, not {value!r}.")


def _number(name: str, value: Any) -> None:
    kinds = (int,) if name == "max_body" else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not value > 0:
        unit = "a whole number of bytes" if name == "max_body" else "a number of seconds"
        raise PolicyError((name,), f"must be {unit}, more than 0, not {value!r}.")


def _csp(name: str, value: Any) -> None:
    try:
        check_csp(value)
    except ValueError as error:
        raise PolicyError((name,), str(error)) from None


def _headers(name: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise PolicyError((name,), f"must be a table of names and values, not {value!r}.")
    for header, text in value.items():
        try:
            check_header(header, text)
        except ValueError as error:
            raise PolicyError((name, str(header)), str(error)) from None


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "csrf": _switch, "csp": _csp, "headers": _headers, "max_body": _number, "timeout": _number,
}  # fmt: skip
