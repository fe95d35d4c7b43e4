"""What a transaction does to rows, kept until its commit."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Generic
from typing import get_args
from typing import Literal
from typing import TypeVar

from sqlalchemy import inspect
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session
from sqlalchemy.orm import SessionTransaction

from .history import changed_columns
from .ownership import owner_of

Action = Literal["created", "updated", "deleted"]
ACTIONS: tuple[Action, ...] = get_args(Action)
Model = TypeVar("Model")

_UNKNOWN = object()
"""The value of an attribute that was set before it was ever read."""


@dataclass(frozen=True, slots=True)
class ModelChange(Generic[Model]):
    """What a transaction did to one row; receivers of the events of models get it.

    ::

        @hooks.on("shop.Product.updated")
        async def reindex(change: ModelChange[Product]) -> None:
            if "name" in change.changed:
                await index(change.instance.id, change.instance.name)

    :param action: ``"created"``, ``"updated"`` or ``"deleted"``.
    :param instance: the object, with its values after the commit, or before it was deleted. Its
        session is over.
    :param changed: the attributes that have another value than before, for ``"updated"`` only.
    """

    action: Action
    instance: Model
    changed: frozenset[str] = frozenset()

    @property
    def event(self) -> str:
        """The name of the event, such as ``"shop.Product.updated"``."""
        return f"{_subject(type(self.instance))}.{self.action}"


def events_of(model: type) -> list[str]:
    """Return the names of the events of a model."""
    return [f"{_subject(model)}.{action}" for action in ACTIONS]


def _subject(model: type) -> str:
    return f"{owner_of(model.__module__)}.{model.__name__}"


@dataclass(frozen=True, slots=True)
class _Note:
    """What one flush did to an instance, inside of which transactions.

    :param before: for an update, the values that were replaced.
    """

    action: Action
    instance: Any
    transactions: Sequence[SessionTransaction]
    before: Mapping[str, Any]


class Changes:
    """What the flushes of one session wrote since its last commit.

    :param heard: says whether somebody listens to a model; the others are not kept.
    """

    def __init__(self, heard: Callable[[type], bool]) -> None:
        self._heard = heard
        self._known: dict[type, bool] = {}
        self._notes: list[_Note] = []
        self._flushed = 0
        self._order: dict[int, int] = {}
        self._replaced: dict[int, dict[str, Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._notes)

    def wants(self, instance: Any) -> bool:
        """Say whether somebody listens to the model of an instance."""
        model = type(instance)
        if model not in self._known:
            self._known[model] = self._heard(model)
        return self._known[model]

    def begin_flush(self, new: Iterable[Any], dirty: Iterable[Any]) -> None:
        """Keep what the flush forgets: who was added first, and values that SQL replaces."""
        self._flushed = len(self._notes)
        self._order = {id(one): place for place, one in enumerate(new) if self.wants(one)}
        self._replaced = {id(one): _replaced(one) for one in dirty if self.wants(one)}

    def end_flush(self) -> None:
        """Put the instances that the flush created in the order in which they were added."""
        made = self._notes[self._flushed :]
        self._notes[self._flushed :] = sorted(
            made, key=lambda one: self._order.get(id(one.instance), -1)
        )
        self._order, self._replaced = {}, {}

    def note(
        self, action: Action, instance: Any, transactions: Sequence[SessionTransaction]
    ) -> None:
        """Keep what a flush did to an instance."""
        before = {}
        if action == "updated":  # a flush sets columns, too: foreign keys
            before = self._replaced.get(id(instance), {}) | _replaced(instance)
        if before or action != "updated":
            self._notes.append(_Note(action, instance, transactions, before))

    def forget(self, undone: SessionTransaction) -> None:
        """Drop what was done inside a transaction or savepoint."""
        self._notes = [one for one in self._notes if undone not in one.transactions]

    def complete(self, session: Session) -> None:
        """Load what receivers could not: values that the database computed, or has restored."""
        for last in [notes[-1] for notes in _by_instance(self._notes)]:
            if last.action != "deleted" and not _complete(session, last.instance):
                self._notes = [one for one in self._notes if one.instance is not last.instance]

    def take(self) -> list[ModelChange[Any]]:
        """Return what the transaction did to each row in the end, and forget it."""
        found = [_sum(notes) for notes in _by_instance(self._notes)]
        self._notes, self._known = [], {}
        return [one for one in found if one is not None]


def _replaced(instance: Any) -> dict[str, Any]:
    histories = changed_columns(instance).items()
    return {key: one.deleted[0] if one.deleted else _UNKNOWN for key, one in histories}


def _by_instance(notes: Iterable[_Note]) -> list[list[_Note]]:
    found: dict[int, list[_Note]] = {}
    for note in notes:
        found.setdefault(id(note.instance), []).append(note)
    return list(found.values())


def _complete(session: Session, instance: Any) -> bool:
    """Load the columns that have expired; false when a statement for many rows took this one."""
    state = inspect(instance)
    expired = state.expired_attributes & set(state.mapper.column_attrs.keys())
    try:
        if expired and state.persistent:
            session.refresh(instance, expired)
    except InvalidRequestError:
        return False
    return not state.deleted


def _sum(notes: Sequence[_Note]) -> ModelChange[Any] | None:
    """Return what all flushes together did to one instance; ``None`` when it is as before."""
    instance, actions = notes[-1].instance, [one.action for one in notes]
    if actions[-1] == "deleted":
        return None if "created" in actions else ModelChange("deleted", instance)
    if "created" in actions:
        return ModelChange("created", instance)
    before: dict[str, Any] = {}
    for note in reversed(notes):
        before |= note.before
    changed = frozenset(key for key in before if _differs(instance, key, before[key]))
    return ModelChange("updated", instance, changed) if changed else None


def _differs(instance: Any, key: str, before: Any) -> bool:
    state = inspect(instance)
    if before is _UNKNOWN or key not in state.dict:
        return True
    column = state.mapper.column_attrs[key].columns[0]
    return column.type.compare_values(before, state.dict[key]) is not True
