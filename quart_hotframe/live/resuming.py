"""Making the object of an instance: the first one, or one from the written state."""

from __future__ import annotations

import json
import logging
from typing import Any
from typing import TYPE_CHECKING

from ..components.definition import Definition
from .described import described
from .described import MEMO
from .described import new_memo
from .store import Record

if TYPE_CHECKING:
    from .component import LiveComponent

log = logging.getLogger("quart_hotframe.live")


class Unreadable(Exception):
    """A written state does not fit the class as it is now."""


def begin(found: Definition, props: dict[str, Any]) -> LiveComponent:
    """Return a component with its props, and the defaults of its fields."""
    kind: Any = found.kind
    made: LiveComponent = kind.__new__(kind)
    fields = described(kind).fields
    vars(made).update(
        props, **{name: one.fresh() for name, one in fields.items()}, _memo=new_memo(), _held=None
    )
    return made


async def resume(record: Record, found: Definition) -> LiveComponent:
    """Return the object that has the state of a record.

    :raises Unreadable: its state does not fit the class, and ``migrate()`` did not change that.
    """
    kind: Any = found.kind
    shape = described(kind)
    component = begin(found, {})
    try:
        state = _migrated(record, kind)
        shape.restore(component, state)
    except Exception as error:
        log.warning("The state of %r, version %d, does not fit version %d: %s",
                    record.component, record.schema, kind.state_version, error)  # fmt: skip
        raise Unreadable from error
    await component._hotframe_mount()
    if component._memo.pop("waits", False):
        component._hotframe_note(0)
        return component
    begun = component._memo
    shape.restore(component, state)
    vars(component)["_memo"] = {**begun, **component._memo}  # it may be a form only now
    return component


def fields_of(record: Record, kind: type[LiveComponent]) -> dict[str, Any]:
    """Return the fields of a record by name, without an object that has them.

    :raises Misfit: its state does not fit the class.
    """
    return described(kind).state.load(json.dumps(_migrated(record, kind)).encode())


def _migrated(record: Record, kind: type[LiveComponent]) -> dict[str, Any]:
    """Return the state as the class is now: new fields have their defaults, others are gone."""
    state = json.loads(record.state)
    if record.schema != kind.state_version:
        state = kind.migrate(state, record.schema)
    known = (*described(kind).names, MEMO)
    return {name: state[name] for name in known if name in state}
