"""The current generation of one app, and those that somebody still uses."""

from __future__ import annotations

import asyncio
import logging
import time
from asyncio import current_task
from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Coroutine
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from contextvars import copy_context
from typing import Any

from jinja2 import Environment
from jinja2.ext import Extension
from quart import Quart

from .connection import Connection
from .contribution import Contribution
from .contribution import HOST
from .contribution import Kind
from .gate import Gate
from .generation import compose
from .generation import Generation
from .host import Host
from .pin import Pin
from .template_globals import quicken
from .templates import CodeCache
from .templates import environment_for

log = logging.getLogger("quart_hotframe.runtime")


class Runtime:
    """Publishes generations of one app and knows who uses which.

    ``app`` shows the current generation's attributes as plain ones while nobody sees another,
    which costs nothing; else those that the reader is pinned to. So it has two classes in turn.
    """

    def __init__(self, app: Quart) -> None:
        self.app = app
        self.host = Host(app)
        self.plain_class = self.pinned_class = self.host.kind
        self.kinds: dict[str, Kind] = {}
        self.host_items: dict[str, Any] = {}
        self.pin: ContextVar[Pin | None] = ContextVar("hotframe_pin", default=None)
        self.host.asked = self._note_request
        self.published: list[Callable[[Generation], None]] = []
        """Called with each generation right after it was published."""
        self.departed: list[Callable[[Generation], None]] = []
        """Called with each generation that nobody can see any more."""
        self.answered: Callable[[str], None] | None = None
        """Called with the owner of each request that ended, when somebody wants to know."""
        self.gate: Gate | None = None
        """Where requests wait that may not see the current generation."""
        self.failing: Callable[..., Awaitable[None]] | None = None
        """Awaited with the app before an exception of a view is handled."""
        self.environment_globals: dict[str, Any] = {}
        """Template globals of HotFrame itself; the app's own of the same name win."""
        self.environment_extensions: dict[type[Extension], Mapping[str, Any]] = {}
        """Jinja extensions of HotFrame itself, with the attributes that they are given."""
        self.fallback: Callable[..., Any] | None = None
        """The handler for HTTP errors that neither the app nor a module handles."""
        self.leading: Mapping[str, Callable[..., Any]] = {}
        """Functions, by attribute, that are the outermost ones around requests of modules."""
        self.registered: Callable[[], None] | None = None
        """Called when the app itself has registered something late. What it raises comes out there,
        and undoes it where modules are mounted."""
        self.arriving: tuple[Callable[[Any], None], ...] = ()
        """Called with the scope of each request and socket before it is pinned."""
        self.watching: Callable[[Any], None] | None = None
        """Called with the scope of each request that may have changed something, after it."""
        self._codes = CodeCache()
        self._tasks: set[asyncio.Task[Any]] = set()
        self.retired: set[Generation] = set()
        self.current = Generation(self.host.own, self.own_environment, {}, {})
        self.host_pin = Pin(self.current)
        """What code sees that registers on the app: the app's own, mutable registries."""

    def own_environment(self) -> Environment:
        """Return the app's own Jinja environment, with what HotFrame adds to it."""
        own = self.host.environment
        quicken(own)
        for name, value in self.environment_globals.items():
            own.globals.setdefault(name, value)
        for extension, attributes in self.environment_extensions.items():
            if extension.identifier not in own.extensions:
                own.add_extension(extension)
                vars(own.extensions[extension.identifier]).update(attributes)
        return own

    def forget_environment(self) -> None:
        """Take note that the app was given another Jinja environment."""
        self.host_pin.generation = Generation(self.host.own, self.own_environment, {}, {})
        self.refresh()

    def _environment(self, contributions: Sequence[Contribution]) -> Environment:
        own = self.own_environment()
        if not contributions:
            return own
        return environment_for(self.host, own, contributions, self._codes)

    def visible(self) -> Generation:
        """Return the generation that the running code is pinned to, else the current one."""
        pin = self.pin.get()
        if pin is None or pin.generation is None:
            return self.current
        return pin.generation

    def owner(self) -> str | None:
        """Return the module whose code runs, where it is known."""
        pin = self.pin.get()
        return pin.owned_by() if pin is not None else None

    def running(self, owner: str | None) -> Contribution | None:
        """Return the version of an owner that runs this code, or that it sees."""
        pin = self.pin.get()
        if pin is not None and pin.contribution is not None and pin.owner == owner:
            return pin.contribution
        return self.visible().contributions.get(owner or HOST)

    def compose(self, contributions: Sequence[Contribution], *, anew: bool = False) -> Generation:
        """Return a generation of the app and these contributions; nothing is published.

        :param anew: do not take the URL map's unchanged parts from the current generation.
        :raises ClashError: when two owners bring the same thing.
        """
        previous = self.current if self.current.composed and not anew else None
        return compose(
            self.host, contributions, previous, self.kinds, self.host_items, self._environment,
            self.fallback, self.leading,
        )  # fmt: skip

    def publish(self, generation: Generation) -> None:
        """Make *generation* the current one, by one assignment.

        Streams of unchanged owners move to it; those of changed owners are closed. Nothing here
        awaits, so no request sees a state between.
        """
        before = self.current
        for contribution in generation.contributions.values():
            contribution.acquire()
        self.tell_apart()
        self.current = generation
        if before is not generation:
            self.retired.add(before)
        for retired in list(self.retired):
            for pin in list(retired.pins):
                if pin.lasting:
                    self._move(pin)
        _tell(self.published, generation)
        for retired in list(self.retired):
            self._sweep(retired)
        self.settle()

    def refresh(self) -> None:
        """Publish anew with the same owners, because the app's own registrations changed."""
        owners = list(self.current.contributions.values())
        self.publish(self.compose(owners, anew=True))

    def tell_apart(self) -> None:
        """Let the app's attributes be those of the generation that the reader is pinned to."""
        self.app.__class__ = self.pinned_class

    def settle(self) -> None:
        """Let them be plain ones again, when nobody sees anything but the current generation."""
        if not self.retired:
            vars(self.app).update(self.current.attributes)
            self.app.__class__ = self.plain_class

    def _move(self, pin: Pin) -> None:
        """Move a stream to the current generation, or close it when its owner changed."""
        old, owner = pin.generation, pin.owned_by()
        if old is None or old is self.current:
            return
        if owner is not None and self._changed(pin, old, owner):
            pin.close()
            return
        old.pins.discard(pin)
        pin.generation = self.current
        self.current.pins.add(pin)

    def _changed(self, pin: Pin, old: Generation, owner: str) -> bool:
        before = pin.contribution or old.contributions.get(owner)
        if before is None or not before.published:  # it begins to run before it serves
            return False
        return before is not self.current.contributions.get(owner)

    def _sweep(self, generation: Generation) -> None:
        if generation in self.retired and not generation.pins:
            self.retired.discard(generation)
            for contribution in generation.contributions.values():
                contribution.release()
            self.settle()
            _tell(self.departed, generation)

    def stream_opened(self, pin: Pin) -> None:
        """Take note that a connection became a stream, perhaps after a swap."""
        before = pin.generation
        self._move(pin)
        if before is not None and before is not pin.generation:
            self._sweep(before)

    def _note_request(self, request: Any) -> None:
        pin = self.pin.get()
        if pin is not None and pin.request is None:
            pin.request = request
            pin.task = current_task()

    def hold(self, pin: Pin) -> None:
        """Count a new user of the pin's generation."""
        if pin.generation is not None:
            pin.generation.pins.add(pin)

    def let_go(self, pin: Pin) -> None:
        """End a pin: what still runs with it sees the current generation from now on."""
        generation = pin.generation
        if generation is None:
            return
        if self.answered is not None and isinstance(pin, Connection):
            self.answered(pin.owned_by() or "")
        pin.end()
        generation.pins.discard(pin)
        if generation is not self.current:
            self._sweep(generation)

    @contextmanager
    def pinned(
        self, owner: str | None = None, generation: Generation | None = None,
        contribution: Contribution | None = None,
    ) -> Iterator[Pin]:  # fmt: skip
        """Run code that belongs to *owner* pinned to a generation, else to the visible one.

        :param contribution: the version whose code it is, which may not be served yet.
        """
        pin = Pin(generation or self.visible(), owner)
        pin.contribution = contribution
        pin.task = _current_task()
        self.hold(pin)
        token = self.pin.set(pin)
        try:
            yield pin
        finally:
            self.pin.reset(token)
            self.let_go(pin)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Let nobody who changes generations wait for the running code meanwhile."""
        pin = self.pin.get()
        if pin is None:
            yield
            return
        pin.waiting = True
        try:
            yield
        finally:
            pin.waiting = False

    def users_of(self, contribution: Contribution) -> list[Pin]:
        """Return the pins that can still see a contribution and whose code is its own."""
        found = [self.current, *self.retired]
        pins = (
            pin
            for g in found
            for pin in g.pins
            if g.contributions.get(contribution.owner) is contribution
        )
        return [
            pin for pin in pins
            if pin.owned_by() == contribution.owner
            and pin.contribution in (None, contribution)
        ]  # fmt: skip

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task of the runtime itself, unpinned, and keep it from being collected."""
        context = copy_context()
        context.run(self.pin.set, None)
        task = asyncio.get_running_loop().create_task(coroutine, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def spawn_for(self, owner: str, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start a task that belongs to *owner*; one of a module is pinned to what is visible."""
        pin = Pin(None) if owner == HOST else Pin(self.visible(), owner)
        pin.contribution = self.running(owner)
        context = copy_context()
        context.run(self.pin.set, pin)
        task = asyncio.get_running_loop().create_task(coroutine, context=context)
        if pin.generation is not None:
            pin.task, pin.lasting = task, True
            self.hold(pin)  # at once: a drain must not miss a task that has not begun yet
            task.add_done_callback(lambda _: self.let_go(pin))
        return task

    async def finish_tasks(self, timeout: float) -> None:
        """Wait for the tasks that :meth:`spawn` started, and cancel those that take too long.

        :param timeout: seconds to wait, and again after cancelling.
        """
        for cancel in (True, False):
            end = time.monotonic() + timeout
            while self._tasks and (left := end - time.monotonic()) > 0:
                await asyncio.wait(set(self._tasks), timeout=left)
                await asyncio.sleep(0)  # wait() may not yield; the finished must leave the set
            for task in self._tasks if cancel else ():
                log.warning("%r did not end within %g s and is cancelled.", task, timeout)
                task.cancel()


def _tell(listeners: Sequence[Callable[[Generation], None]], generation: Generation) -> None:
    for listener in listeners:
        try:
            listener(generation)
        except Exception:  # it has happened: whoever caused it must go on
            log.exception("A listener failed on generation %d.", generation.number)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None
