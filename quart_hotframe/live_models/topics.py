"""Topics of rows: what is written to one is told there, for the components that show it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from typing import TYPE_CHECKING

from ..runtime.contribution import HOST
from ..runtime.contribution import module_of
from ..security.digests import digest

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapper

    from ..components.definition import Definition
    from ..database.changes import ModelChange
    from ..database.facade import Databases
    from ..live.facade import Live

PREFIX = "hotframe.rows."
"""How the topics of rows begin. Nobody may follow them but components."""


def topic_of(mapper: Mapper[Any], key: Iterable[Any]) -> str:
    """Return the topic of a row.

    :param key: its primary key.
    """
    base = mapper.base_mapper.class_
    subject = f"{module_of(base.__module__) or HOST}.{base.__name__}"
    return PREFIX + digest(subject, json.dumps([str(one) for one in key]))


class RowTopics:
    """Publishes what becomes of the rows that components show."""

    def __init__(self, databases: Databases, live: Live) -> None:
        self._live = live
        self._followers = databases.followers
        self._followers.told.append(self.publish)

    def note(self, definitions: Iterable[Definition]) -> None:
        """Follow the models of components that are there from now on."""
        for one in definitions:
            binding: Any = getattr(one.kind, "_hotframe_binding", None)
            if binding is not None:
                self._followers.follow(binding.model)

    async def publish(self, change: ModelChange[Any]) -> None:
        """Tell the topic of a row that it has changed."""
        from sqlalchemy import inspect

        row = change.instance
        mapper = inspect(type(row))
        column = mapper.version_id_col
        version, gone = None, change.action == "deleted"
        if column is not None and not gone:
            version = str(getattr(row, mapper.get_property_by_column(column).key))
        topic = topic_of(mapper, mapper.primary_key_from_instance(row))
        await self._live.publish(topic, {"version": version, "gone": gone})
