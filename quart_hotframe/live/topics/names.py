"""Names of topics, and patterns of names."""

from __future__ import annotations

import re

from ...errors import TopicError

LONGEST = 200
"""Most characters of a name."""
RULE = (
    f"Write words of letters, digits and _ ~ @ - with single dots between them, such as "
    f"'orders.42', and at most {LONGEST} characters."
)
_NAME = re.compile(r"[\w~@-]+(\.[\w~@-]+)*", re.ASCII)
_PATTERN = re.compile(r"[\w~@*-]+(\.[\w~@*-]+)*", re.ASCII)


def is_topic(name: object) -> bool:
    """Say whether this is the name of a topic."""
    return isinstance(name, str) and len(name) <= LONGEST and bool(_NAME.fullmatch(name))


def check_topic(name: str) -> str:
    """Return the name if it is well formed.

    :raises TopicError: it is not.
    """
    if not is_topic(name):
        raise TopicError(f"{name!r:.250} is no name of a topic. {RULE}")
    return name


def check_pattern(pattern: str) -> str:
    """Return a name or pattern if it is well formed.

    :raises TopicError: it is not.
    """
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern) or len(pattern) > LONGEST:
        raise TopicError(
            f"{pattern!r:.250} is no name or pattern of topics. {RULE} In a pattern '*' stands for "
            "one word or a part of it, '**' for any number of words."
        )
    return pattern
