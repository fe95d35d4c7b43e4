"""Which module needs which: order, what is missing, who depends on whom.

Nothing here reads files. Every function takes the manifests that count (for instance those of
all enabled modules). A *required* module must be there in an accepted version. An *optional*
one counts for the order when it is there in an accepted version, else as absent.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from graphlib import CycleError
from graphlib import TopologicalSorter
from heapq import heapify
from heapq import heappop
from heapq import heappush
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier
from packaging.specifiers import SpecifierSet

from ..errors import DependencyCycle
from ..errors import DependencyError
from ..errors import DependencyMissing
from ..errors import ModuleNotFound
from ..errors import nearest

if TYPE_CHECKING:
    from .manifest import Manifest

NAME = re.compile(r"[a-z][a-z0-9_]{0,49}", re.ASCII)
"""The form of a module's name."""

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*([^\s].*)?", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """One module that another needs: ``catalog>=2,<3``."""

    name: str
    specifier: SpecifierSet

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read ``name`` or ``name>=1,<2``; brackets, extras and markers are not allowed.

        :raises ValueError: saying what is wrong with the text.

        >>> str(Requirement.parse("catalog >=2, <3"))
        'catalog<3,>=2'
        """
        found = _REQUIREMENT.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no requirement. Write for example 'catalog>=2,<3'.")
        name, rest = found[1], (found[2] or "").strip()
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no module's name. {_name_hint(name)}")
        return cls(name, _specifier(text, rest))

    def accepts(self, version: str) -> bool:
        """Say whether this version is in range; a pre-release that is there counts."""
        return self.specifier.contains(version, prereleases=True)

    def __str__(self) -> str:
        return f"{self.name}{self.specifier}"


@dataclass(frozen=True)
class Missing:
    """A requirement that is not met."""

    module: str
    requirement: Requirement
    found: str | None
    """The version that is there, or ``None``."""
    hint: str = ""

    def __str__(self) -> str:
        wants = f"{self.module!r} needs {str(self.requirement)!r}"
        if self.found is None:
            return f"{wants}, which is not there.{self.hint}"
        return f"{wants}, but there is {self.requirement.name!r} {self.found}."


def order(manifests: Iterable[Manifest]) -> list[str]:
    """Return the names so that every module comes after those it needs.

    The order is the same whatever the order of ``manifests``: alphabetical where it is free.
    Absent modules are passed over; :func:`check` finds them.

    :raises DependencyCycle: if modules need each other; the message shows the circle.
    """
    return _sorted(_graph(_by_name(manifests)))


def missing(manifests: Iterable[Manifest]) -> list[Missing]:
    """Return every requirement that is not met, in the order of names."""
    known = _by_name(manifests)
    return _missing(known.values(), known)


def unused_optional(manifests: Iterable[Manifest]) -> list[Missing]:
    """Return every optional requirement whose module is there in a version out of range.

    Such a module is treated as absent for the one that would like it.
    """
    known = _by_name(manifests)
    return [
        Missing(manifest.name, wanted, known[wanted.name].version)
        for manifest in known.values()
        for wanted in manifest.optional
        if wanted.name in known and not wanted.accepts(known[wanted.name].version)
    ]


def check(manifests: Iterable[Manifest]) -> None:
    """Make sure that every requirement is met and that there is no circle.

    :raises DependencyMissing: naming every requirement that is not met.
    :raises DependencyCycle: if modules need each other.
    """
    known = _by_name(manifests)
    _refuse(_missing(known.values(), known))
    _sorted(_graph(known))


def dependents(
    name: str,
    manifests: Iterable[Manifest],
    transitive: bool = True,
    *,
    optional: bool = False,
) -> list[str]:
    """Return the modules that need ``name``, in the order in which they must be stopped.

    :param name: the module that others may need; it is not in the result itself.
    :param manifests: the manifests that count.
    :param transitive: also those that need it through others.
    :param optional: also those that merely use it (they must be loaded anew when it changes).
    :raises ModuleNotFound: if there is no such module.
    """
    known = _by_name(manifests)
    _refuse_unknown(name, known)
    graph = _graph(known) if optional else _required_graph(known)
    found = {one for one, needs in graph.items() if name in needs}
    if transitive:
        found = _reached(name, _reversed(graph)) - {name}
    return order(known[one] for one in found)[::-1]


def closure(name: str, manifests: Iterable[Manifest]) -> list[str]:
    """Return all that must be enabled for ``name`` to work, in order, ``name`` being the last.

    Optional modules are not in it, but those that are in it for another reason come first.

    :raises ModuleNotFound: if there is no such module.
    :raises DependencyMissing: if something in it is absent or out of range.
    :raises DependencyCycle: if modules in it need each other.
    """
    known = _by_name(manifests)
    _refuse_unknown(name, known)
    needed = _reached(name, _required_graph(known))
    chosen = [known[one] for one in sorted(needed)]
    _refuse(_missing(chosen, known))
    return order(chosen)


def suggestion(name: str, names: Collection[str]) -> str:
    """Return ``" Did you mean 'my_mod'?"`` for a name in another spelling, or ``""``.

    >>> suggestion("My-Mod", ["my_mod"])
    " Did you mean 'my_mod'?"
    """
    return nearest(normalised(name), names)


def normalised(name: str) -> str:
    """Return the name in the spelling of modules: ``My-Mod`` is ``my_mod``."""
    return re.sub(r"[-_. ]+", "_", name.strip()).lower()


def _name_hint(name: str) -> str:
    proper = normalised(name)
    if NAME.fullmatch(proper):
        return f"Write {proper!r}."
    return "Use small letters, digits and '_', beginning with a letter, at most 50."


def _specifier(text: str, rest: str) -> SpecifierSet:
    if rest[:1] in ("[", "(", "@", ";") or ";" in rest:
        raise ValueError(f"{text!r}: only a name and versions, for example 'catalog>=2,<3'.")
    try:
        return SpecifierSet(rest)
    except InvalidSpecifier:
        problem = f"{rest!r} in {text!r} is not a version range."
        raise ValueError(f"{problem} Write for example 'catalog>=2,<3'.") from None


def _by_name(manifests: Iterable[Manifest]) -> dict[str, Manifest]:
    known: dict[str, Manifest] = {}
    for manifest in sorted(manifests, key=lambda manifest: manifest.name):
        if manifest.name in known:
            raise DependencyError(
                f"Two modules are named {manifest.name!r}. Remove one.", module=manifest.name
            )
        known[manifest.name] = manifest
    return known


def _missing(chosen: Iterable[Manifest], known: Mapping[str, Manifest]) -> list[Missing]:
    found = []
    for manifest in chosen:
        for wanted in manifest.requires:
            there = known.get(wanted.name)
            if there is None:
                hint = suggestion(wanted.name, known.keys() - {manifest.name})
                found.append(Missing(manifest.name, wanted, None, hint))
            elif not wanted.accepts(there.version):
                found.append(Missing(manifest.name, wanted, there.version))
    return found


def _refuse(faults: list[Missing]) -> None:
    if faults:
        text = " ".join(str(fault) for fault in faults)
        advice = "Install and enable what is missing, or change 'requires' in module.toml."
        raise DependencyMissing(f"{text} {advice}", module=faults[0].module)


def _refuse_unknown(name: str, known: Mapping[str, Manifest]) -> None:
    if name not in known:
        hint = suggestion(name, known.keys())
        raise ModuleNotFound(f"There is no module {name!r}.{hint}", module=name)


def _required_graph(known: Mapping[str, Manifest]) -> dict[str, set[str]]:
    return {
        name: {wanted.name for wanted in manifest.requires if wanted.name in known}
        for name, manifest in known.items()
    }


def _graph(known: Mapping[str, Manifest]) -> dict[str, set[str]]:
    graph = _required_graph(known)
    for name, manifest in known.items():
        for wanted in manifest.optional:
            if wanted.name in known and wanted.accepts(known[wanted.name].version):
                graph[name].add(wanted.name)
    return graph


def _reversed(graph: Mapping[str, set[str]]) -> dict[str, set[str]]:
    return {name: {one for one in graph if name in graph[one]} for name in graph}


def _reached(start: str, graph: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(graph[name])
    return reached


def _sorted(graph: Mapping[str, set[str]]) -> list[str]:
    sorter = TopologicalSorter({name: sorted(graph[name]) for name in sorted(graph)})
    try:
        sorter.prepare()
    except CycleError as error:
        raise _cycle(error.args[1]) from None
    ready = list(sorter.get_ready())
    heapify(ready)
    names = []
    while ready:
        names.append(heappop(ready))
        sorter.done(names[-1])
        for name in sorter.get_ready():
            heappush(ready, name)
    return names


def _cycle(found: list[str]) -> DependencyCycle:
    # graphlib gives "needed before", so the arrow "needs" runs the other way.
    circle = found[:0:-1]
    start = circle.index(min(circle))
    turned = circle[start:] + circle[:start]
    shown = " → ".join([*turned, turned[0]])
    return DependencyCycle(
        f"Modules need each other: {shown}. Take one of these requirements out.",
        module=turned[0],
    )
