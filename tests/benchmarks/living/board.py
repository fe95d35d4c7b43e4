"""The board that all sides show: rows with a number, which an event raises by one.

This file needs nothing but Python, because peers read it in environments of their own.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Any

ROWS = 20
NAME = "Something that many people want, and that some have seen, number {}"
ROW = """\
{{% for row in {rows} %}}
<tr data-key="{{{{ row.id }}}}"><td>{{{{ row.name }}}}</td><td>{{{{ row.votes }}}}</td>
<td><button {button}>Vote</button></td></tr>
{{% endfor %}}
"""
AROUND = """\
<h1>{title}</h1>
<table><thead><tr><th>What</th><th>Votes</th><th></th></tr></thead>
{body}</table>
"""
TITLE = "{{{{ {} | length }}}} wishes"


def rows(count: int) -> list[dict[str, Any]]:
    """Return the rows of a board on which nobody has voted."""
    return [{"id": one, "name": NAME.format(one), "votes": 0} for one in range(count)]


def template(
    button: str, values: str = "rows", begin: str = "<tbody>", end: str = "</tbody>"
) -> str:
    """Return the template of a board.

    :param button: the attributes of the button of each row.
    :param values: what the template calls the rows.
    """
    body = f"{begin}{ROW.format(rows=values, button=button)}{end}"
    return AROUND.format(title=TITLE.format(values), body=body)


def attribute(html: str, name: str) -> str:
    """Return the first value of an attribute in HTML."""
    found = re.search(f'{name}="([^"]*)"', html)
    if found is None:
        raise LookupError(f"There is no {name!r} in {html[:2000]}")
    return unescape(found[1])
