"""Modules and past operations as tables."""

from __future__ import annotations

import time
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..extension import HotFrame
from ..modules.state import History
from .condition import Condition
from .condition import condition_of
from .printing import print_fields
from .printing import print_json
from .printing import print_table
from .printing import talk


@dataclass(frozen=True)
class Overview:
    """All modules, and the folders that are none because their manifest is wrong."""

    modules: Sequence[Condition]
    faults: Mapping[str, str]
    folder: Path
    """The modules folder."""


async def overview(hotframe: HotFrame) -> Overview:
    """Return what there is."""
    manager = hotframe.modules
    troubles = await manager.troubles()
    modules = [condition_of(one, troubles) for one in manager]
    return Overview(modules, manager.faults, manager.library.project)


async def record(hotframe: HotFrame, name: str) -> Condition:
    """Return the record of one module.

    :raises ModuleNotFound: with the nearest name.
    """
    return condition_of(hotframe.modules[name], await hotframe.modules.troubles())


def print_modules(found: Overview, *, as_json: bool) -> None:
    """Print one line a module; what is wrong with workers and folders goes to stderr."""
    if as_json:
        print_json([one.to_dict() for one in found.modules])
    elif found.modules:
        records = [one.module for one in found.modules]
        rows = [(one.name, one.version, one.state, one.title) for one in records]
        print_table(("NAME", "VERSION", "STATE", "TITLE"), rows)
    else:
        absent = "" if found.folder.is_dir() else ", which does not exist"
        talk(f"There are no modules in {found.folder}{absent}.")
    for one in found.modules:
        for sentence in one.sentences:
            talk(f"{one.module.name} is {sentence}")
    for name, fault in found.faults.items():
        talk(f"The folder {name!r} is no module: {fault}")


def print_module(found: Condition, *, as_json: bool) -> None:
    """Print the fields of one module."""
    if as_json:
        print_json(found.to_dict())
        return
    module = found.module
    settings = module.settings.shown()
    print_fields({
        "name": module.name,
        "title": module.title,
        "version": module.version,
        "state": module.state,
        "workers": "\n".join(found.sentences),
        "error": module.error,
        "still running": module.failed_unload,
        "source": module.source,
        "version before": module.previous_version,
        "requires": ", ".join(module.requires),
        "settings": "\n".join(f"{name} = {value!r}" for name, value in settings.items()),
    })  # fmt: skip


def print_operations(found: Sequence[History], *, as_json: bool) -> None:
    """Print one line an operation."""
    if as_json:
        print_json([{"id": one.id, "entries": list(one.entries)} for one in found])
        return
    if not found:
        talk("There were no operations.")
        return
    rows = [(when(one), kind(one), name(one), ended(one), by(one), one.error or "")
            for one in found]  # fmt: skip
    print_table(("TIME", "OPERATION", "MODULE", "ENDED", "BY", "ERROR"), rows)


def when(history: History) -> str:
    """Return when an operation began, in local time."""
    return clock(history.entries[0]["time"]) if history.entries else ""


def clock(seconds: float) -> str:
    """Return a moment in local time; *seconds* count from the epoch."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def kind(history: History) -> str:
    """Return what an operation was asked to do."""
    return _first(history, "kind")


def name(history: History) -> str:
    """Return the module that an operation was about."""
    return _first(history, "module")


def by(history: History) -> str:
    """Return who asked for an operation: ``"ann (command 4711)"``."""
    author = history.by
    return f"{author['user']} ({author['process']} {author['pid']})" if author else ""


def ended(history: History) -> str:
    """Return how an operation ended, or the phase in which it is."""
    phases = [str(entry["phase"]) for entry in history.entries if "phase" in entry]
    return phases[-1] if phases else ""


def _first(history: History, key: str) -> str:
    return next((str(entry[key]) for entry in history.entries if key in entry), "")
