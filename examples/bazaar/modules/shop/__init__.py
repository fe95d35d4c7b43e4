"""The shop: a catalogue, a page for each product, and orders.

Others may change prices (filter ``price``), learn of orders (event ``order.placed``) and put
something on its pages (outlets ``product.card`` and ``product.footer``).
"""

from __future__ import annotations

from quart import Blueprint

blueprint = Blueprint("shop", __name__, template_folder="templates", static_folder="static")
