"""A Quart app whose table of hooks is made of what tests register per module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field

import pytest
from quart import Quart

from quart_hotframe.hooks import collecting
from quart_hotframe.hooks import Collector
from quart_hotframe.hooks import HookTable


@dataclass
class Modules:
    """Loaded modules in the order of dependencies; stands in for the runtime."""

    collectors: dict[str, Collector] = field(default_factory=dict)

    @contextmanager
    def load(self, owner: str) -> Iterator[Collector]:
        collector = self.collectors.setdefault(owner, Collector(owner))
        with collecting(collector):
            yield collector

    def remove(self, owner: str) -> None:
        del self.collectors[owner]

    def table_of_hooks(self) -> HookTable:
        return HookTable.merge((owner, found.hooks) for owner, found in self.collectors.items())


@pytest.fixture
def modules() -> Modules:
    return Modules()


@pytest.fixture
def app(modules: Modules) -> Quart:
    app = Quart("bazaar")
    app.extensions["hotframe"] = modules
    return app
