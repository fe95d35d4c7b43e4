"""The attributes of a Quart app that registration changes and that requests read."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from typing import NoReturn

from ..errors import SetupError

FUNCTIONS = (
    "before_request_funcs",
    "after_request_funcs",
    "teardown_request_funcs",
    "before_websocket_funcs",
    "after_websocket_funcs",
    "teardown_websocket_funcs",
    "template_context_processors",
    "url_value_preprocessors",
    "url_default_functions",
)
"""Dictionaries from a blueprint's name, or ``None`` for the whole app, to functions."""

LISTS = ("teardown_appcontext_funcs", "shell_context_processors", "url_build_error_handlers")
"""Lists of functions of the whole app."""

SERVING = ("before_serving_funcs", "while_serving_gens", "after_serving_funcs")
"""What runs around serving; the loader runs a module's own, so they are never composed."""

PLAIN = ("url_map", "view_functions", "blueprints", "error_handler_spec")

GOVERNED = (*PLAIN, *FUNCTIONS, *LISTS)
"""All attributes that a generation answers for, beside ``jinja_env`` and ``cli``."""


def fresh() -> dict[str, Any]:
    """Return empty values for all governed attributes but the URL map."""
    values: dict[str, Any] = {name: defaultdict(list) for name in FUNCTIONS}
    values |= {name: [] for name in (*LISTS, *SERVING)}
    spec: Any = defaultdict(lambda: defaultdict(dict))
    return values | {"view_functions": {}, "blueprints": {}, "error_handler_spec": spec}


def _refuse(*args: Any, **kwargs: Any) -> NoReturn:
    raise SetupError(
        "The app's registries cannot be changed directly after modules were mounted: use the "
        "methods of the app, such as app.add_url_rule() or app.before_request()."
    )


class Functions(tuple[Any, ...]):
    """Published functions: those who would change the list are told what to do instead."""

    append = extend = insert = remove = pop = clear = sort = reverse = staticmethod(_refuse)


class Registry(dict[Any, Any]):
    """A published dictionary: it cannot be changed, and a name that is absent reads as *missing*.

    Quart reads such dictionaries by ``[name]``, which would add an empty entry to its own ones.
    A copy is a plain dictionary.
    """

    def __init__(self, values: Any, missing: Any = None) -> None:
        super().__init__(values)
        self.missing = missing

    def __missing__(self, key: Any) -> Any:
        if self.missing is None:
            raise KeyError(key)
        # Kept, so that the next read of this name is as fast as in a plain dictionary. The names
        # are those of blueprints and status codes, so there are few.
        dict.__setitem__(self, key, self.missing)
        return self.missing

    def __reduce__(self) -> tuple[type[dict[Any, Any]], tuple[dict[Any, Any]]]:
        return dict, (dict(self),)

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse
