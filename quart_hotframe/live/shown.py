"""What a page shows of an instance, told by hashes, so that only what has changed is sent."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any
from typing import NamedTuple
from typing import Self

Patch = dict[str, Any]
HERE = ""
"""In the place of the name of an island: all that stands in none."""


class Shown(NamedTuple):
    """One rendering.

    :param hashes: by island, without the islands within it.
    :param pieces: the elements of the islands, and under ``""`` what stands in the root element.
    """

    version: int
    hashes: Mapping[str, bytes]
    pieces: Mapping[str, str]

    @classmethod
    def of(
        cls, version: int, html: str, islands: Mapping[str, str], arrived: Mapping[str, str]
    ) -> Self:
        """Return what tells a rendering from another.

        :param islands: their elements by name, one within another first.
        :param arrived: the components within that are written whole, and how they are written
            for a page that has them.
        """
        pieces = {**islands, HERE: html}
        hashes, less = {}, dict(arrived)
        for name, piece in pieces.items():
            rest = piece
            for whole, short in less.items():
                rest = rest.replace(whole, short, 1)
            hashes[name] = blake2b(rest.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            less = {piece: "", **less}  # what is around others goes before them
        return cls(version, hashes, pieces)

    def patches(self, id: str, before: Shown | None, arrived: Collection[str]) -> list[Patch]:
        """Return what changes a page that shows *before* into this.

        :param before: ``None`` when it is not known what the page shows.
        """
        if before is None or before.hashes.keys() != self.hashes.keys():
            return [self._patch(id, HERE)]
        changed = {name for name in self.hashes if self.hashes[name] != before.hashes[name]}
        if arrived:
            changed |= {name for name, piece in self.pieces.items()
                        if any(one in piece for one in arrived)}  # fmt: skip
        if HERE in changed:
            return [self._patch(id, HERE)]
        outer = [name for name in changed if not self._within_others(name, changed)]
        return [self._patch(id, name) for name in self.pieces if name in outer]

    def _within_others(self, name: str, changed: set[str]) -> bool:
        return any(self.pieces[name] in self.pieces[other] for other in changed - {name, HERE})

    def _patch(self, id: str, name: str) -> Patch:
        html, target = self.pieces[name], f"{id}.{name}" if name else id
        if name:
            html = html[html.index(">") + 1 : html.rindex("<")]
        return {"action": "html", "target": target, "html": html, "version": self.version}
