"""What is rendered by itself: what it has already, and whether it is kept for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import SetupError

DEEPEST = 50
"""How many pieces are around one at most: those that failed are never ended."""


class Piece:
    """A text that is rendered by itself, and has once what the components in it bring.

    It may be kept and shown elsewhere, so it does not count on what other pieces have.

    :param around: the piece in which this one is rendered, if there is one.
    :param kept_as: the component whose markup is kept for everybody. It only notes what is
        brought, which is put before it at each use.
    """

    __slots__ = ("around", "depth", "has", "kept_as")

    def __init__(self, around: Piece | None = None, kept_as: str | None = None) -> None:
        self.depth: int = around.depth + 1 if around is not None else 0
        self.around = around if self.depth < DEEPEST else None
        self.kept_as = kept_as
        self.has: dict[str, None] = {}
        if kept_as is None and around is not None and around.kept_as is not None:
            self.kept_as, self.has = around.kept_as, around.has


_piece: ContextVar[Piece | None] = ContextVar("hotframe_piece", default=None)


def is_brought_by(what: str) -> bool:
    """Take note that something is used, and say whether what loads it has to be put out now."""
    piece = _piece.get()
    if piece is None:
        return True
    brought = piece.kept_as is None and what not in piece.has
    piece.has[what] = None
    return brought


def begin_piece() -> None:
    """Begin a piece within the one that is rendered now."""
    _piece.set(Piece(_piece.get()))


def end_piece() -> None:
    """End the piece that was begun last."""
    piece = _piece.get()
    _piece.set(piece.around if piece is not None else None)


@contextmanager
def apart(piece: bool = True) -> Iterator[None]:
    """Leave what is rendered now as it is, whatever is begun within and not ended.

    :param piece: whether what is rendered within is one piece.
    """
    around = _piece.get()
    token = _piece.set(Piece(around) if piece else around)
    try:
        yield
    finally:
        _piece.reset(token)


@contextmanager
def keeping(name: str) -> Iterator[Mapping[str, None]]:
    """Render markup that is kept for everybody, and note what is brought within it.

    :param name: the component.
    """
    piece = Piece(kept_as=name)
    token = _piece.set(piece)
    try:
        yield piece.has
    finally:
        _piece.reset(token)


def refuse_if_kept(what: str) -> None:
    """Refuse what depends on who asks, while markup is made that everybody gets.

    :raises SetupError: naming the component.
    """
    piece = _piece.get()
    if piece is not None and piece.kept_as is not None:
        raise SetupError(
            f"{what} depends on who asks, and the markup of the component {piece.kept_as!r} is "
            "cached for everybody: give it what it shows as a prop, or take 'cache' out of its "
            "class."
        )
