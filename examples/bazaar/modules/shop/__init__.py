"""The shop: a list of products to search and filter, and a page for each.

Others may change prices (filter ``price``) and put something on its pages (outlets
``product.card``, ``product.order`` and ``product.footer``). They import ``models`` and
``catalogue``.
"""

from __future__ import annotations

from quart import Blueprint

blueprint = Blueprint("shop", __name__, template_folder="templates", static_folder="static")
