"""What a field of a live component may be: marks of its annotation."""

from __future__ import annotations

from typing import Annotated
from typing import TypeVar

from ..components.component import Role

T = TypeVar("T")

BINDABLE = Role()
PRIVATE = Role()
URL = Role()

Bindable = Annotated[T, BINDABLE]
"""The type of a field that an input may be bound to: the page may set it."""

Private = Annotated[T, PRIVATE]
"""The type of a field that never leaves the server; ``mount()`` makes it anew where it is lost."""

Url = Annotated[T, URL]
"""The type of a field that the query string of the page has too."""
