"""What a run changes, as a page is told of it."""

from __future__ import annotations

from typing import Any
from typing import NamedTuple

from .shown import Patch

Frame = dict[str, Any]


class Change(NamedTuple):
    """What a run changed.

    :param assets: elements that load what components in it bring.
    """

    version: int
    patches: list[Patch]
    assets: str = ""

    def frame(self, id: str) -> Frame:
        """Return what those are told who listen to an instance."""
        frame: Frame = {"id": id, "version": self.version, "patches": self.patches}
        if self.assets:
            frame["assets"] = self.assets
        return frame
