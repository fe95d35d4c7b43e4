from __future__ import annotations

import pytest
from blinker import NamedSignal

from quart_hotframe import signals

NAMES = [
    "module_installed",
    "module_enabled",
    "module_disabled",
    "module_upgraded",
    "module_rolled_back",
    "module_uninstalled",
    "module_failed",
    "module_degraded",
    "module_configured",
    "generation_published",
    "operation_started",
    "operation_finished",
]


def test_every_signal_of_the_life_of_modules_stands_in_one_file() -> None:
    found = [name for name, value in vars(signals).items() if isinstance(value, NamedSignal)]
    assert found == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_signal_is_called_like_its_variable(name: str) -> None:
    assert getattr(signals, name).name == "hotframe." + name.replace("_", "-")


async def test_a_connected_receiver_is_called() -> None:
    heard: list[object] = []

    async def announce(app: object, *, module: str) -> None:
        heard.append((app, module))

    with signals.module_enabled.connected_to(announce):
        await signals.module_enabled.send_async("app", module="shop")
    assert heard == [("app", "shop")]
