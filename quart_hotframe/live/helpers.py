"""What the template of a live component writes attributes with."""

from __future__ import annotations

from json import JSONEncoder
from typing import Any
from typing import TYPE_CHECKING

from markupsafe import escape
from markupsafe import Markup

from ..errors import ComponentError
from ..errors import nearest
from . import floor

if TYPE_CHECKING:
    from .uploads.declared import UploadField
    from .view import View

PLAIN = ("prevent", "stop", "window", "outside", "once", "disable", "now")
"""Modifiers that are there or not."""
TIMED = ("debounce", "throttle", "every")
"""Modifiers with a number."""
TEXTS = ("confirm", "optimistic")
"""Modifiers that are attributes by themselves."""
_json = JSONEncoder(allow_nan=False).encode
KNOWN = (*PLAIN, *TIMED, *TEXTS, "key")


class On:
    """Writes the attributes of an element that asks for an event: ``{{ on.click("add") }}``."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __getattr__(self, trigger: str) -> Any:
        if trigger.startswith("_"):
            raise AttributeError(trigger)

        view, known = self._view, dict[str, Asking]()

        def attributes(event: str, /, **given: Any) -> Markup:
            found = known.get(event)
            if found is None:
                found = known[event] = view.asking(trigger, event)
            return found.attributes(given)

        vars(self)[trigger] = attributes  # in every row of a table
        return attributes


FLOOR = ("click", "submit")
"""What a ``<button>`` does without JavaScript, too."""


def written(arguments: dict[str, Any]) -> str:
    """Return the arguments of an event as an attribute has them, not yet escaped."""
    return _json(arguments)


class Asking:
    """How elements of one view ask for one event, so that each row of a table adds its own part.

    :param id: of the instance.
    """

    __slots__ = ("_begin", "_end", "_names", "_value")

    def __init__(self, id: str, trigger: str, event: str) -> None:
        self._value = str(escape(event))
        self._names: dict[str, str] = {}
        self._begin = f'hf-{escape(trigger.replace("_", "-"))}="{self._value}"'
        self._end = f' form="{floor.id_of(id)}" name="hf_event"' if trigger in FLOOR else ""

    def attributes(self, given: dict[str, Any]) -> Markup:
        """Return the attributes of one element.

        :param given: the arguments of the event, and modifiers that begin with ``_``.
        :raises ComponentError: there is no such modifier.
        """
        members = [f"{self._name(name)}: {_escaped(one)}" for name, one in given.items()
                   if name[0] != "_"]  # fmt: skip
        text, value = self._begin, self._value
        if members:
            written = f"{{{', '.join(members)}}}"  # as JSON has it, escaped in its parts
            text, value = f'{text} hf-args="{written}"', f"{value} {written}"
        if len(members) < len(given):
            text += _modified({name[1:]: one for name, one in given.items() if name[0] == "_"})
        return Markup(f'{text}{self._end} value="{value}"' if self._end else text)

    def _name(self, name: str) -> str:
        found = self._names.get(name)
        if found is None:
            found = self._names[name] = escape(_json(name))
        return found


def _escaped(value: Any) -> str:
    """Return JSON for an attribute; numbers, which most rows have, need no encoder for that."""
    return str(value) if type(value) is int else escape(_json(value))


def _modified(modifiers: dict[str, Any]) -> str:
    words = " ".join(_words(modifiers))
    text = f' hf-with="{escape(words)}"' if words else ""
    return text + "".join(
        f' hf-{name}="{escape(modifiers[name])}"' for name in TEXTS if name in modifiers
    )


def _words(modifiers: dict[str, Any]) -> list[str]:
    words = []
    for name, value in modifiers.items():
        if name not in KNOWN:
            near = nearest(name, KNOWN) or f" Known are: {', '.join(KNOWN)}."
            raise ComponentError(f"An event has no modifier '_{name}'.{near}")
        if name in TEXTS or value is False or value is None:
            continue
        words.append(name if value is True else f"{name}:{_word(name, value)}")
    return words


def _word(name: str, value: Any) -> str:
    text = str(value)
    if not text or text.split() != [text]:
        raise ComponentError(f"The modifier '_{name}' takes one word or number, not {value!r}.")
    return text


def binding(
    name: str, value: Any, on: str, debounce: int | None, form: str | None = None
) -> Markup:
    """Return the attributes of an input that a field is bound to.

    :param form: the id of the form that sends it without JavaScript.
    """
    words = [f"on:{on}"] if on != "input" else []
    if debounce is not None:
        words.append(f"debounce:{debounce:d}")
    text = Markup('name="{0}" hf-bind="{0}"').format(name)
    if words:
        text += Markup(' hf-with="{}"').format(" ".join(words))
    if form is not None:
        text += Markup(' form="{}"').format(form)
    if isinstance(value, bool):
        return text + Markup(" checked") if value else text
    if value is None or isinstance(value, (list, tuple, set, frozenset, dict)):
        return text
    return text + Markup(' value="{}"').format(value)


class Uploading:
    """Writes the attributes of what files are sent with: ``{{ upload("photo") }}``."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __call__(self, name: str) -> Markup:
        """Return the attributes of an ``<input type="file">``."""
        return self._view.choosing(name)

    def drop(self, name: str) -> Markup:
        """Return the attributes of an element that files may be dropped on."""
        return Markup('hf-upload="{}"').format(self._view.takes_files(name).name)

    def progress(self, name: str) -> Markup:
        """Return the attributes of a ``<progress>``."""
        field = self._view.takes_files(name)
        is_there = bool(vars(self._view.component)[field.name])
        return Markup('hf-progress="{}" max="1" value="{:d}"').format(field.name, is_there)

    def cancel(self, name: str) -> Markup:
        """Return the attributes of a button that empties the field and ends what is on its way."""
        field = self._view.takes_files(name)
        asking = self._view.asking("click", "change_files")
        return asking.attributes({"field": field.name})


def choosing(field: UploadField, form: str | None) -> Markup:
    """Return the attributes of an input that files are chosen with.

    :param form: the id of the form that sends it without JavaScript.
    """
    text = Markup('name="{0}" hf-upload="{0}"').format(field.name)
    if field.types:
        text += Markup(' accept="{}"').format(field.types)
    if field.many:
        text += Markup(" multiple")
    if form is not None:
        text += Markup(' form="{}"').format(form)
    return text


def message(id: str, name: str, said: list[str]) -> Markup:
    """Return the element that says what is wrong with a field; empty while nothing is."""
    place = Markup('<span id="{}.{}.error" hf-error aria-live="polite"').format(id, name)
    if not said:
        return place + Markup(" hidden></span>")
    return place + Markup(">{}</span>").format(" ".join(said))
