"""What a change will do, as a printable value; applying it does exactly that."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from packaging.version import Version

from ..errors import DependentsRemain
from ..errors import ModuleNotFound
from ..errors import ModuleStateError
from ..errors import nearest
from . import cascade as cascading
from . import dependencies
from .library import PROJECT
from .manifest import Manifest
from .schema import Migration
from .state import Wanted

Lifecycle = tuple[str, str, tuple[Any, ...]]
"""A module, the function of its ``lifecycle.py``, and the arguments."""


BECOMES = {"keep": "kept", "drop": "dropped", "export": "written to a file, then dropped"}
"""What an uninstall does with a module's data."""


@dataclass(frozen=True)
class Step:
    """One step: what is done (``"check"``, ``"load"``, …), to which module, in words."""

    action: str
    module: str
    text: str


@dataclass(frozen=True)
class Plan:
    """All steps of a change. ``print(plan)`` shows it.

    ``target`` is what the store will want; ``before`` and ``after`` are the lifecycle functions
    around the moment from which the new set is served.
    """

    kind: str
    module: str
    steps: tuple[Step, ...]
    target: Mapping[str, Wanted] = field(repr=False)
    reload: tuple[str, ...] = ()
    before: tuple[Lifecycle, ...] = ()
    after: tuple[Lifecycle, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict)
    migrations: tuple[Migration, ...] = ()
    """What it does to tables, in order."""
    closing: tuple[str, ...] = ()
    """The modules whose requests wait while tables change; empty when they may serve meanwhile."""

    def __str__(self) -> str:
        lines = [f"{self.kind} {self.module}"]
        lines += [f"  {number}. {step.text}" for number, step in enumerate(self.steps, 1)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as plain values for JSON."""
        steps = [vars(step) for step in self.steps]
        migrations = [one.to_dict() for one in self.migrations]
        return {
            "kind": self.kind, "module": self.module, "steps": steps, "migrations": migrations,
            "closing": list(self.closing), **self.detail,
        }  # fmt: skip

    @property
    def loses(self) -> tuple[str, ...]:
        """The tables and columns whose data is lost."""
        return tuple(name for one in self.migrations for name in one.loses)

    @property
    def sql(self) -> str:
        """The migrations as SQL."""
        return "".join(f"-- {one.action} {one.module}\n{one.sql}" for one in self.migrations)


class Planner:
    """Plans changes of one state; nothing happens.

    :param modules: what the store wants now.
    :param manifests: the manifests of these modules, and of those that a change brings.
    :param own: the project's own modules that are not in the store yet.
    """

    def __init__(
        self,
        modules: Mapping[str, Wanted],
        manifests: Mapping[str, Manifest],
        own: Mapping[str, Manifest] | None = None,
    ) -> None:
        self.modules = dict(modules)
        self.manifests = {**(own or {}), **manifests}
        self.own = {name: m for name, m in (own or {}).items() if name not in self.modules}

    def knowing(self, manifest: Manifest) -> Planner:
        """Return a planner that takes *manifest* for the module's own."""
        return Planner(self.modules, {**self.manifests, manifest.name: manifest}, self.own)

    def install(self, wanted: Wanted) -> Plan:
        """Plan to take a module into the store, not enabled."""
        name = wanted.name
        if name in self.modules:
            raise ModuleStateError(
                f"{name!r} is installed already, version {self.modules[name].version}: use "
                f"upgrade({name!r}, source).",
                module=name,
            )
        steps = [Step("store", name, f"note {name} {wanted.version} as installed, not enabled")]
        return Plan("install", name, tuple(steps), {**self.modules, name: wanted})

    def enable(self, name: str) -> Plan:
        """Plan to serve a module, what it needs, and what a cascade disabled with it."""
        needed = dependencies.closure(self._known(name).name, self.manifests.values())
        fresh = [one for one in needed if not cascading.is_served(self._known(one))]
        target = {**self.modules, **{one: cascading.enabled(self._known(one)) for one in fresh}}
        back, stay = cascading.come_back(name, target, self.manifests)
        if not fresh and not back:
            raise ModuleStateError(f"{name!r} is enabled already.", module=name)
        before: list[Lifecycle] = []
        for one in [*fresh, *back]:
            if not self._known(one).set_up:
                before.append((one, "install", ()))
            before.append((one, "enable", ()))
        steps = [_load(one, self.manifests[one].version) for one in fresh]
        steps += [_load_again(one, self.manifests[one].version, self.modules) for one in back]
        steps += [_publish(), *self._reloads(target, [*fresh, *back])]
        steps += [Step("store", one, f"leave {one} disabled: {why}") for one, why in stay.items()]
        return Plan("enable", name, tuple(steps), target, before=tuple(before))

    def disable(self, name: str, *, cascade: bool = False, kind: str = "disable") -> Plan:
        """Plan to serve a module no longer, with those that need it when *cascade* is true."""
        wanted = self.installed(name)
        if wanted.disabled_with and not wanted.enabled:
            return self._keep_disabled(wanted)
        if not wanted.enabled:
            raise ModuleStateError(f"{name!r} is not enabled.", module=name)
        others = self._dependents(name)
        if not cascade:
            _refuse_dependents(name, others, kind)
        going = [*others, name]
        target = dict(self.modules)
        cascading.disabled(target, going)
        steps = [_publish(), *(_drain(one) for one in going)]
        steps += [_remember(one, name) for one in others if target[one].disabled_with]
        after = tuple((one, "disable", ()) for one in going)
        return Plan(kind, name, tuple(steps), target, after=after)

    def _keep_disabled(self, wanted: Wanted) -> Plan:
        """Plan that a module that a cascade disabled does not come back by itself."""
        name, other = wanted.name, wanted.disabled_with
        target = {**self.modules, name: replace(wanted, disabled_with=None)}
        step = Step("store", name, f"leave {name} disabled when {other} is enabled again")
        return Plan("disable", name, (step,), target)

    def upgrade(
        self, name: str, new: Wanted, *, allow_downgrade: bool = False, kind: str = "upgrade"
    ) -> Plan:
        """Plan to serve another version in the place of the one that serves."""
        old = self.installed(name)
        manifest = self.manifests[name]
        if kind == "upgrade":
            _refuse_same(old, new)
            if Version(new.version) < Version(old.version) and not allow_downgrade:
                raise ModuleStateError(
                    f"{name} {new.version} is older than {old.version}: use rollback({name!r}), or "
                    "pass allow_downgrade=True (--allow-downgrade).",
                    module=name,
                )
        target = {**self.modules, name: replace(
            old, version=new.version, source=new.source, previous=old.source,
            previous_version=old.version, quarantined=None, error=None, provisional=None,
            one_way=False,
        )}  # fmt: skip
        detail = {"from_version": old.version, "to_version": new.version}
        if not old.enabled:
            step = Step("store", name, f"note {name} {new.version} as installed, not enabled")
            return Plan(kind, name, (step,), target, detail=detail)
        self._check(target, {**self.manifests, name: manifest})
        function = (name, "upgrade", (old.version, new.version))
        steps = [_load(name, new.version), *self._reloads(target, [name])]
        steps += [Step("lifecycle", name, f"run lifecycle.upgrade of {name}, if it has one")]
        steps += [_publish(), _drain(f"{name} {old.version}")]
        return Plan(kind, name, tuple(steps), target, before=(function,), detail=detail)

    def reload(self, name: str) -> Plan:
        """Plan to load a module's files anew, with the modules that need it."""
        old = self.installed(name)
        if not old.enabled:
            raise ModuleStateError(f"{name!r} is not enabled: enable it instead.", module=name)
        version = self.manifests[name].version
        fresh = replace(old, version=version, quarantined=None, error=None)
        target = {**self.modules, name: fresh}
        self._check(target, self.manifests)
        before: tuple[Lifecycle, ...] = ()
        if version != old.version:
            before = ((name, "upgrade", (old.version, version)),)
        steps = [_load(name, version), *self._reloads(target, [name]), _publish(), _drain(name)]
        detail = {"from_version": old.version, "to_version": version}
        return Plan("reload", name, tuple(steps), target, (name,), before, detail=detail)

    def rollback(self, name: str) -> Plan:
        """Plan to serve the version before again, from its own folder."""
        old = self.installed(name)
        if old.previous is None or old.previous_version is None:
            raise ModuleStateError(f"{name!r} has no version to go back to.", module=name)
        back = Wanted(name, old.previous_version, old.previous)
        return self.upgrade(name, back, kind="rollback")

    def take_back(self, name: str, reason: str) -> Plan:
        """Plan to leave a version that failed its trial; without an earlier one it is put away."""
        old = self.installed(name)
        error = f"{old.version}: {reason}"
        if old.previous is None or old.source == PROJECT or old.one_way:
            away = self.disable(name, cascade=True, kind="quarantine")
            wanted = replace(old, provisional=None, quarantined=reason, error=error)
            target = {**away.target, name: wanted}
            return replace(away, target=target, detail={"reason": reason})
        back = self.rollback(name)
        # Nobody goes back to a version that failed.
        left = replace(back.target[name], error=error, previous=None, previous_version=None)
        target, detail = {**back.target, name: left}, {**back.detail, "reason": reason}
        return replace(back, target=target, detail=detail)

    def uninstall(
        self, name: str, *, data: str = "keep", force: bool = False, cascade: bool = False
    ) -> Plan:
        """Plan to remove a module, with all that need it when *cascade* is true.

        :param data: ``"keep"``, ``"drop"`` or ``"export"``, for each of them.
        """
        if data not in BECOMES:
            raise ModuleStateError(
                f"data must be 'keep', 'drop' or 'export', not {data!r}.{nearest(data, BECOMES)}",
                module=name,
            )
        if self.installed(name).enabled and not cascade:
            _refuse_dependents(name, self._dependents(name), "uninstall")
        going = [*(self._dependents(name, enabled=False) if cascade else ()), name]
        for one in going if not force else ():
            self._refuse_protected(one)
        leaving = [one for one in going if self.modules[one].enabled]
        target = {one: wanted for one, wanted in self.modules.items() if one not in going}
        cascading.forget(target, set(going))
        steps = [_publish(), *(_drain(one) for one in leaving)] if leaving else []
        steps += [_remove(self.modules[one], data) for one in going]
        after: list[Lifecycle] = []
        for one in going:
            after += [(one, "disable", ())] if one in leaving else []
            after.append((one, "uninstall", (data == "keep",)))
        detail = {"data": data, "modules": going}
        return Plan("uninstall", name, tuple(steps), target, after=tuple(after), detail=detail)

    def _refuse_protected(self, name: str) -> None:
        manifest = self.manifests.get(name)
        if manifest is not None and manifest.protected:
            raise ModuleStateError(
                f"{name!r} is protected: pass force=True (--force).", module=name
            )

    def _known(self, name: str) -> Wanted:
        if name in self.own:
            return Wanted(name, self.own[name].version, PROJECT)
        return self.installed(name)

    def installed(self, name: str) -> Wanted:
        """Return what the store wants of a module.

        :raises ModuleNotFound: with what to do, or the nearest name.
        """
        if name not in self.modules:
            known = {*self.modules, *self.own}
            hint = f"enable({name!r}) first." if name in self.own else "install it first."
            raise ModuleNotFound(
                f"There is no module {name!r} installed: {hint}{nearest(name, known - {name})}",
                module=name,
            )
        return self.modules[name]

    def _dependents(self, name: str, *, enabled: bool = True) -> list[str]:
        """Return who needs a module, in the order in which they must be stopped."""
        if name not in self.manifests:
            return []
        counts = self._is_enabled if enabled else self.modules.__contains__
        known = [m for n, m in self.manifests.items() if counts(n) or n == name]
        return dependencies.dependents(name, known)

    def _is_enabled(self, name: str) -> bool:
        return name in self.modules and self.modules[name].enabled

    def _check(self, target: Mapping[str, Wanted], manifests: Mapping[str, Manifest]) -> None:
        enabled = [manifests[n] for n, w in target.items() if w.enabled and n in manifests]
        dependencies.check(enabled)

    def _reloads(self, target: Mapping[str, Wanted], changed: Iterable[str]) -> list[Step]:
        enabled = [
            self.manifests[n] for n, w in target.items() if w.enabled and n in self.manifests
        ]
        names = {m.name for m in enabled}
        again = {
            o
            for one in changed
            if one in names
            for o in dependencies.dependents(one, enabled, optional=True)
        }
        return [
            Step("load", one, f"load {one} anew, because it uses what changes")
            for one in sorted(again - set(changed))
            if self._is_enabled(one)
        ]


def _refuse_same(old: Wanted, new: Wanted) -> None:
    if (old.source, old.version) == (new.source, new.version):
        hint = f": use reload({old.name!r})" if old.source == PROJECT else ""
        raise ModuleStateError(f"{old.name} {old.version} is there already{hint}.", module=old.name)


def _load(name: str, version: str) -> Step:
    return Step("load", name, f"load {name} {version} beside what serves, in every worker")


def _load_again(name: str, version: str, modules: Mapping[str, Wanted]) -> Step:
    load = _load(name, version)
    return replace(load, text=f"{load.text}: it was disabled with {modules[name].disabled_with}")


def _remember(name: str, other: str) -> Step:
    return Step("store", name, f"enable {name} again when {other} is enabled again")


def _publish() -> Step:
    return Step("publish", "", "serve the new set from one moment on, in every worker")


def _drain(name: str) -> Step:
    return Step("drain", name, f"let the last requests of {name} end, then forget its code")


def _remove(wanted: Wanted, data: str) -> Step:
    what = "the record" if wanted.source == PROJECT else "the record and the files"
    text = f"remove {what} of {wanted.name}; its data is {BECOMES[data]}"
    return Step("remove", wanted.name, text)


def _refuse_dependents(name: str, others: list[str], kind: str) -> None:
    if others:
        raise DependentsRemain(
            f"{name!r} is needed by {', '.join(others)}: {kind} them first, or pass cascade=True "
            f"(--cascade) to {kind} them too.",
            module=name,
        )
