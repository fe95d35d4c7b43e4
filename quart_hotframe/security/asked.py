"""What is asked for, past the proxies: each use of them looks it up anew, which costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from quart import Request
from quart import request
from quart import Websocket
from quart import websocket

_request: Any = request
_websocket: Any = websocket
current_request: Callable[[], Request] = _request._get_current_object
current_websocket: Callable[[], Websocket] = _websocket._get_current_object
