"""What fields of a page hold, as its client reads them."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import NamedTuple

from .markup import Element

FIELDS = ("input", "select", "textarea")
CHOICES = ("checkbox", "radio")
NUMBERS = ("number", "range")


class Key(NamedTuple):
    """Tells a field from others, also when the element is another one."""

    name: str
    kind: str
    value: str
    number: int


def is_field(element: Element) -> bool:
    """Whether something can be written or chosen in an element."""
    return element.tag in FIELDS


def kind_of(field: Element) -> str:
    """Return the type of a field, ``""`` where any text can be in it."""
    return field.attributes.get("type", "").lower() if field.tag == "input" else field.tag


def name_of(field: Element) -> str:
    """Return what a field is bound to, or its name."""
    return field.attributes.get("hf-bind") or field.attributes.get("name", "")


def keyed(fields: Iterable[Element]) -> dict[Key, Element]:
    """Return fields by what they go on by."""
    found: dict[Key, Element] = {}
    for field in fields:
        kind = kind_of(field)
        value = field.attributes.get("value", "") if kind in CHOICES else ""
        number = 0
        while (key := Key(name_of(field), kind, value, number)) in found:
            number += 1
        found[key] = field
    return found


def options_of(select: Element) -> dict[str, Element]:
    """Return the options of a select, by value."""
    return {_value_of(one): one for one in select.all() if one.tag == "option"}


def _value_of(option: Element) -> str:
    return option.attributes.get("value", option.text)


def said(field: Element) -> Any:
    """Return what the server says that a field holds."""
    kind = kind_of(field)
    if kind in CHOICES:
        return "checked" in field.attributes
    if kind == "textarea":
        return "".join(one for one in field.children if isinstance(one, str)).removeprefix("\n")
    if kind == "select":
        chosen = [value for value, one in options_of(field).items() if "selected" in one.attributes]
        if not chosen and "multiple" not in field.attributes:
            chosen = list(options_of(field))[:1]
        return tuple(chosen)
    return field.attributes.get("value", "")


def held(field: Element) -> Any:
    """Return what a field holds now."""
    return said(field) if field.typed is None else field.typed


def is_dirty(field: Element) -> bool:
    """Whether a field holds something else than the server said."""
    return field.typed is not None and field.typed != said(field)


def value_of(field: Element, group: Iterable[Element]) -> Any:
    """Return what is sent for the fields of one name."""
    kind = kind_of(field)
    if kind == "select":
        return list(held(field)) if "multiple" in field.attributes else "".join(held(field)[:1])
    if kind not in CHOICES:
        return held(field)
    values = [one.attributes.get("value", "on") for one in group if held(one)]
    if kind == "radio":
        return values[0] if values else None
    return values if "value" in field.attributes else held(field)


def missing_in(fields: Iterable[Element]) -> list[str]:
    """Return the names of fields that a browser wants to be filled before a form is sent."""
    return [
        name_of(one) for one in fields
        if "required" in one.attributes and "disabled" not in one.attributes
        and kind_of(one) != "radio" and not any(map(str, _contents(one)))
    ]  # fmt: skip


def _contents(field: Element) -> Iterable[Any]:
    content = held(field)
    if isinstance(content, tuple):
        return content
    return [content] if content is not False else []


def write(fields: list[Element], value: Any) -> None:
    """Write or choose a value, as far as the fields of one name can hold it.

    :raises AssertionError: they cannot, and somebody in a browser could not either.
    """
    field = fields[0]
    name, kind = name_of(field), kind_of(field)
    for one in fields:
        for word in ("disabled", "readonly"):
            if word in one.attributes:
                raise AssertionError(f"The field {name!r} is {word}: nobody can fill it.")
    if kind in ("file", "hidden"):
        raise AssertionError(f"The field {name!r} is of type {kind!r}: nobody can write into it.")
    if kind == "select":
        field.typed = _chosen(name, field, value)
    elif kind == "radio" or (kind == "checkbox" and not isinstance(value, bool)):
        _choose(name, fields, [value] if kind == "radio" else value)
    elif kind == "checkbox":
        field.typed = value
    else:
        field.typed = _text(name, field, value)


def _chosen(name: str, select: Element, value: Any) -> tuple[str, ...]:
    options = options_of(select)
    several = "multiple" in select.attributes
    wanted = [str(one) for one in value] if several else [str(value)]
    _refuse_unknown(name, wanted, options)
    return tuple(one for one in options if one in wanted)


def _choose(name: str, fields: list[Element], values: Iterable[Any]) -> None:
    wanted = [str(one) for one in values]
    _refuse_unknown(name, wanted, {one.attributes.get("value", "on"): one for one in fields})
    for one in fields:
        one.typed = one.attributes.get("value", "on") in wanted


def _refuse_unknown(name: str, wanted: list[str], options: Mapping[str, Element]) -> None:
    for one in wanted:
        if one not in options or "disabled" in options[one].attributes:
            raise AssertionError(f"{name!r} has no choice {one!r}. It has: {', '.join(options)}.")


def _text(name: str, field: Element, value: Any) -> str:
    text = str(value)
    longest = field.attributes.get("maxlength", "")
    if longest.isdigit() and len(text) > int(longest):
        raise AssertionError(f"The field {name!r} takes {longest} characters, not {len(text)}.")
    if kind_of(field) in NUMBERS and text:
        try:
            float(text)
        except ValueError:
            raise AssertionError(f"The field {name!r} takes a number, not {text!r}.") from None
    return text
