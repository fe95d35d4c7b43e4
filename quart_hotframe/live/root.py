"""The root element of an instance."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from ..components.attributes import Attributes
from ..components.definition import Definition
from ..globals import current_hotframe
from .described import described


def root(
    found: Definition, id: str, version: int, snapshot: str | None,
    attributes: Attributes, html: Markup,
) -> Markup:  # fmt: skip
    """Return the root element of an instance."""
    kind: Any = found.kind
    more = Markup("")
    streams = described(kind).streams
    if streams:
        more += Markup(" hf-stream")
    if snapshot is not None:
        more += Markup(' hf-snapshot="{}"').format(snapshot)
    if streams:
        more += Markup(' hf-cursor="{}"').format(current_hotframe.live.topics.position())
    if attributes:
        more += Markup(" ") + Markup(attributes)
    return Markup('<{0} id="{1}" hf-live="{2}" hf-version="{3}"{4}>{5}</{0}>').format(
        Markup(kind.element), id, found.full_name, version, more, html
    )
