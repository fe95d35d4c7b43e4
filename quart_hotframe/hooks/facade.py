"""What authors and senders call: registration, sending, filtering, rendering."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from typing import overload
from typing import TypeVar

from blinker import Signal
from markupsafe import Markup

from ..errors import SetupError
from ..security.guards.guard import Guard
from .collecting import active_collector
from .collecting import Registry
from .collecting import required_collector
from .current import current_table
from .delivery import ErrorPolicy
from .delivery import Results
from .event import Event
from .fillers import Admission
from .fillers import ComponentFiller
from .fillers import TemplateFiller
from .names import check_name
from .ordering import Owners
from .ordering import owners_in
from .receiver import Kind
from .receiver import make_receiver
from .table import Hook
from .table import HookTable

F = TypeVar("F", bound=Callable[..., Any])
Condition = Callable[..., Any] | None
Admitting = Guard | Callable[..., Any] | None


class Hooks:
    """Events, filters and outlets, for one source of owners and of tables.

    :param registry: gives where hooks are put; raises :class:`SetupError` when nowhere.
    :param table: gives the table that the caller sees.
    """

    def __init__(self, registry: Callable[[], Registry], table: Callable[[], HookTable]) -> None:
        self._registry = registry
        self._table = table

    def on(
        self,
        event: str | Signal,
        *,
        priority: int = 10,
        once: bool = False,
        blocking: bool = True,
    ) -> Callable[[F], F]:
        """Hook the decorated function to an event or to any blinker signal.

        ::

            @hooks.on("order.*", priority=5)
            async def thank(order: Order) -> None: ...

        A receiver of a name gets the payload. A receiver of a foreign signal gets what blinker
        gives: the sender, then keywords; if the sender is a Quart app, only those of this app.

        The sender of a foreign signal need not know of hooks. Its ``send_async`` awaits them. Its
        plain ``send`` in an event loop runs those with ``blocking=False`` and goes on; async ones
        and those that block follow in order, in tasks of their owners. In a thread without a loop
        ``send`` runs the sync ones and hands the async ones to the loop that serves the app; when
        the app does not serve, that is logged as an error and they are not called.

        :param event: a name, a pattern (``order.*`` one segment, ``order.**`` any number), an
            :class:`Event` or another blinker signal.
        :param priority: lower runs first; then modules in the order of dependencies, then as
            registered.
        :param once: run for the first event only, also when several are sent at a time; a failure
            counts as the run.
        :param blocking: false for a sync function so cheap that it may run on the event loop;
            otherwise it runs in a thread.
        :raises SetupError: no module is being loaded, or the arguments cannot work.
        """
        target = _target(event)
        return self._decorator("event", target, priority=priority, once=once, blocking=blocking)

    def filter(self, name: str, *, priority: int = 10, blocking: bool = True) -> Callable[[F], F]:
        """Hook the decorated function to a value that other code passes through filters.

        ::

            @hooks.filter("price")
            def sale(price: Decimal) -> Decimal:
                return price * 9 / 10

        :param name: a name or a pattern.
        :param priority: lower runs first.
        :param blocking: false for a cheap sync function, see :meth:`on`.
        :raises SetupError: no module is being loaded, or the arguments cannot work.
        """
        return self._decorator(
            "filter", check_name(name, pattern=True), priority=priority, blocking=blocking
        )

    @overload
    def outlet(
        self, name: str, *, priority: int = 10, before: Owners = (), after: Owners = (),
        when: Condition = None, guard: Admitting = None, blocking: bool = True,
    ) -> Callable[[F], F]: ...  # fmt: skip
    @overload
    def outlet(
        self, name: str, *, template: str, priority: int = 10, before: Owners = (),
        after: Owners = (), when: Condition = None, guard: Admitting = None, blocking: bool = True,
    ) -> None: ...  # fmt: skip
    @overload
    def outlet(
        self, name: str, *, component: str, priority: int = 10, before: Owners = (),
        after: Owners = (), when: Condition = None, guard: Admitting = None, blocking: bool = True,
    ) -> None: ...  # fmt: skip
    def outlet(
        self,
        name: str,
        *,
        template: str | None = None,
        component: str | None = None,
        priority: int = 10,
        before: Owners = (),
        after: Owners = (),
        when: Condition = None,
        guard: Admitting = None,
        blocking: bool = True,
    ) -> Callable[[F], F] | None:
        """Fill a place on other modules' pages: with what the decorated function returns, or else.

        ::

            @hooks.outlet("product.footer", when=lambda product: product.rated)
            async def reviews(product: Product) -> str:
                return await render_template("reviews/footer.html", product=product)

            hooks.outlet("product.footer", template="reviews/footer.html")
            hooks.outlet("product.footer", component="stars", guard=HasPermission("reviews.read"))

        A string is HTML, like a string that a view returns: escape what users wrote.

        :param name: a name or a pattern.
        :param template: is rendered with the values of the outlet; nothing is decorated.
        :param component: is given those values that it has props for; nothing is decorated.
        :param priority: lower comes first.
        :param before: a module, or several, whose fillers of the same place come later, whatever
            the priorities are; ``"app"`` is the app. Who is not there does not matter.
        :param after: the same of those that come first.
        :param when: called with the same arguments; the place stays empty unless it is true.
        :param guard: the place stays empty for visitors whom it does not let in.
        :param blocking: false if function and ``when`` are cheap or async, see :meth:`on`.
        :raises SetupError: no module is being loaded, or the arguments cannot work.
        """
        target = check_name(name, pattern=True)
        owner = self._registry().owner
        place = self._decorator(
            "outlet", target, priority=priority, when=when, blocking=blocking,
            guard=Admission(guard) if guard is not None else None,
            before=owners_in(before, owner), after=owners_in(after, owner),
        )  # fmt: skip
        if template is None and component is None:
            return place
        place(_filler(target, template, component))
        return None

    def event(
        self,
        name: str,
        *,
        payload: type | None = None,
        keyword: str = "payload",
        doc: str | None = None,
    ) -> Event:
        """Declare an event and return it as a blinker signal.

        ::

            order_paid = hooks.event("order.paid", payload=Order)

        With ``payload``, sending anything else is a :class:`TypeError`. In a module's file the
        declaration also covers ``hooks.send("order.paid", ...)``.

        :param name: exact name.
        :param payload: class of the one payload.
        :param keyword: what receivers connected with ``connect`` get a positional payload as.
        :param doc: the signal's docstring.
        :raises SetupError: the name has a wildcard, or the payload is no class.
        """
        event = Event(name, self._table, payload=payload, keyword=keyword, doc=doc)
        self._declare(event)
        return event

    def send(
        self, event: str | Event, /, *args: Any, errors: ErrorPolicy = "collect", **kwargs: Any
    ) -> Coroutine[Any, Any, Results]:
        """Send an event and await its receivers, one after the other.

        :param event: an exact name or an :class:`Event`.
        :param args: the payload; ``kwargs`` too.
        :param errors: ``"collect"`` logs failures, goes on and lists them in ``.errors``;
            ``"raise"`` stops at the first.
        :returns: what the receivers returned, in running order.
        :raises HookError: a receiver failed and ``errors`` is ``"raise"``.
        :raises TypeError: the event declares another payload.
        :raises SetupError: there is no app context, or the name has a wildcard.
        """
        return self._table().send(event, *args, errors=errors, **kwargs)

    def apply(
        self, name: str, value: Any, /, *args: Any, **kwargs: Any
    ) -> Coroutine[Any, Any, Any]:
        """Pass a value through the filters of a name.

        A filter that fails is logged with its owner and skipped: the value passes on.

        :param name: exact name.
        :param value: what the first filter gets.
        :param args: more arguments for every filter; ``kwargs`` too.
        :returns: what the last filter returned.
        :raises SetupError: there is no app context, or the name has a wildcard.
        """
        return self._table().apply(name, value, *args, **kwargs)

    def render_outlet(self, name: str, /, **context: Any) -> Coroutine[Any, Any, Markup]:
        """Render what modules put into a place; templates call it as ``outlet``.

        A filler that fails is logged with its owner and leaves nothing, in debug mode an HTML
        comment that names it.

        :param name: exact name.
        :param context: arguments for every filler and its condition.
        :returns: the fillers' markup in their order.
        :raises SetupError: there is no app context, or the name has a wildcard.
        """
        return self._table().render_outlet(name, **context)

    def _declare(self, event: Event) -> None:
        self._registry().add(event)

    def _decorator(self, kind: Kind, target: str | Signal, **options: Any) -> Callable[[F], F]:
        registry = self._registry()

        def decorate(function: F) -> F:
            registry.add(make_receiver(kind, target, function, registry.owner, **options))
            return function

        return decorate


class ModuleHooks(Hooks):
    """The hooks of ``quart_hotframe.hooks``: the module being loaded, the app being served."""

    def __init__(self) -> None:
        super().__init__(required_collector, current_table)

    def _declare(self, event: Event) -> None:
        # Outside a load the event is a plain object of whoever declares it.
        collector = active_collector()
        if collector is not None:
            collector.add(event)


@dataclass(frozen=True, slots=True)
class _AppRegistry:
    owner: str
    add: Callable[[Hook], None]


class AppHooks(Hooks):
    """The hooks of one app's own code; owner ``"app"``.

    :param register: called with each hook.
    :param table: gives the table that the caller sees.
    """

    def __init__(self, register: Callable[[Hook], None], table: Callable[[], HookTable]) -> None:
        registry = _AppRegistry("app", register)
        super().__init__(lambda: registry, table)


def _filler(name: str, template: str | None, component: str | None) -> Callable[..., Any]:
    if template is not None and component is not None:
        raise SetupError(f"The outlet {name!r} is filled with a template or a component, not both.")
    if template is not None:
        return TemplateFiller(template)
    frame: Any = inspect.currentframe()
    author = frame.f_back.f_back  # whose line calls outlet()
    return ComponentFiller(str(component), author.f_code.co_filename, author.f_lineno)


def _target(event: str | Signal) -> str | Signal:
    if isinstance(event, Event):
        return event.name
    if isinstance(event, Signal):
        return event
    if not isinstance(event, str):
        raise SetupError(
            f"hooks.on needs an event's name or a signal, got {event!r}: "
            'write @hooks.on("order.paid").'
        )
    return check_name(event, pattern=True)
