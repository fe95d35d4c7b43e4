"""What is wrong with a field, in a sentence for the person who filled it in."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import cast
from typing import NamedTuple

from werkzeug.utils import import_string

from ..errors import ConfigurationError
from ..globals import current_hotframe
from .shapes import Shape


class Problem(NamedTuple):
    """What is wrong with one field, or with a whole form."""

    type: str
    """As pydantic calls it, such as ``missing`` or ``string_too_long``."""
    field: str
    """The name of the field, such as ``items.0.name``; ``""`` is the form."""
    context: Mapping[str, Any]
    """Limits and the like, such as ``{"max_length": 500}``."""
    text: str
    """What is said about it in English."""


Translate = Callable[[Problem], str | None]

NUMBER = "Write a number."
WHOLE = "Write a whole number."
LISTED = "Choose one of the values that are offered."
DATE = "Write a date, such as 2026-03-31."
TIME = "Write a time, such as 16:30."
MOMENT = "Write a date and a time, such as 2026-03-31T16:30."
ADDRESS = "Write a whole address, such as https://example.org/."
EMAIL = "Write an e-mail address, such as name@example.org."

BY_TYPE = {
    "missing": "Fill this in.",
    "literal_error": LISTED,
    "enum": LISTED,
    "string_too_short": "Write {min_length} characters or more.",
    "string_too_long": "Write {max_length} characters or fewer.",
    "string_pattern_mismatch": "This is not in the form that is asked for.",
    "greater_than": "The number must be more than {gt}.",
    "greater_than_equal": "The number must be {ge} or more.",
    "less_than": "The number must be less than {lt}.",
    "less_than_equal": "The number must be {le} or less.",
    "multiple_of": "The number must be a multiple of {multiple_of}.",
    "decimal_max_places": "Write {decimal_places} decimal places or fewer.",
    "decimal_max_digits": "Write {max_digits} digits or fewer.",
    "decimal_whole_digits": "Write {whole_digits} digits or fewer before the point.",
    "too_short": "Give {min_length} or more.",
    "too_long": "Give {max_length} or fewer.",
    "date_past": "The date must be in the past.",
    "date_future": "The date must be in the future.",
    "datetime_past": "The time must be in the past.",
    "datetime_future": "The time must be in the future.",
    "int_from_float": WHOLE,
    "finite_number": NUMBER,
    "model_type": "Send an object.",
}
"""The texts by the type of the error; ``{…}`` is what pydantic says with it."""
BY_BEGINNING = {
    "int_": WHOLE,
    "float_": NUMBER,
    "decimal_": NUMBER,
    "datetime_": MOMENT,
    "timezone_": MOMENT,
    "date_": DATE,
    "time_": TIME,
    "url_": ADDRESS,
    "uuid_": "This is not in the form that is asked for.",
}
"""The texts for families of types."""
MISSING_BY_KIND = {
    "choice": "Choose one.",
    "choices": "Choose one.",
    "check": "Tick this to go on.",
    "file": "Choose a file.",
    "files": "Choose a file.",
}


def problem_of(error: Mapping[str, Any], field: str, shape: Shape) -> Problem:
    """Return what is wrong, with the usual text.

    :param error: one of pydantic's.
    :param shape: that of the field.
    """
    kind, context = error["type"], error.get("ctx", {})
    if error.get("input") == "" and shape.kind in ("text", "choice") and shape.required:
        kind = "missing"  # what was left empty is no number, date or choice
    text = _text(kind, context, shape) or str(error["msg"]).rstrip(".") + "."
    return Problem(kind, field, context, text)


def _text(kind: str, context: Mapping[str, Any], shape: Shape) -> str | None:
    if kind == "missing":
        return MISSING_BY_KIND.get(shape.kind, BY_TYPE["missing"])
    if kind in ("value_error", "assertion_error"):
        is_email = shape.attributes.get("type") == "email"
        return EMAIL if is_email and "reason" in context else str(context.get("error", "")) or None
    if kind in BY_TYPE:
        return BY_TYPE[kind].format_map(context)
    return next((one for begin, one in BY_BEGINNING.items() if kind.startswith(begin)), None)


def said(problem: Problem) -> str:
    """Return the text that is shown: the app's own, if it has one."""
    own = translation(current_hotframe.settings.form_messages)
    return (own(problem) if own is not None else None) or problem.text


def translation(own: Any) -> Translate | None:
    """Return the function that ``HOTFRAME_FORM_MESSAGES`` is, or names.

    :raises ConfigurationError: it cannot be imported, or cannot be called.
    """
    if isinstance(own, str) and own:
        try:
            own = import_string(own)
        except ImportError as error:
            raise ConfigurationError(
                f"HOTFRAME_FORM_MESSAGES: {own!r} cannot be imported ({error}). Write for example "
                "'texts:message'."
            ) from error
        if not callable(own):
            raise ConfigurationError("HOTFRAME_FORM_MESSAGES names what is no function.")
    return cast(Translate, own) if own else None
