"""Whether this environment has what a manifest asks for; nothing is ever installed here."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from importlib import metadata

from packaging.requirements import InvalidRequirement
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion
from packaging.version import Version

from ..errors import RequirementNotMet
from .manifest import Manifest


def check_environment(manifest: Manifest) -> None:
    """Make sure that Python, HotFrame, Quart and the installed packages fit a manifest.

    What is installed counts, pre-releases too. Environment markers are honoured.

    :raises RequirementNotMet: naming everything that does not fit, with the command to run.
    """
    faults = [*_host_faults(manifest), *_package_faults(manifest)]
    if faults:
        raise RequirementNotMet(
            f"The module {manifest.name!r} does not fit this environment: {'; '.join(faults)}."
            f"{_command(manifest)}",
            module=manifest.name,
        )


def _host_faults(manifest: Manifest) -> Iterator[str]:
    python = ".".join(str(number) for number in sys.version_info[:3])
    if not manifest.requires_python.contains(python, prereleases=True):
        yield f"it needs Python {manifest.requires_python}, this is {python}"
    for distribution, wanted in _host_ranges(manifest):
        fault = _fault(distribution, wanted) if wanted else None
        if fault:
            yield fault


def _host_ranges(manifest: Manifest) -> tuple[tuple[str, SpecifierSet], ...]:
    return (
        ("quart-hotframe", manifest.requires_hotframe),
        ("quart", manifest.requires_quart),
    )


def _package_faults(manifest: Manifest) -> Iterator[str]:
    for requirement in _applicable(manifest):
        fault = _fault(requirement.name, requirement.specifier)
        yield from [fault] if fault else _extras_faults(requirement)


def _applicable(manifest: Manifest) -> list[Requirement]:
    return [one for one in manifest.packages if one.marker is None or one.marker.evaluate()]


def _fault(distribution: str, wanted: SpecifierSet) -> str | None:
    installed = _installed(distribution)
    asked = f"it needs {distribution}{wanted}"
    if installed is None:
        return f"{asked}, which is not installed"
    try:
        fits = wanted.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return f"{asked}, the installed version {installed!r} cannot be understood"
    return None if fits else f"{asked}, installed is {installed}"


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _extras_faults(requirement: Requirement) -> Iterator[str]:
    """Yield what an extra asks for (``redis[hiredis]``) and is not there, one level deep."""
    for text in (metadata.requires(requirement.name) or []) if requirement.extras else []:
        try:
            needed = Requirement(text)
        except InvalidRequirement:
            continue
        fault = (
            _fault(needed.name, needed.specifier) if _is_of_extras(needed, requirement) else None
        )
        if fault:
            yield f"{fault} (for {requirement})"


def _is_of_extras(needed: Requirement, asked: Requirement) -> bool:
    if needed.marker is None or needed.marker.evaluate({"extra": ""}):
        return False
    return any(needed.marker.evaluate({"extra": extra}) for extra in asked.extras)


def _command(manifest: Manifest) -> str:
    """Return the pip command for what pip can put right; not for Python itself."""
    wanted = [
        f"{name}{specifier}"
        for name, specifier in _host_ranges(manifest)
        if specifier and _fault(name, specifier)
    ]
    for one in _applicable(manifest):
        if _fault(one.name, one.specifier) or list(_extras_faults(one)):
            extras = f"[{','.join(sorted(one.extras))}]" if one.extras else ""
            wanted.append(f"{one.name}{extras}{one.specifier}")
    if not wanted:
        return ""
    return f" Run: {shlex.join([sys.executable, '-m', 'pip', 'install', *wanted])}"
