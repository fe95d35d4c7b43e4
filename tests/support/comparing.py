"""Secrets are compared by what takes as long whatever they are."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

import pytest

LENGTH = 43
"""Bytes of a signature: 256 bits in base64."""


class Comparisons:
    """The comparisons of signatures in constant time.

    ``count`` is how many there were; ``equal`` is their result, instead of the real one.
    """

    def __init__(self, real: Callable[[Any, Any], bool]) -> None:
        self._real = real
        self.count = 0
        self.equal: bool | None = None

    def __call__(self, one: Any, other: Any) -> bool:
        if [type(one), type(other), len(one), len(other)] != [bytes, bytes, LENGTH, LENGTH]:
            return self._real(one, other)
        self.count += 1
        return self._real(one, other) if self.equal is None else self.equal


@pytest.fixture
def comparisons(monkeypatch: pytest.MonkeyPatch) -> Comparisons:
    """Watch comparisons of signatures."""
    made = Comparisons(hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", made)
    return made
