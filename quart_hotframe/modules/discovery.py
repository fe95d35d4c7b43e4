"""Which modules lie in the modules folder; no code is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..errors import ConfigurationError
from ..errors import ManifestError
from .manifest import FILE_NAME
from .manifest import Manifest

NONE: Mapping[str, Manifest] = MappingProxyType({})


@dataclass(frozen=True)
class Discovery:
    """What was found in one modules folder."""

    folder: Path
    manifests: Mapping[str, Manifest]
    """By name, in the order of names; the module ``x`` lies in ``folder / "x"``."""
    faults: Mapping[str, ManifestError]
    """By the folder's name: why its manifest cannot be used."""


def discover(folder: Path, known: Mapping[str, Manifest] = NONE) -> Discovery:
    """Read the manifest of every module in a folder.

    A module is a direct sub-folder (or a link to a folder) with a ``module.toml``, and the
    folder's name is the module's name. Hidden folders and ``__pycache__`` are passed over.
    One broken manifest does not hide the others.

    :param folder: the modules folder; if it is absent, nothing is found.
    :param known: manifests that the caller has just read there, which are not read again.
    :raises ConfigurationError: if it is not a folder or cannot be read.
    """
    manifests: dict[str, Manifest] = {}
    faults: dict[str, ManifestError] = {}
    for candidate in _candidates(folder):
        try:
            manifests[candidate.name] = known.get(candidate.name) or Manifest.read(
                candidate, folder_name=candidate.name
            )
        except ManifestError as error:
            error.module = candidate.name
            faults[candidate.name] = error
    return Discovery(folder, MappingProxyType(manifests), MappingProxyType(faults))


def _candidates(folder: Path) -> list[Path]:
    try:
        found = sorted(folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise ConfigurationError(
            f"The modules folder {folder} cannot be read: {error.strerror}. "
            "Correct HOTFRAME_MODULES_FOLDER."
        ) from error
    return [path for path in found if _is_candidate(path)]


def _is_candidate(path: Path) -> bool:
    if path.name.startswith(".") or path.name == "__pycache__":
        return False
    return path.is_dir() and os.path.lexists(path / FILE_NAME)
