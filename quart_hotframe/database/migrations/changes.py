"""What one operation of a revision does to those who use the tables meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ADDING = frozenset({"adds", "widens"})
"""The kinds beside which the version before can still serve."""


@dataclass(frozen=True)
class Change:
    """One change of a schema or of data.

    ``kind`` is one of

    * ``"adds"``: a table, an index, a column that may stay empty, rows;
    * ``"widens"``: a column takes more than before;
    * ``"drops"``: a table, column, constraint or index;
    * ``"renames"``: a table or column;
    * ``"narrows"``: a column takes less than before, or has another type;
    * ``"constrains"``: a constraint or unique index on what is there already;
    * ``"requires"``: a new column that must be given and has no server default;
    * ``"unknown"``: SQL, or code that uses the connection: only its author knows.
    """

    kind: str
    text: str
    """What is done, as a sentence without its subject: ``"drops column shop_product.price"``."""
    loses: str | None = None
    """The table or column whose data is lost."""

    def __str__(self) -> str:
        return self.text


def only_add(changes: Iterable[Change]) -> bool:
    """Say whether the version before can serve beside all these changes."""
    return all(change.kind in ADDING for change in changes)
