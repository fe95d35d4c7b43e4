"""Links to the pages of a list."""

from __future__ import annotations

from typing import Any

from quart_hotframe.components import Component
from quart_hotframe.components import Prop
from quart_hotframe.components.starter.links import link_with


class Pagination(Component):
    """Links to the pages of a list; nothing where there is one page only.

    :param page: the number of this page, from 1.
    :param pages: how many there are.
    :param href: the address whose query gets the number; without one that of the request, with
        all else in its query.
    :param param: the name of the number in the query.
    :param label: the name of the whole, among other navigations.
    :param previous: the text of the link to the page before.
    :param next: the text of the link to the page after.
    """

    page: Prop[int]
    pages: Prop[int]
    href: Prop[str] = ""
    param: Prop[str] = "page"
    label: Prop[str] = "Pages"
    previous: Prop[str] = "Previous"
    next: Prop[str] = "Next"

    def context(self) -> dict[str, Any]:
        """Return the numbers that are shown, ``None`` where some are left out, and their links."""
        last = max(self.pages, 1)
        page = min(max(self.page, 1), last)
        shown = _shown(page, last)
        numbers = {*filter(None, shown), max(page - 1, 1), min(page + 1, last)}
        links = {one: link_with(self.href, self.param, one) for one in numbers}
        return {"page": page, "pages": last, "shown": shown, "links": links}


def _shown(page: int, last: int) -> list[int | None]:
    """Return the first, the last and those around the page; a gap is never of one number.

    >>> _shown(6, 12)
    [1, None, 5, 6, 7, None, 12]
    """
    first_around, last_around = max(page - 1, 1), min(page + 1, last)
    numbers = sorted({1, *range(first_around, last_around + 1), last})
    shown: list[int | None] = []
    for before, number in zip([0, *numbers], numbers, strict=False):
        if number - before == 2:
            shown.append(number - 1)
        elif number - before > 2:
            shown.append(None)
        shown.append(number)
    return shown
