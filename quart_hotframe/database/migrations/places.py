"""Where in a revision file something is or went wrong."""

from __future__ import annotations

import ast
import traceback
from pathlib import Path

from sqlalchemy.exc import DBAPIError


def place_of(error: BaseException, folder: Path) -> str | None:
    """Return ``file:line`` of the innermost line below *folder* that took part in an error."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.walk_tb(error.__traceback__)
    lines = [(Path(frame.f_code.co_filename), number) for frame, number in frames]
    inside = [f"{path}:{number}" for path, number in lines if path.is_relative_to(folder)]
    return inside[-1] if inside else None


def line_of(path: Path, name: str) -> int:
    """Return the line where a file assigns a name, or 1."""
    for node in ast.parse(path.read_bytes()).body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
        if any(isinstance(one, ast.Name) and one.id == name for one in targets):
            return node.lineno
    return 1


def said(error: BaseException) -> str:
    """Return an error's kind and what it says in one line; of a database's, that of its driver."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig.__cause__ or error.orig
        text = " ".join(str(error).split())
    else:
        text = next(iter(str(error).splitlines()), "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
