"""Checksums as browsers and registries write them: the algorithm, a dash, base64."""

from __future__ import annotations

import binascii
import hashlib
from base64 import b64decode
from base64 import b64encode
from pathlib import Path

LENGTHS = {"sha384": 48, "sha512": 64}


def integrity_of(content: bytes) -> str:
    """Return the sha384 of a file, for ``<script integrity="…">``."""
    return f"sha384-{b64encode(hashlib.sha384(content).digest()).decode()}"


def integrity_of_tarball(path: Path) -> str:
    """Return the sha512 of a file, as npm has it of its tarballs."""
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").digest()
    return f"sha512-{b64encode(digest).decode()}"


def is_integrity(text: object, algorithm: str) -> bool:
    """Say whether a text is a whole checksum."""
    if not isinstance(text, str) or not text.startswith(f"{algorithm}-"):
        return False
    try:
        return len(b64decode(text.partition("-")[2], validate=True)) == LENGTHS[algorithm]
    except (binascii.Error, ValueError):
        return False
