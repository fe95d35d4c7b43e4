"""A file of a package, as it is served."""

from __future__ import annotations

from ..assets import HashedFile


class Served(HashedFile):
    """One file.

    :param name: its name, which the address ends with.
    :param content: its bytes.
    """

    def __init__(self, name: str, content: bytes) -> None:
        self.is_style = name.endswith(".css")
        super().__init__(content, "text/css" if self.is_style else "text/javascript")
        self.name = name
