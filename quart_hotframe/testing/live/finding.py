"""What somebody can use on a page: what is not there, barred or not the only one is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import nearest
from .fields import CHOICES
from .fields import is_field
from .fields import kind_of
from .fields import name_of
from .instance import arguments_of
from .instance import root_of
from .markup import Element
from .selecting import select


def only(document: Element, selector: str) -> Element:
    """Return the only element that a selector names.

    :raises AssertionError: there is none, or more than one.
    """
    found = select(document, selector)
    if len(found) != 1:
        raise AssertionError(
            f"{len(found)} elements are {selector!r}, not one. The page shows: {document.text}"
        )
    return found[0]


def asking(
    place: Element, trigger: str, event: str, args: Mapping[str, Any]
) -> tuple[Element, Element]:
    """Return the element that asks for an event, and the root element of its component.

    :param event: its name, or the text on the element.
    :param args: some of the arguments that the element sends.
    :raises AssertionError: there is none that can be used, or more than one.
    """
    attribute = f"hf-{trigger}"
    there = [one for one in place.all() if attribute in one.attributes]
    named = [one for one in there if event in (one.attributes[attribute], one.text)]
    found = [one for one in named if args.items() <= arguments_of(one).items()]
    free = [one for one in found if not _is_barred(one)]
    if not named:
        known = sorted({one.attributes[attribute] for one in there})
        raise AssertionError(
            f"Nothing here asks for {event!r} by {trigger}.{_instead(event, known)}"
        )
    if not found:
        has = [arguments_of(one) for one in named]
        raise AssertionError(f"{event!r} is asked for with {has}, not with {dict(args)}.")
    if not free:
        raise AssertionError(f"What asks for {event!r} is disabled, hidden or gone.")
    if len(free) > 1:
        raise AssertionError(
            f"{len(free)} elements ask for {event!r}: tell one by its arguments or by within=."
        )
    root = root_of(free[0])
    if root is None:
        raise AssertionError(f"What asks for {event!r} stands in no live component.")
    return free[0], root


def fields_named(place: Element, name: str) -> list[Element]:
    """Return the field of a name, or the boxes or radio buttons that share it.

    :raises AssertionError: there is none, or they are of more than one component.
    """
    there = [one for one in place.all() if is_field(one) and not _is_of_floor(one)]
    found = [one for one in there if name in (name_of(one), one.id)]
    if not found:
        known = sorted({name_of(one) for one in there if name_of(one)})
        raise AssertionError(f"There is no field {name!r} here.{_instead(name, known)}")
    roots = {id(root_of(one)) for one in found}
    if len(roots) > 1 or (len(found) > 1 and kind_of(found[0]) not in CHOICES):
        raise AssertionError(f"{len(found)} fields are {name!r}: tell one by within=.")
    return found


def fields_of_form(element: Element, root: Element) -> list[Element]:
    """Return the fields that are submitted with an element."""
    form = next((one for one in element.above() if one.tag == "form"), None)
    if form is not None:
        return [one for one in form.all() if is_field(one)]
    id = element.attributes.get("form")
    return [one for one in root.all() if is_field(one) and one.attributes.get("form") == id]


def _instead(name: str, known: list[str]) -> str:
    return nearest(name, known) or f" There are: {', '.join(known) or 'none'}."


def _is_barred(element: Element) -> bool:
    above = [one.attributes for one in element.above()]
    return "disabled" in element.attributes or any("hidden" in one for one in above)


def _is_of_floor(element: Element) -> bool:
    """Whether a field is one of the hidden form for pages without JavaScript."""
    return any(one.tag == "form" and "hidden" in one.attributes for one in element.above())
