"""Where in the source a model, one of its attributes or a table stands, for messages."""

from __future__ import annotations

import ast
import sys
import tokenize
from collections.abc import Iterable
from collections.abc import Iterator
from types import ModuleType


def place_of(cls: type, attribute: str | None = None) -> str:
    """Return ``file:line`` of a class, or of an attribute in its body.

    An attribute that stands in none of its lines, as one of a mixin, has the place of the class.
    """
    file = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if file is None:
        return cls.__qualname__
    found = _class_in(_parsed(file), cls.__qualname__)
    if found is None:
        return str(file)
    return f"{file}:{_line_of(found, attribute)}"


def place_of_text(code: Iterable[ModuleType], text: str) -> str:
    """Return ``file:line`` of the first Python module that has *text* as a string, or ``""``."""
    for file in filter(None, (getattr(one, "__file__", None) for one in code)):
        for node in ast.walk(_parsed(file)):
            if isinstance(node, ast.Constant) and node.value == text:
                return f"{file}:{node.lineno}"
    return ""


def _parsed(file: str) -> ast.Module:
    try:
        with tokenize.open(file) as source:
            return ast.parse(source.read())
    except (OSError, SyntaxError, UnicodeDecodeError):  # edited or removed since it was loaded
        return ast.Module([], [])


def _class_in(tree: ast.Module, qualname: str) -> ast.ClassDef | None:
    found: ast.AST = tree
    for name in (part for part in qualname.split(".") if part != "<locals>"):
        inner = next((n for n in ast.walk(found) if getattr(n, "name", None) == name), None)
        if inner is None:
            return None
        found = inner
    return found if isinstance(found, ast.ClassDef) else None


def _line_of(cls: ast.ClassDef, attribute: str | None) -> int:
    if attribute is None:
        return cls.lineno
    return next((line for name, line in _assigned(cls) if name == attribute), cls.lineno)


def _assigned(cls: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for node in cls.body:
        targets: Iterable[ast.expr] = ()
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = (node.target,)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno
        yield from ((one.id, node.lineno) for one in targets if isinstance(one, ast.Name))
