"""What a component is given beside its props: HTML attributes for its outermost element."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from markupsafe import escape
from markupsafe import Markup

PREFIXES = ("data_", "aria_", "hx_", "hf_", "x_")
"""Beginnings of names that are attributes, written with hyphens in HTML."""

STANDARD = frozenset(
    """
    abbr accept accesskey action allow alt async autocapitalize autocomplete autofocus autoplay
    cite class closedby cols colspan command commandfor content contenteditable controls coords
    crossorigin data datetime decoding default defer dir dirname disabled download draggable
    enctype enterkeyhint exportparts fetchpriority for form formaction formenctype formmethod
    formnovalidate formtarget headers height hidden high href hreflang id imagesizes imagesrcset
    inert inputmode integrity is itemid itemprop itemref itemscope itemtype kind label lang list
    loading loop low max maxlength media method min minlength multiple muted name nonce novalidate
    open optimum part pattern placeholder playsinline popover popovertarget popovertargetaction
    poster preload readonly referrerpolicy rel required reversed role rows rowspan sandbox scope
    selected shape size sizes slot span spellcheck src srclang srcset start step style tabindex
    target title translate type usemap value width wrap
    """.split()
)
"""The attributes of HTML; any other name without a hyphen is a prop, or a mistake."""

NAME = re.compile(r"[A-Za-z_:@][A-Za-z0-9_:@.-]*")
HANDLER = re.compile(r"on\w*", re.IGNORECASE)


@lru_cache(1024)
def attribute_name(name: str) -> str | None:
    """Return the attribute that an argument's name stands for, ``None`` when it is none.

    >>> attribute_name("data_id"), attribute_name("class_"), attribute_name("titel")
    ('data-id', 'class', None)
    """
    if "-" in name or ":" in name:
        return name
    if name.startswith(PREFIXES):
        return name.replace("_", "-")
    bare = name.removesuffix("_")
    return bare if bare in STANDARD else None


class Attributes(Mapping[str, Any]):
    """HTML attributes, which print themselves with the right quotes.

    In a component's template ``<div {{ attributes }}>``, or with what the template itself wants,
    ``<div {{ attributes(class="card", role="group") }}>``: classes are joined, of others those
    that were given win. ``True`` prints the bare name; ``None`` and ``False`` print nothing.

    :raises ValueError: a name cannot be an attribute, or is that of an inline handler.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        for name in values:
            _check(name)
        self._values = values

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __call__(self, **defaults: Any) -> Markup:
        """Return the text of these attributes, with others below them."""
        wanted = {_written(name): value for name, value in defaults.items()}
        if self._values:
            both = [wanted.get("class"), self._values.get("class")]
            wanted.update(self._values)
            if "class" in wanted:
                wanted["class"] = both
        return Markup(_text(wanted))

    def __html__(self) -> str:
        return _text(self._values)

    __str__ = __html__


NONE = Attributes({})


@lru_cache(1024)
def _check(name: str) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise ValueError(f"{name!r} cannot be the name of an attribute.")
    if HANDLER.fullmatch(name):
        raise ValueError(
            f"{name!r} would be an inline handler, which a Content-Security-Policy refuses: listen "
            "in a script instead."
        )


@lru_cache(1024)
def _written(name: str) -> str:
    """Return the attribute for an argument of a template."""
    written = attribute_name(name) or name
    _check(written)
    return written


def _text(values: Mapping[str, Any]) -> str:
    parts = []
    for name, value in values.items():
        if type(value) is str:
            parts.append(f'{name}="{escape(value)}"')
        elif printed := _printed(name, value):
            parts.append(printed)
    return " ".join(parts)


def _printed(name: str, value: Any) -> str:
    if name == "class":
        value = " ".join(_classes(value)) or None
    if value is None or value is False:
        return ""
    return name if value is True else f'{name}="{_quoted(value)}"'


def _classes(value: Any) -> Iterator[str]:
    """Yield the classes of a text or of nested lists, without those that are not wanted."""
    if isinstance(value, (list, tuple)):
        for one in value:
            yield from _classes(one)
    elif value is not None and not isinstance(value, bool):
        yield from str(value).split()


def _quoted(value: Any) -> str:
    """Return a value for between double quotes; markup keeps its entities, but cannot end them."""
    if hasattr(value, "__html__"):
        text = str(value.__html__())
        for character in "\"'<>":
            text = text.replace(character, str(escape(character)))
        return text
    return str(escape(str(value)))
