"""The attributes of a Quart app that registration changes and that requests read."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

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


class Registry(dict[Any, Any]):
    """A published dictionary: it cannot be changed, and a name that is absent reads as *missing*.

    Quart reads such dictionaries by ``[name]``, which would add an empty entry to its own ones.
    """

    def __init__(self, values: Any, missing: Any = None) -> None:
        super().__init__(values)
        self.missing = missing

    def __missing__(self, key: Any) -> Any:
        if self.missing is None:
            raise KeyError(key)
        return self.missing

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        from ..errors import SetupError

        raise SetupError(
            "The app's registries cannot be changed directly after modules were mounted: use the "
            "methods of the app, such as app.add_url_rule() or app.before_request()."
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    update = setdefault = pop = popitem = clear = _refuse
