"""Sites with users, for tests of guards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.people import GuardedSite
from tests.support.sites import serving


@pytest.fixture
def guarded(tmp_path: Path, request: pytest.FixtureRequest) -> GuardedSite:
    """A site that does not serve yet; parametrise it with settings."""
    return GuardedSite(tmp_path, getattr(request, "param", {}))


@pytest.fixture
async def people(guarded: GuardedSite) -> AsyncIterator[GuardedSite]:
    """A site that serves."""
    async with serving(guarded) as site:
        yield site
