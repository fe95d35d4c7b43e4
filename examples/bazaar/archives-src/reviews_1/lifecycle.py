"""What happens when the module leaves for good."""

from __future__ import annotations

from .book import forget


async def uninstall(keep_data: bool) -> None:
    """Remove what visitors wrote, if the operator wants that."""
    if not keep_data:
        await forget()
