"""What a component is asked before an event of a page runs, and what it may object."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .event import Event


class Asked(NamedTuple):
    """What a page asks for.

    :param event: ``None`` when it only writes fields.
    :param version: of the state that the page shows.
    :param stale: the event needs the newest state, and the page does not show it.
    :param beaten: it was run, and somebody else has committed before.
    """

    event: Event | None
    version: int
    stale: bool
    beaten: bool = False


class Objection(NamedTuple):
    """Why an event is not run.

    :param result: what the page is told.
    :param writes: whether the fields are written all the same, so that nothing typed is lost.
    """

    result: dict[str, Any]
    writes: bool
