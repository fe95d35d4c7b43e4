"""The pytest plugin. It is loaded in every run of pytest, so it imports late."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def assert_no_leaks() -> Iterator[None]:
    """Fail a test after which something of a module is still there.

    Looked for are packages in ``sys.modules``, living modules, classes and functions of loaded
    versions, generations, receivers of signals, tasks and threads. The failure says who holds
    what. Give it to the test, not to a fixture, so that it looks when all others have ended::

        async def test_a_late_order(assert_no_leaks):
            async with load_module("modules/shop") as running:
                ...
    """
    from .leaks import find_leaks
    from .leaks import Snapshot

    before = Snapshot.now()
    yield
    leaks = find_leaks(before)
    if leaks:
        text = "\n".join(f"  {leak}" for leak in leaks)
        pytest.fail(f"The test left behind:\n{text}", pytrace=False)
