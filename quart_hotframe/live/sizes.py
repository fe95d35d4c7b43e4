"""How large the state of a component may be."""

from __future__ import annotations

import json
import logging

log = logging.getLogger("quart_hotframe.live")

LARGEST = 5
"""How many fields are named."""


class StateTooLarge(Exception):
    """A handler made the state of its component larger than it may be."""


class Sizes:
    """Warns of large states and refuses those that are too large.

    :param warning: bytes from which a component is told of, once; 0 never is.
    :param most: bytes of a state.
    """

    def __init__(self, warning: int, most: int) -> None:
        self._warning = warning
        self.most = most
        self._told: set[str] = set()

    def check(self, component: str, state: bytes) -> None:
        """Go on if a state is not too large.

        :raises StateTooLarge: it is; the message names the largest fields.
        """
        if len(state) > self.most:
            raise StateTooLarge(
                f"The state of {component!r} has {len(state)} bytes, and {self.most} are allowed: "
                f"{_largest(state)}. Keep less, or declare Private[…] what mount() can make anew."
            )
        if self._warning and len(state) > self._warning and component not in self._told:
            self._told.add(component)
            log.warning("The state of %r has %d bytes: %s. It travels to pages and back.",
                        component, len(state), _largest(state))  # fmt: skip


def _largest(state: bytes) -> str:
    sizes = {name: len(json.dumps(value)) for name, value in json.loads(state).items()}
    first = sorted(sizes, key=lambda name: -sizes[name])[:LARGEST]
    return ", ".join(f"{name} {sizes[name]}" for name in first)
