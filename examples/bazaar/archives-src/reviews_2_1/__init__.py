"""Reviews: what buyers say about the products of the shop."""

from __future__ import annotations

from quart import Blueprint

VERSION = "2.1"

blueprint = Blueprint("reviews", __name__, template_folder="templates", static_folder="static")


@blueprint.app_context_processor
async def context() -> dict[str, str]:
    """Tell templates which version they belong to."""
    return {"reviews_version": VERSION}
