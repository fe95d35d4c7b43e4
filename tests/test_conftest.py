"""The checks that ``tests/conftest.py`` makes after every test find what they are for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).with_name("conftest.py")
HEAD = "import asyncio, os, signal, sys, threading, types\nkept = []\n"
LEAKS = {
    "a_task": (
        "async def test_it():\n"
        "    kept.append(asyncio.create_task(asyncio.Event().wait(), name='late'))\n",
        "The test left tasks running: <coroutine object Event.wait at *>",
    ),
    "a_thread": (
        "def test_it():\n"
        "    threading.Thread(target=threading.Event().wait, args=(4,), name='late').start()\n",
        "The test left behind threads: late",
    ),
    "a_module": (
        "def test_it():\n"
        "    sys.modules['hotframe_modules.shop'] = types.ModuleType('hotframe_modules.shop')\n",
        "The test left behind packages in sys.modules: hotframe_modules.shop",
    ),
    "a_signal_handler": (
        "def test_it():\n    signal.signal(signal.SIGUSR1, lambda *_: None)\n",
        f"The test left behind signal handlers: {signal.SIGUSR1:d}",
    ),
    "a_variable": (
        "def test_it():\n    os.environ['LATE'] = '1'\n",
        "The test left behind environment variables: LATE",
    ),
}


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with our ``conftest.py``."""
    pytester.makeconftest(CONFTEST.read_text("utf-8"))
    pytester.makeini(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
        f"pythonpath = {CONFTEST.parent.parent}\n"
    )
    return pytester


@pytest.mark.parametrize("what", LEAKS)
def test_what_a_test_leaves_is_named(project: pytest.Pytester, what: str) -> None:
    code, message = LEAKS[what]
    project.makepyfile(HEAD + code)
    done = project.runpytest_subprocess()
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines([message])


def test_a_test_that_leaves_nothing_passes(project: pytest.Pytester) -> None:
    project.makepyfile(
        HEAD + "async def test_it():\n    await asyncio.create_task(asyncio.sleep(0))\n"
    )
    project.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_skip_fails_where_everything_is_demanded(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOTFRAME_TEST_REQUIRE", raising=False)
    project.makepyfile("import pytest\ndef test_it():\n    pytest.skip('absent')\n")
    project.runpytest_subprocess().assert_outcomes(skipped=1)
    monkeypatch.setenv("HOTFRAME_TEST_REQUIRE", "all")
    project.runpytest_subprocess().assert_outcomes(failed=1)
