"""A kanban board that everybody sees change: ``quart --app examples/board/app run``."""

import os
import secrets

from quart import Quart

from quart_hotframe import HotFrame

app = Quart(__name__)
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex()
app.config["HOTFRAME_CLIENT"] = True  # pages change without full loads
app.config["HOTFRAME_MODULES"] = ["board"]  # enabled at the first start
HotFrame(app)
