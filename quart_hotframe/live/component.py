"""The class of a live component."""

from __future__ import annotations

from collections.abc import Awaitable
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import ClassVar
from typing import TYPE_CHECKING

from markupsafe import Markup

from ..components.component import Component
from ..errors import nearest
from ..errors import SetupError
from ..security.guards.guard import Guard
from .described import described
from .effects import Effects
from .inputs import Inputs
from .rendering import show
from .writing import Writer

if TYPE_CHECKING:
    from .described import Described
    from .objecting import Asked
    from .objecting import Objection
    from .view import View


class LiveComponent(Component):
    """A component whose state is on the server, and that the page changes by events.

    ::

        class Counter(LiveComponent):          # components/counter.py, beside counter.html
            start: Prop[int] = 0               # given by the page, never written by it
            count: int = 0                     # state, never written by the page
            note: Bindable[str] = ""           # an input may be bound to it
            page: Url[int] = 1                 # in the query string too
            rows: Private[list] = []           # never leaves the server

            async def mount(self) -> None:
                self.count = self.start

            @event
            async def add(self, amount: int = 1) -> None:
                self.count += amount

    ``element`` is the tag around its template. ``permissions`` are names or guards, of which the
    user needs each to see it and for every event; ``limits`` say how often events may come, such
    as ``"60/minute by user"``. ``state_version`` rises when fields change their meaning; then
    :meth:`migrate` brings states of pages that are open to the new one.
    """

    element: ClassVar[str] = "div"
    permissions: ClassVar[Sequence[str | Guard]] = ()
    limits: ClassVar[Sequence[str]] = ()
    state_version: ClassVar[int] = 1

    _hotframe_show = staticmethod(show)
    _hotframe_follows: ClassVar[bool] = False
    """Whether it has topics of its own."""
    _hotframe_objects: ClassVar[bool] = False
    """Whether it says itself what becomes of an event of a page that does not show the newest."""
    _hotframe_personal: ClassVar[bool] = False
    """Whether it has to be shown in a request of its visitor, also when no request brings it."""
    _hotframe_described: ClassVar[Any]
    _memo: ClassVar[Any]
    _held: ClassVar[Any]

    async def mount(self) -> None:
        """Fill the fields when the component comes to a page.

        It also runs when a state is taken up again after it was lost: then the fields have what
        they had, and have it again afterwards, so that only private fields are made anew.
        """

    @classmethod
    def migrate(cls, state: dict[str, Any], from_version: int) -> dict[str, Any]:
        """Return the state of an older version as this one has it.

        :param state: JSON values by field.
        :param from_version: the ``state_version`` that wrote it.
        """
        return state

    def topics(self) -> Iterable[str]:
        """Return the topics that it follows where ``@event(topic="orders.*")`` has a pattern."""
        return ()

    async def update(self) -> None:
        """Show the fields as they are now, before the event ends.

        In an ``@event(background=True)``, which has a copy of the component, those that it has
        changed are set in the component itself, and the others are as they are there.

        :raises SetupError: the component is on no page.
        """
        await self._writer().update(self)

    async def emit(self, event: str, /, *, to: str = "parent", **args: Any) -> None:
        """Let the page send an event to other components, after this one.

        ::

            await self.emit("added", id=self.id)
            await self.emit("refresh", to="shop:cart")

        They have an ``@event`` of this name; the page could send it as well without this one.

        :param to: ``"parent"``, the name of components such as ``"shop:cart"``, or ``"page"``,
            which is all that have such an event.
        :param args: what JSON can hold.
        :raises SetupError: the component is on no page, or has no parent.
        """
        self.patches.emit(event, self._writer().receivers(to), args)

    @classmethod
    def _hotframe_read(cls) -> None:
        described(cls)

    @classmethod
    def _hotframe_inputs(cls, described: Described) -> Inputs:
        """Return what a page may write."""
        return Inputs(described)

    async def _hotframe_mount(self) -> None:
        """Make ready what the class says, at first and when a state is taken up again."""
        await self.mount()

    def _hotframe_names(self, view: View) -> dict[str, Any]:
        """Return what the template sees beside fields and props."""
        return {}

    async def _hotframe_begin(self) -> None:
        """Make ready what an event acts on; called in its unit of work."""

    async def _hotframe_objection(self, asked: Asked) -> Objection | None:
        """Return why an event of a page is not run."""
        return None

    @classmethod
    def _hotframe_is_conflict(cls, error: Exception) -> bool:
        """Say whether an event failed because somebody else has changed the same."""
        return False

    @property
    def _hotframe_rests(self) -> bool:
        """Whether there is nothing that an event could act on."""
        return False

    async def _hotframe_shown(self, template: Callable[[], Awaitable[Markup]]) -> Markup:
        """Return what stands in the root element.

        :param template: renders the template.
        """
        return await template()

    def _hotframe_note(self, version: int) -> None:
        """Take note of what a version of the state shows."""

    @classmethod
    def _hotframe_topics(cls, fields: Mapping[str, Any]) -> Iterable[str]:
        """Return topics whose messages are not for methods: it is shown anew."""
        return ()

    def _hotframe_knows(self, topic: str, payload: Any) -> bool:
        """Say whether it shows already what a message on such a topic tells."""
        return False

    @property
    def patches(self) -> Effects:
        """Changes to the page beside the HTML of the component."""
        found: Effects | None = vars(self).get("_patches")
        if found is None:
            found = vars(self)["_patches"] = Effects()
        return found

    def _writer(self) -> Writer:
        if self._held is None:
            raise SetupError(f"This {type(self).__name__} is on no page yet.")
        writer: Writer = self._held
        return writer

    @property
    def errors(self) -> dict[str, list[str]]:
        """What is wrong with what was typed into bound fields, by name."""
        found = {name: said for name, (_, said) in self._memo["refused"].items() if said}
        for name, said in self._memo.get("said", {}).items():
            found[name] = [*found.get(name, []), *said]
        return found

    def add_error(self, field: str, text: str) -> None:
        """Say what is wrong with the value of a bound field, where its type cannot know that.

        ::

            if await is_taken(self.name):
                self.add_error("name", "This name is taken.")
                return

        ``{{ error("name") }}`` shows it until the field is changed or another event runs.

        :raises SetupError: no input may be bound to this field.
        """
        shape = described(type(self))
        known = {*shape.writable.names, *shape.uploads}
        if field not in known:
            near = nearest(field, known) or f" It has: {', '.join(sorted(known)) or 'none'}."
            raise SetupError(f"{type(self).__name__} has no Bindable field {field!r}.{near}")
        self._memo.setdefault("said", {}).setdefault(field, []).append(str(text))
