"""Topics: what happens, told to the pages and programs that follow it.

In a module's files ``public`` and ``authorise`` declare for that module, and the declarations leave
with it. In the app's own code use those of the HotFrame object, ``hotframe.live``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...lazy import lazy

if TYPE_CHECKING:
    from .broker import Broker
    from .broker import Message
    from .broker import Missed
    from .broker import Subscription
    from .declaring import authorise
    from .declaring import public
else:
    __getattr__ = lazy(
        __name__,
        {
            "Broker": "broker",
            "Message": "broker",
            "Missed": "broker",
            "Subscription": "broker",
            "authorise": "declaring",
            "public": "declaring",
        },
    )

__all__ = ["Broker", "Message", "Missed", "Subscription", "authorise", "public"]


def __dir__() -> list[str]:
    return [*__all__]
