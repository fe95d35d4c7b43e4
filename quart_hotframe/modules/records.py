"""What is known of a module, for people and programs."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Any

from .manifest import Manifest
from .settings import Declared
from .settings import OfManifest
from .settings import Values


@dataclass(frozen=True)
class Module:
    """The record of one module, as it is at the moment of asking.

    ``state`` is one of ``"available"`` (in the modules folder, not installed), ``"pending"`` (the
    store cannot be read, so nobody knows whether it is wanted), ``"disabled"``,
    ``"active"``, ``"provisional"`` (a new version on trial), ``"degraded"`` (it serves, but fails
    too often), ``"failed"`` (wanted, but it could not be loaded), ``"quarantined"`` and
    ``"failed_unload"`` (not served, but its code still runs and cannot be ended).

    ``failed_unload`` says what of a version that departed still runs in this process, and where;
    also while another version serves.
    """

    name: str
    version: str
    state: str
    title: str = ""
    source: str = ""
    enabled: bool = False
    error: str | None = None
    previous_version: str | None = None
    failed_unload: str | None = None
    requires: tuple[str, ...] = ()
    settings: Values = field(default_factory=lambda: Values({}))
    manifest: Manifest | None = field(default=None, repr=False)

    def described(self, manifest: Manifest, settings: Values | None = None) -> Module:
        """Return the record with what a manifest says.

        :param settings: the values of its settings, if they are not the defaults.
        """
        if settings is None:
            settings, _ = Declared(manifest.name, [OfManifest(manifest.settings)]).fit({})
        return replace(
            self,
            title=manifest.title,
            requires=tuple(str(one) for one in manifest.requires),
            settings=settings,
            manifest=manifest,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain values for JSON."""
        data = {name: value for name, value in vars(self).items() if name != "manifest"}
        return {**data, "requires": list(self.requires), "settings": self.settings.shown()}
