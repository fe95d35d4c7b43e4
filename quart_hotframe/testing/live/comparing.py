"""Telling whether two renderings of a component show the same."""

from __future__ import annotations

import os.path

from .markup import Element
from .markup import parse

AROUND = 60
"""Characters that are shown before and after."""


def comparable(html: str, id: str) -> str:
    """Return what stands in a root element, as far as each rendering says it alike.

    Components within are left out, which are compared by themselves, what stands in slots, which
    only the page has, and the form for pages without JavaScript.

    :param id: of the root element.
    """
    tree = parse(html)
    for one in list(tree.all()):
        if one.id == f"{id}.form":
            one.replace([])
        elif "hf-live" in one.attributes or one.tag == "hf-slot":
            one.replace([Element(one.tag, {"id": one.id or ""})])
    return tree.inner


def difference(shown: str, wanted: str) -> tuple[str, str]:
    """Return where two texts begin to differ, with some of what is around."""
    same = len(os.path.commonprefix([shown, wanted]))
    around = slice(max(0, same - AROUND), same + AROUND)
    return repr(shown[around]), repr(wanted[around])
