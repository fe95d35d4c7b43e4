"""One component of one owner: what its template and its class say, found when it is loaded."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from functools import cached_property
from pathlib import Path

from jinja2 import Environment
from jinja2 import nodes
from jinja2 import TemplateSyntaxError
from markupsafe import Markup

from ..errors import ComponentError
from ..pieces import is_brought_by
from .assets import Asset
from .component import Component
from .component import declared_in
from .keeping import check_cached
from .keeping import PERSONAL
from .props import Prop
from .props import Props
from .tags import PAGE
from .tags import PREFIX
from .tags import SLOT
from .tags import Slot

NOTHING = Markup("")
RENDER = "render_component"
SLOTS = "slots"
OWN = ("attributes", PAGE)
RESERVED = (*OWN, SLOTS, RENDER, "caller", "varargs", "kwargs", "self")
"""Names that a component's template has already, or that a macro cannot take."""

LIVE = "hotframe_live"
"""The name in a live component's template for what shows it."""

REFUSED: dict[type[nodes.Node], str] = {
    nodes.Block: "{% block %} does nothing in a component: write {% slot %}.",
    nodes.Extends: "A component cannot extend a template: use another component in it.",
    nodes.ScopedEvalContextModifier: "{% autoescape %} cannot stand in a component, whose template "
    "serves many requests at once: write |safe where a text is HTML.",
}


@dataclass(eq=False)
class Definition:
    """What a use of a component needs to know.

    :param slots: the names that may be filled, with those of what the place gives.
    :param places: the slots that its template prints, each of which is a parameter of its macro.
    :param asks: ``slots`` and ``render_component``, where its template has these names.
    :param extras: the names in its template that :meth:`.Component.context` may give.
    :param parameters: the parameters of its macro, in order.
    :param source: the text of its template, as one macro.
    :param assets: its style and script.
    :param personal: a name in its template that depends on who asks, ``""`` if there is none.
    :param cached: whether its markup is kept for everybody.
    :param uses_page: whether its template has what may ask for values of the page around it.
    """

    owner: str
    name: str
    file: Path
    kind: type[Component] | None
    props: Props
    contexts: Props
    slots: Mapping[str, tuple[str, ...]]
    places: tuple[str, ...]
    takes_attributes: bool
    asks: tuple[str, ...]
    extras: tuple[str, ...]
    parameters: tuple[str, ...]
    source: str = field(repr=False)
    assets: tuple[Asset, ...] = ()
    personal: str = ""
    cached: bool = False
    uses_page: bool = True

    @property
    def lives(self) -> bool:
        """Whether it is a live component, which is rendered again without its page."""
        return self.kind is not None and self.kind._hotframe_show is not None

    @cached_property
    def full_name(self) -> str:
        """Its name with that of its owner, as ``shop:card``."""
        return f"{self.owner}:{self.name}"

    def elements(self) -> Markup:
        """Return what loads its assets, unless what is rendered now has it already."""
        if not self.assets or not is_brought_by(self.full_name):
            return NOTHING
        return NOTHING.join(asset.element() for asset in self.assets)

    @property
    def template(self) -> str:
        """The name of its template; it ends as that of its file, which decides what is escaped."""
        return f"{PREFIX}{self.owner}/{self.file.name}"

    @cached_property
    def prepares(self) -> bool:
        """Whether its class has something to say at each use."""
        return self.kind is not None and (
            self.kind.context is not Component.context or self.kind.provide is not Component.provide
        )


def define(
    environment: Environment, owner: str, name: str, file: Path, source: str,
    kind: type[Component] | None = None, assets: tuple[Asset, ...] = (),
) -> Definition:  # fmt: skip
    """Read a component.

    :raises ComponentError: with file and line, when the template or the class is wrong.
    """
    tree = _parse(environment, f"{PREFIX}{owner}/{file.name}", file, source)
    _refuse(tree, file)
    props, contexts = _props(tree, file, kind)
    loaded = {one.name for one in tree.find_all(nodes.Name) if one.ctx == "load"}
    for one in (*props.names, *contexts.names):
        if one in RESERVED:
            raise ComponentError(f"{one!r} cannot be a prop: choose another name.", file=file)
    declared = (*(one.name for one in props), *(one.name for one in contexts))
    lives = kind is not None and kind._hotframe_show is not None
    prepares = lives or (kind is not None and kind.context is not Component.context)
    named = (one for one in loaded - {*declared, *RESERVED} if _can_be_given(one))
    extras = tuple(sorted(named)) if prepares else ()
    asks = tuple(one for one in (SLOTS, RENDER) if one in loaded)
    found = _places(tree, file)
    places = tuple(sorted(found))
    slots = dict.fromkeys(_asked(tree), ()) | found
    lines = {one.name: one.lineno for one in tree.find_all(nodes.Name)}
    free = {one: lines[one] for one in loaded - {*declared}}
    cached = kind is not None and kind.cache is not None
    if lives:
        _refuse_from_page(file, free, contexts.names)
        _refuse_passing_slots(tree, file)
    if kind is not None and cached:
        check_cached(kind, file, free, contexts.names, sorted(slots))
    parameters = (*declared, *extras, *OWN, *(f"{SLOT}{one}" for one in places), *asks)
    return Definition(
        owner, name, file, kind, props, contexts, slots,
        places, "attributes" in loaded, asks, extras, parameters,
        _as_macro(environment, parameters, source), assets,
        min(PERSONAL & free.keys(), default=""), cached, not loaded.isdisjoint((PAGE, RENDER)),
    )  # fmt: skip


def _can_be_given(name: str) -> bool:
    return not name.startswith("hotframe_") or name == LIVE


def _refuse_from_page(file: Path, free: Mapping[str, int], contexts: Iterable[str]) -> None:
    """Refuse what a live component cannot have when it is rendered again, without its page.

    :raises ComponentError: with file and line.
    """
    for name in contexts:
        what = f"{name!r} comes from around it, and a live component is rendered again alone"
        raise ComponentError(f"{what}: make it a Prop.", file=file.with_suffix(".py"))
    if "attributes" in free:
        what = "The element around a live component has its attributes already"
        raise ComponentError(f"{what}: take {{{{ attributes }}}} out.", file=file,
                             line=free["attributes"])  # fmt: skip


def _refuse_passing_slots(node: nodes.Node, file: Path, within: str = "") -> None:
    """Refuse slots of a live component that come and go: only the page has what is in them.

    :raises ComponentError: with file and line.
    """
    slot: Slot | None = getattr(node, "hotframe_slot", None)
    if slot is not None and slot.gives:
        what = f"The slot {slot.name!r} of a live component is filled once, so it gives no values"
        raise ComponentError(f"{what}.", file=file, line=node.lineno)
    if slot is not None and within:
        what = (
            f"The slot {slot.name!r} stands in {{% {within} %}}, but only the page has its content"
        )
        raise ComponentError(
            f"{what}: let it stand there always, and hide it with the attribute 'hidden'.",
            file=file, line=node.lineno,
        )  # fmt: skip
    if slot is None and isinstance(node, (nodes.If, nodes.For)):
        within = type(node).__name__.lower()
    for child in node.iter_child_nodes():
        _refuse_passing_slots(child, file, within)


def _parse(environment: Environment, template: str, file: Path, source: str) -> nodes.Template:
    try:
        return environment.parse(source, template, str(file))
    except TemplateSyntaxError as error:
        raise ComponentError(str(error.message), file=file, line=error.lineno) from error


def _refuse(tree: nodes.Template, file: Path) -> None:
    for node in tree.find_all(tuple(REFUSED)):
        raise ComponentError(REFUSED[type(node)], file=file, line=node.lineno)


def _props(tree: nodes.Template, file: Path, kind: type[Component] | None) -> tuple[Props, Props]:
    tags = [one for one in tree.find_all(nodes.Output) if hasattr(one, "hotframe_props")]
    if kind is not None:
        if tags:
            raise ComponentError(
                f"The props stand in {kind.__name__} already: take {{% props %}} out.",
                file=file, line=tags[0].lineno,
            )  # fmt: skip
        try:
            declaration = declared_in(kind)
            kind._hotframe_read()
        except TypeError as error:
            raise ComponentError(f"{error}.", file=file.with_suffix(".py")) from error
        return declaration.props, declaration.contexts
    if len(tags) > 1:
        raise ComponentError("{% props %} stands there twice.", file=file, line=tags[1].lineno)
    found: list[Prop] = getattr(tags[0], "hotframe_props", []) if tags else []
    return Props(found), Props([])


def _places(tree: nodes.Template, file: Path) -> dict[str, tuple[str, ...]]:
    """Return the slots that a template prints, with the names of what is given there."""
    found: dict[str, tuple[str, ...]] = {}
    for node in tree.find_all(nodes.If):
        slot: Slot | None = getattr(node, "hotframe_slot", None)
        if slot is None:
            continue
        if slot.takes:
            what = "'let' takes values directly in {% component %}. This is the place of a slot"
            raise ComponentError(f"{what}: write row=row.", file=file, line=node.lineno)
        if set(found.setdefault(slot.name, slot.gives)) != set(slot.gives):
            what = f"The places of the slot {slot.name!r} give different values"
            raise ComponentError(f"{what}: give the same in all.", file=file, line=node.lineno)
    return found


def _asked(tree: nodes.Template) -> Iterator[str]:
    """Yield the slots that a template asks about: ``slots.footer``."""
    for item in tree.find_all(nodes.Getitem):
        if _is_slots(item.node) and isinstance(item.arg, nodes.Const):
            yield str(item.arg.value)
    for attribute in tree.find_all(nodes.Getattr):
        if _is_slots(attribute.node):
            yield attribute.attr


def _is_slots(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == SLOTS


def _as_macro(environment: Environment, parameters: tuple[str, ...], source: str) -> str:
    """Return the source of a template that is one macro; all stays in its line."""
    start, end = environment.block_start_string, environment.block_end_string
    if not environment.keep_trailing_newline:
        source = source.removesuffix("\n")
    head = f"{start}+ macro component({', '.join(parameters)}) +{end}"
    return f"{head}{source}{start}+ endmacro {end}"
