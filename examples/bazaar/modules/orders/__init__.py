"""Baskets and orders, with a board on which staff pack and send.

It puts a form on the pages of the shop's products, and tells others of orders (event
``order.placed``).
"""

from __future__ import annotations

from quart import Blueprint

blueprint = Blueprint("orders", __name__, template_folder="templates", static_folder="static")
