"""The newsletter: a form to sign up, and a tenth off for who did.

It uses the shop only by its hooks, so it also serves without it.
"""

from __future__ import annotations

from quart import Blueprint

blueprint = Blueprint("newsletter", __name__, template_folder="templates")
