"""Compiling the files of modules, or taking what was compiled from the same bytes before.

What is compiled is kept where Python keeps it, ``__pycache__`` beside the file, in Python's own
form with a hash of the source (PEP 552). Never by time and size, as Python does by itself: a file
that is edited twice within a second may have the same of both.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib.util import cache_from_source
from importlib.util import MAGIC_NUMBER
from importlib.util import source_hash
from pathlib import Path
from types import CodeType

_CHECKED = (0b11).to_bytes(4, "little")
"""The flags of a file that goes by the hash of its source, which has to be compared."""


def compiled(source: bytes, path: str, keep: Callable[[str, bytes], object]) -> CodeType:
    """Return the code of a file.

    :param source: its bytes, which may no longer be what lies there.
    :param keep: called with the path of a file to write and its bytes.
    :raises SyntaxError: it is no Python; with file and line.
    """
    kept = cache_from_source(path)
    head = MAGIC_NUMBER + _CHECKED + source_hash(source)
    code = _kept(kept, head, path)
    if code is None:
        code = _compiled(source, path)
        if not sys.dont_write_bytecode:
            keep(kept, head + marshal.dumps(code))
    return code


def _kept(kept: str, head: bytes, path: str) -> CodeType | None:
    with suppress(OSError, ValueError, EOFError, TypeError):  # absent, or cut short by something
        found = Path(kept).read_bytes()
        if found.startswith(head):
            code = marshal.loads(memoryview(found)[len(head) :])
            if isinstance(code, CodeType) and code.co_filename == path:  # the folder may have moved
                return code
    return None


def _compiled(source: bytes, path: str) -> CodeType:
    try:
        code: CodeType = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # null bytes: Python names no file
        if getattr(error, "filename", None):
            raise
        line = source.partition(b"\0")[0].count(b"\n") + 1
        raise SyntaxError(str(error), (path, line, None, None)) from error
    return code
