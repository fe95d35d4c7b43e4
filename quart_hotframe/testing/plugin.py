"""The pytest plugin. It is imported in every run of pytest, so it imports late."""

from __future__ import annotations

from collections.abc import Generator
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def assert_no_leaks() -> Iterator[None]:
    """Fail a test after which something of a module is still there.

    Looked for are packages in ``sys.modules``, living modules, classes and functions of loaded
    versions, generations, receivers of signals, tasks and threads, and of apps that have ended
    open streams, subscriptions of topics, and who is seen there. The failure says who holds what.
    Give it to the test, not to a fixture, so that it looks when all others have ended::

        async def test_a_late_order(assert_no_leaks):
            async with load_module("modules/shop") as running:
                ...
    """
    from .leaks import find_leaks
    from .leaks import Snapshot

    before = Snapshot.now()
    yield
    _refuse(find_leaks(before))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(
    fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
) -> Generator[None, Any, Any]:
    """Look for tasks and streams before the loop of an async test is closed, which ends them."""
    value = yield
    if fixturedef.scope == "function" and "assert_no_leaks" in request.fixturenames:
        import asyncio

        if isinstance(value, asyncio.Runner):
            _watch(fixturedef, value)
    return value


def _watch(fixturedef: pytest.FixtureDef[Any], runner: Any) -> None:
    from .held import every
    from .held import held
    from .leaks import find_held
    from .leaks import find_tasks

    before = held(every())
    fixturedef.addfinalizer(
        lambda: _refuse([*runner.run(find_tasks()), *find_held(every(), before)])
    )


def _refuse(leaks: list[Any]) -> None:
    if leaks:
        text = "\n".join(f"  {leak}" for leak in leaks)
        pytest.fail(f"The test left behind:\n{text}", pytrace=False)
