"""What a class of live components says: its fields and its events, read once."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Annotated
from typing import Any
from typing import ClassVar
from typing import get_args
from typing import get_origin
from typing import get_type_hints
from typing import NamedTuple
from typing import NotRequired
from typing import TYPE_CHECKING

from typing_extensions import TypedDict

from ..components.component import Component
from ..components.component import PROP
from ..components.props import FLAT
from .event import Event
from .event import marked_in
from .event import parsed
from .inputs import Inputs
from .roles import BINDABLE
from .roles import PRIVATE
from .roles import URL
from .shape import Shape
from .typed import Typed

if TYPE_CHECKING:
    from ..config import Settings
    from .component import LiveComponent
    from .uploads.declared import UploadField

OWN = (
    Component.__module__, "quart_hotframe.live.component", "quart_hotframe.live.form",
    "quart_hotframe.live_models.component",
)  # fmt: skip
"""The modules of the classes whose names cannot be fields."""
HELPER = "upload"
"""What templates of components that take files write attributes with."""
MEMO = "memo"
"""The name under which :class:`Memo` is written down."""


class SeenRow(TypedDict):
    """The row that a component shows.

    ``version`` is that of the row, ``since`` the first version of the component that shows it.
    ``conflict`` says that the last event was not run, because somebody else has changed the row.
    """

    version: str | None
    since: int
    conflict: bool


class Memo(TypedDict):
    """What is written down beside the fields.

    ``refused`` is what somebody typed that does not fit a bound field, and what is wrong with it.
    ``children`` are the live components within, by id: what they were given, and the version of
    this one that brought them. ``form`` is what was typed into the form, ``row`` the row of a
    database that it shows, if it has one. ``said`` is what a handler says of fields. ``slots`` are
    those that the page has filled. ``waits`` says that it was not mounted yet.
    """

    refused: dict[str, tuple[Any, list[str]]]
    children: dict[str, tuple[str, int]]
    form: NotRequired[Typed]
    said: NotRequired[dict[str, list[str]]]
    slots: NotRequired[list[str]]
    waits: NotRequired[bool]
    row: NotRequired[SeenRow]


def new_memo() -> Memo:
    """Return what is written down of a component that begins."""
    return {"refused": {}, "children": {}}


class Field(NamedTuple):
    """One field that is no prop."""

    name: str
    annotation: Any
    roles: frozenset[Any]
    default: Any

    def fresh(self) -> Any:
        """Return the default, which no other instance has."""
        return self.default if type(self.default) in FLAT else copy.deepcopy(self.default)


class Described:
    """Fields and events of a class.

    ``state`` is what is written down: props, and all fields that are not private. ``uploads`` are
    the fields for files: ``files`` checks what they hold, and ``each_file`` what a page wants to
    send.

    :raises TypeError: a field or an event cannot be used.
    """

    def __init__(self, kind: type[LiveComponent]) -> None:
        hints = _hints(kind)
        props = {name: one for name, one in hints.items() if PROP in _roles(one)}
        self.fields = {one.name: one for one in _fields(kind, hints)}
        self.uploads = _uploads(kind, self.fields)
        kept = {n: f.annotation for n, f in self.fields.items() if PRIVATE not in f.roles}
        kept |= {name: one.stored for name, one in self.uploads.items()}
        written = {**{name: get_args(one)[0] for name, one in props.items()}, **kept}
        self.names = tuple(written)
        self.props = Shape(f"{kind.__name__} props", {n: written[n] for n in props})
        absent = frozenset({*kept, MEMO})
        self.state = Shape(f"{kind.__name__} state", {**written, MEMO: Memo}, absent)
        writable = {n: f.annotation for n, f in self.fields.items() if BINDABLE in f.roles}
        self.writable = Shape(f"{kind.__name__} fields", writable, frozenset(writable))
        query = {n: f.annotation for n, f in self.fields.items() if URL in f.roles}
        self.query = Shape(f"{kind.__name__} query", query, frozenset(query))
        self.inputs: Inputs = kind._hotframe_inputs(self)
        self.events = {
            name: Event(name, function, self.inputs.model) for name, function in marked_in(kind)
        }
        if self.uploads:
            self._take_files(kind)
        self.streams = kind._hotframe_follows or any(one.streams for one in self.events.values())
        self.limits = parsed(kind.limits)
        self.submits = next((name for name, one in self.events.items() if one.takes), "")
        """The event that Enter in a field of the form asks for."""
        self.inputs.check_class(kind)

    def _take_files(self, kind: type[LiveComponent]) -> None:
        from .uploads.changing import CHANGE  # with pydantic, and few apps take files
        from .uploads.changing import change_files

        if CHANGE in self.events:
            raise TypeError(f"{kind.__name__}.{CHANGE}() has the name of an event of its files")
        self.events[CHANGE] = Event(CHANGE, change_files)
        of, names = f"{kind.__name__} files", frozenset(self.uploads)
        self.files = Shape(of, {n: one.annotation for n, one in self.uploads.items()}, names)
        self.each_file = Shape(of, {n: one.each for n, one in self.uploads.items()}, names)

    def room(self, settings: Settings) -> int:
        """Return how many bytes of files may come at once."""
        usual, files = settings.live_upload_max_bytes, settings.live_upload_files
        fields = self.uploads.values()
        return sum(one.most(usual) * (files if one.many else 1) for one in fields)

    def tokens(self, component: LiveComponent) -> set[str] | None:
        """Return what the files of a component are found by, ``None`` where it takes none."""
        if not self.uploads:
            return None
        held = vars(component)
        fields = self.uploads.values()
        return {one.token for field in fields for one in field.files_in(held[field.name])}

    def dump(self, component: LiveComponent) -> bytes:
        """Return the state of a component as JSON.

        :raises PydanticSerializationError: a field holds what is not of its type.
        """
        held = vars(component)
        values = {name: held[name] for name in self.names}
        values[MEMO] = component._memo
        return self.state.dump(values)

    def differences(self, component: LiveComponent, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of a component that are not as :meth:`plain` had them."""
        now = self.plain(component)
        return {name: one for name, one in now.items() if one != before.get(name)}

    def plain(self, component: LiveComponent) -> dict[str, Any]:
        """Return the fields of a component as JSON has them, without its props."""
        held = json.loads(self.dump(component))
        return {name: held[name] for name in self.names if name in self.fields}

    def is_list(self, name: str) -> bool:
        """Whether a field has several values, as a form sends them."""
        return get_origin(self._annotated(name)) in (list, set, frozenset, tuple)

    def is_flag(self, name: str) -> bool:
        """Whether a field is true or false, so that a form sends it or does not."""
        return self._annotated(name) is bool

    def _annotated(self, name: str) -> Any:
        kind = self.fields[name].annotation
        return get_args(kind)[0] if get_origin(kind) is Annotated else kind

    def restore(self, component: LiveComponent, values: Mapping[str, Any]) -> None:
        """Give a component a state of JSON values; fields that are not in it stay as they are.

        :raises Misfit: a value does not fit, or a prop is missing.
        """
        found = self.state.load(json.dumps(values).encode())
        memo = found.pop(MEMO, None)
        vars(component).update(found)
        if memo is not None:
            vars(component)["_memo"] = memo


def described(kind: type[LiveComponent]) -> Described:
    """Return what a class says; kept with the class, so that it goes with it.

    :raises TypeError: a field or an event cannot be used.
    """
    known: Described | None = vars(kind).get("_hotframe_described")
    if known is None:
        known = Described(kind)
        kind._hotframe_described = known
    return known


def _hints(kind: type[Any]) -> dict[str, Any]:
    try:
        return get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise TypeError(f"The annotations of {kind.__name__} cannot be read: {error}") from error


def _uploads(kind: type[Any], fields: Mapping[str, Field]) -> dict[str, UploadField]:
    if "quart_hotframe.forms.upload" not in sys.modules:  # it brings pydantic
        return {}
    from .uploads.declared import upload_field

    found = {}
    for name, one in fields.items():
        where = f"{kind.__name__}.{name}"
        field = upload_field(name, where, one.annotation, one.default)
        if field is None:
            continue
        if one.roles:
            raise TypeError(f"{where} is for files: leave out Bindable, Private and Url")
        found[name] = field
    if found and HELPER in fields:
        raise TypeError(f"{kind.__name__}.{HELPER} cannot be a field: templates have that name")
    return found


def _roles(annotation: Any) -> frozenset[Any]:
    if get_origin(annotation) is not Annotated:
        return frozenset()
    return frozenset(one for one in get_args(annotation)[1:] if type(one) is type(PROP))


def _fields(kind: type[Any], hints: Mapping[str, Any]) -> Iterator[Field]:
    taken = {name for base in kind.__mro__ if base.__module__ in OWN for name in vars(base)}
    for name, annotation in hints.items():
        roles = _roles(annotation)
        if get_origin(annotation) is ClassVar or annotation is ClassVar or PROP in roles:
            continue
        where = f"{kind.__name__}.{name}"
        if name.startswith("_") or name == MEMO or name in taken:
            raise TypeError(f"{where} cannot be a field: choose another name")
        if roles & {BINDABLE, URL} and PRIVATE in roles:
            raise TypeError(f"{where} is Private, so the page cannot have it")
        if not hasattr(kind, name):
            raise TypeError(f"{where} needs a default, which it has until mount() sets it")
        yield Field(name, annotation, roles, getattr(kind, name))
