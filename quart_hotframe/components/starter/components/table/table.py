"""Rows under headings that sort them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from quart_hotframe.components import Component
from quart_hotframe.components import Prop
from quart_hotframe.components.starter.links import link_with

KEYS = frozenset({"key", "label", "sort", "end"})


class Table(Component):
    """Rows under headings, some of which are links that sort.

    :param caption: what the table shows; it is also its name.
    :param columns: a dict for each column: `key` is what a row has the value under, `label` the
        heading, `sort=True` makes it a link that sorts, `end=True` puts numbers to the far side.
    :param rows: dicts or objects; or write the rows into the slot.
    :param sort: the key by which the rows are in order, with `-` before it if they go down.
    :param href: the address whose query gets the order; without one that of the request, with all
        else in its query but the page.
    :param param: the name of the order in the query.
    :param page_param: the name of the page in the query, which goes when the order changes.
    :param empty: what is said when there are no rows.
    :slot default: `<tr>` elements, in the place of `rows`.
    :slot row: the `<td>` elements of one row, in the place of its values; it gives `row`.
    :slot footer: what stands below, such as the pagination.
    """

    caption: Prop[str]
    columns: Prop[list[dict[str, Any]]]
    rows: Prop[Collection[Any]] = ()
    sort: Prop[str] = ""
    href: Prop[str] = ""
    param: Prop[str] = "sort"
    page_param: Prop[str] = "page"
    empty: Prop[str] = "There is nothing here."

    def context(self) -> dict[str, Any]:
        """Return the columns with their links."""
        return {"heads": [self._head(one) for one in self.columns]}

    def _head(self, column: dict[str, Any]) -> dict[str, Any]:
        if unknown := column.keys() - KEYS:
            raise ValueError(f"A column has {', '.join(sorted(KEYS))}, but no {unknown.pop()!r}.")
        key = str(column["key"])
        order = {key: "ascending", f"-{key}": "descending"}.get(self.sort)
        wanted = f"-{key}" if order == "ascending" else key
        link = None
        if column.get("sort"):
            link = link_with(self.href, self.param, wanted, without=self.page_param)
        return {
            "key": key,
            "label": column.get("label", key),
            "end": column.get("end", False),
            "order": order,
            "link": link,
        }
