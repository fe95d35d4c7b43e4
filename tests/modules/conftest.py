from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.sites import serving
from tests.support.sites import Site


@pytest.fixture
async def site(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Site]:
    """A serving site; ``@pytest.mark.parametrize("site", [{…}], indirect=True)`` configures it."""
    async with serving(Site(tmp_path, getattr(request, "param", {}))) as made:
        yield made
