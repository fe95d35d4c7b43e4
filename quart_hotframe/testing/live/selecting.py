"""Finding elements: the part of CSS selectors that tests need."""

from __future__ import annotations

import re
from collections.abc import Callable

from .markup import Element

_PART = re.compile(
    r"(?P<tag>[a-zA-Z][\w-]*)|#(?P<id>[\w.:-]+)|\.(?P<class>[\w-]+)"
    r"|\[(?P<name>[\w:-]+)(?:=(?P<quote>[\"']?)(?P<value>[^\"'\]]*)(?P=quote))?\]"
)
_STEP = re.compile(r"(?:\[[^\]]*\]|[^\s\[])+")
Test = Callable[[Element], bool]


def select(root: Element, selector: str) -> list[Element]:
    """Return the elements in another one that a selector names, as they stand.

    It has tags, ``#id`` (which may have dots, as ids of islands do), ``.class``, ``[name]`` and
    ``[name="value"]``, and spaces between an element and what stands in it.

    :raises ValueError: it has something else.
    """
    steps = [_tests(one) for one in _STEP.findall(selector)]
    if not steps:
        raise ValueError("The selector is empty.")
    return [one for one in root.all() if _matches(one, steps)]


def _matches(element: Element, steps: list[list[Test]]) -> bool:
    *outer, last = steps
    if not all(test(element) for test in last):
        return False
    for one in list(element.above())[1:]:
        if outer and all(test(one) for test in outer[-1]):
            outer.pop()
    return not outer


def _tests(step: str) -> list[Test]:
    tests, at = [], 0
    while at < len(step):
        found = _PART.match(step, at)
        if found is None:
            raise ValueError(
                f"{step!r} cannot be selected: write for example 'li', '#total', '.done', "
                f"'[data-key=\"3\"] button'."
            )
        tests.append(_test(found))
        at = found.end()
    return tests


def _test(found: re.Match[str]) -> Test:
    tag, id, kind, name, value = found.group("tag", "id", "class", "name", "value")
    if tag:
        return lambda one: one.tag == tag.lower()
    if id:
        return lambda one: one.id == id
    if kind:
        return lambda one: kind in one.attributes.get("class", "").split()
    if value is None:
        return lambda one: name in one.attributes
    return lambda one: one.attributes.get(name) == value
