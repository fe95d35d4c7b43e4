"""Whether this environment has what a manifest asks for; nothing is ever installed here."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version

from ..errors import RequirementNotMet
from .manifest import Manifest


@dataclass(frozen=True)
class _Fault:
    text: str
    install: str = ""
    """What to give to pip, if pip can put it right."""


def check_environment(manifest: Manifest) -> None:
    """Make sure that Python, HotFrame, Quart and the installed packages fit a manifest.

    What is installed counts, pre-releases too. Environment markers are honoured.

    :raises RequirementNotMet: naming everything that does not fit, with the command to run.
    """
    faults = [*_python_faults(manifest), *_host_faults(manifest), *_package_faults(manifest)]
    if faults:
        raise RequirementNotMet(
            f"The module {manifest.name!r} does not fit this environment: "
            f"{'; '.join(fault.text for fault in faults)}.{_advice(faults)}",
            module=manifest.name,
        )


def _python_faults(manifest: Manifest) -> Iterator[_Fault]:
    python = ".".join(str(number) for number in sys.version_info[:3])
    if not manifest.requires_python.contains(python):
        yield _Fault(f"it needs Python {manifest.requires_python}, this is {python}")


def _host_faults(manifest: Manifest) -> Iterator[_Fault]:
    hosts = (
        ("quart-hotframe", manifest.requires_hotframe),
        ("quart", manifest.requires_quart),
    )
    for distribution, wanted in hosts:
        problem = _problem(distribution, wanted) if wanted else ""
        if problem:
            yield _Fault(problem, f"{distribution}{wanted}")


def _package_faults(manifest: Manifest) -> Iterator[_Fault]:
    for asked in manifest.packages:
        if asked.marker is not None and not asked.marker.evaluate():
            continue
        problem = _problem(asked.name, asked.specifier) or _problem_of_extras(asked)
        if problem:
            extras = f"[{','.join(sorted(asked.extras))}]" if asked.extras else ""
            yield _Fault(problem, f"{asked.name}{extras}{asked.specifier}")


def _problem(distribution: str, wanted: SpecifierSet) -> str:
    """Return why an installed distribution does not fit, or ``""``."""
    installed = _installed(distribution)
    asked = f"it needs {distribution}{wanted}"
    if installed is None:
        return f"{asked}, which is not installed"
    try:
        fits = wanted.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return f"{asked}, but the installed version {installed!r} cannot be understood"
    return "" if fits else f"{asked}, installed is {installed}"


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _problem_of_extras(asked: Requirement) -> str:
    """Return what the extras of ``redis[hiredis]`` ask for in vain, one level deep, or ``""``."""
    if not asked.extras:
        return ""
    needed = (Requirement(text) for text in metadata.requires(asked.name) or [])
    problems = (_problem(one.name, one.specifier) for one in needed if _is_of_extras(one, asked))
    return " and ".join(f"{problem} (for {asked})" for problem in problems if problem)


def _is_of_extras(needed: Requirement, asked: Requirement) -> bool:
    if needed.marker is None or needed.marker.evaluate({"extra": ""}):
        return False
    return any(needed.marker.evaluate({"extra": extra}) for extra in asked.extras)


def _advice(faults: list[_Fault]) -> str:
    wanted = [fault.install for fault in faults if fault.install]
    if not wanted:
        return f" Run it on another Python than {sys.executable}."
    return f" Run: {shlex.join([sys.executable, '-m', 'pip', 'install', *wanted])}"
