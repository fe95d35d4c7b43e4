"""Events, filters and outlets between modules: ordered, owned, isolated.

In a module's files the functions here register for that module, and the hooks leave with it. In the
app's own code use those of the HotFrame object, ``hotframe.hooks``. Sending works from both.

::

    from quart_hotframe import hooks

    @hooks.on("order.paid", priority=5)
    async def thank(order: Order) -> None: ...

    await hooks.send("order.paid", order)
    price = await hooks.apply("price", price)
    {{ outlet("product.footer", product=product) }}
"""

from __future__ import annotations

from .bridge import Bridge
from .collecting import collecting
from .collecting import Collector
from .delivery import HookFailure
from .delivery import Results
from .event import Event
from .facade import AppHooks
from .facade import Hooks
from .facade import ModuleHooks
from .receiver import Receiver
from .table import Hook
from .table import HookTable

_module_hooks = ModuleHooks()

on = _module_hooks.on
filter = _module_hooks.filter
outlet = _module_hooks.outlet
event = _module_hooks.event
send = _module_hooks.send
apply = _module_hooks.apply
render_outlet = _module_hooks.render_outlet

__all__ = [
    "AppHooks",
    "Bridge",
    "Collector",
    "Event",
    "Hook",
    "HookFailure",
    "HookTable",
    "Hooks",
    "Receiver",
    "Results",
    "apply",
    "collecting",
    "event",
    "filter",
    "on",
    "outlet",
    "render_outlet",
    "send",
]
