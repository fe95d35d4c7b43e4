"""What protects the routes of modules, and those of the app where it asks for it.

::

    from quart_hotframe.security import guard, limit, policy
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from ..globals import current_user
    from .csp import csp_nonce
    from .csrf_tokens import csrf_token
    from .guards.checking import allows
    from .guards.checking import check
    from .guards.guard import AllowAny
    from .guards.guard import Guard
    from .guards.guard import HasPermission
    from .guards.guard import IsAuthenticated
    from .guards.guard import IsStaff
    from .guards.guard import IsSuperuser
    from .guards.placing import guard
    from .guards.table import Permissions
    from .guards.user import User
    from .guards.users import load_user
    from .limits.limit import limit
    from .policies import Policy
    from .policies import policy
    from .redirects import safe_redirect
    from .request_ids import request_id
    from .request_ids import RequestIdFilter
else:
    __getattr__ = lazy(
        __name__,
        {
            "AllowAny": "guards.guard",
            "Guard": "guards.guard",
            "HasPermission": "guards.guard",
            "IsAuthenticated": "guards.guard",
            "IsStaff": "guards.guard",
            "IsSuperuser": "guards.guard",
            "Permissions": "guards.table",
            "Policy": "policies",
            "RequestIdFilter": "request_ids",
            "User": "guards.user",
            "allows": "guards.checking",
            "check": "guards.checking",
            "csp_nonce": "csp",
            "csrf_token": "csrf_tokens",
            "current_user": "guards.users",
            "guard": "guards.placing",
            "limit": "limits.limit",
            "load_user": "guards.users",
            "policy": "policies",
            "request_id": "request_ids",
            "safe_redirect": "redirects",
        },
    )

__all__ = [
    "AllowAny",
    "Guard",
    "HasPermission",
    "IsAuthenticated",
    "IsStaff",
    "IsSuperuser",
    "Permissions",
    "Policy",
    "RequestIdFilter",
    "User",
    "allows",
    "check",
    "csp_nonce",
    "csrf_token",
    "current_user",
    "guard",
    "limit",
    "load_user",
    "policy",
    "request_id",
    "safe_redirect",
]


def __dir__() -> list[str]:
    return [*__all__]
