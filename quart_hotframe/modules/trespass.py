"""Noticing what a module changed in the process, and putting it back.

This is no sandbox. It finds, at little cost, what authors do without thinking that it outlives the
module: patches of functions that all code shares, other import paths, and signal handlers.
"""

from __future__ import annotations

import asyncio
import logging
import operator
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import ModuleType
from typing import Any

from ..errors import LoadError

log = logging.getLogger("quart_hotframe.modules")

WATCHED = (
    "asyncio", "asyncio.events", "asyncio.locks", "asyncio.queues", "asyncio.runners",
    "asyncio.streams", "asyncio.subprocess", "asyncio.tasks", "asyncio.timeouts", "builtins",
    "copy", "datetime", "functools", "gc", "http.client", "importlib", "inspect", "io", "jinja2",
    "json", "json.decoder", "json.encoder", "logging", "os", "os.path", "pathlib", "pickle",
    "queue", "quart", "random", "re", "select", "selectors", "shutil", "signal", "socket", "ssl",
    "subprocess", "sys", "tempfile", "threading", "time", "traceback", "urllib.parse",
    "urllib.request", "uuid", "warnings", "werkzeug",
)  # fmt: skip
"""Modules of Python, Quart and their like whose functions and classes are compared.

All that is loaded would cost a millisecond a module; these cost less than a tenth of it.
"""


class Trespass:
    """Notices what a module changed while it was imported, in the thread that imports it.

    What was changed is put back at the end of the block, also when the import failed.
    """

    def __init__(self, module: str) -> None:
        self.module = module

    def __enter__(self) -> None:
        self._path = list(sys.path)
        self._threads = set(threading.enumerate())
        found = ((name, sys.modules.get(name)) for name in WATCHED)
        self._before = [(name, one, dict(vars(one))) for name, one in found if one is not None]

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        moved = sys.path != self._path
        sys.path[:] = self._path
        patched = [self._restored(*one) for one in self._patched()]
        started = [t.name for t in threading.enumerate() if t not in self._threads]
        if started:
            log.warning("Module %r started threads that cannot be undone when it goes: %s",
                        self.module, ", ".join(started))  # fmt: skip
        if error is not None:
            return
        if patched:
            raise LoadError(
                f"{self.module!r} replaces {', '.join(patched)}, which all code shares and which "
                "would outlive the module: call a function of its own instead.",
                module=self.module,
            )
        if moved:
            raise LoadError(f"{self.module!r} changes sys.path, which would outlive it: "
                            "put what it needs into its folder or its packages = [...].",
                            module=self.module)  # fmt: skip

    def _patched(self) -> Iterator[tuple[str, ModuleType, str, Any]]:
        for name, module, before in self._before:
            now = vars(module)
            if len(now) == len(before) and all(map(operator.is_, now.values(), before.values())):
                continue
            for key, old in before.items():
                if callable(old) and now.get(key) is not old:
                    yield name, module, key, old

    def _restored(self, name: str, module: ModuleType, key: str, old: Any) -> str:
        setattr(module, key, old)
        return f"{name}.{key}"


class Signals:
    """Notices signal handlers that a module installed before serving, in the main thread."""

    def __init__(self, module: str) -> None:
        self.module = module
        self._before = _handlers()

    def refuse_changes(self) -> None:
        """Put back what was changed.

        :raises LoadError: when something was.
        """
        changed = [n for n, handler in _handlers().items() if handler != self._before[n]]
        for number in changed:
            _restore(number, self._before[number])
        if changed:
            names = ", ".join(signal.Signals(number).name for number in changed)
            raise LoadError(
                f"{self.module!r} installs a handler for {names}, which would outlive it: signals "
                "belong to the server and the app.",
                module=self.module,
            )


def _handlers() -> dict[int, Any]:
    if threading.current_thread() is not threading.main_thread():
        return {}  # none can be installed there
    return {number: signal.getsignal(number) for number in signal.valid_signals()}


def _restore(number: int, handler: Any) -> None:
    with suppress(NotImplementedError):  # it was installed through the loop, or was not
        asyncio.get_running_loop().remove_signal_handler(number)
    if handler is not None:
        signal.signal(number, handler)
