"""A command that asks at a real terminal, and a person who answers."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path


def answered(
    command: Sequence[str], answer: bytes, folder: Path, environment: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command at a terminal and answer its question; return exit code and what was shown."""
    person, terminal = pty.openpty()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    try:
        shown = _read(person, until=b"[y/N]:")
        os.write(person, answer)
        shown += _read(person, until=None)
        return process.wait(timeout=30), shown.decode()
    finally:
        os.close(person)
        if process.poll() is None:
            process.kill()
            process.wait()


def _read(person: int, until: bytes | None, seconds: float = 60.0) -> bytes:
    """Return what is shown up to some words, or to the end."""
    shown, end = b"", time.monotonic() + seconds
    while until is None or until not in shown:
        ready, _, _ = select.select([person], [], [], max(end - time.monotonic(), 0))
        assert ready, f"It does not go on: {shown!r}"
        try:
            more = os.read(person, 4096)
        except OSError:  # Linux: nobody has the terminal open any more
            more = b""
        if not more:
            assert until is None, f"It ended early: {shown!r}"
            return shown
        shown += more
    return shown
