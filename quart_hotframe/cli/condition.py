"""How a module fares in the live workers, which a command cannot see in its own process."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from ..modules.participants import Trouble
from ..modules.records import Module
from ..modules.troubles import Troubles

SERVED = ("active", "provisional", "degraded", "failed")
"""The states in which workers are to serve a module, so that how it fares matters."""


@dataclass(frozen=True)
class Condition:
    """A record with the worst state of all workers, and what they told, also as sentences."""

    module: Module
    troubles: Mapping[int, Trouble]
    sentences: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values for JSON, with the troubles."""
        told = [{"pid": pid, **vars(one)} for pid, one in self.troubles.items()]
        return {**self.module.to_dict(), "troubles": told}


def condition_of(module: Module, troubles: Troubles) -> Condition:
    """Put together what the store wants of a module and what the workers told of it."""
    served = module.state in SERVED
    told = {
        pid: one
        for pid, one in troubles.of(module.name).items()
        if served or one.state == "failed_unload"
    }
    if not told:
        return Condition(module, {}, ())
    states = {module.state, *(one.state for one in told.values())}
    worst = ("failed", "degraded") if served else ("failed_unload",)
    state = next((one for one in worst if one in states), module.state)
    return Condition(replace(module, state=state), told, troubles.sentences(module.name))
