"""Templates of owners that nobody sees, because another owner's has the name."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator

from .contribution import Contribution
from .overriding import Overriding


def shadows(contributions: Iterable[Contribution]) -> Iterator[str]:
    """Yield a sentence for each template whose owner may not have meant to share its name."""
    shares = {one.owner: one for one in contributions}
    order = Overriding({owner: one.needs for owner, one in shares.items()})
    owners: dict[str, set[str]] = {}
    for owner, share in shares.items():
        for name in _names(share):
            owners.setdefault(name, set()).add(owner)
    for name, having in owners.items():
        first, *others = (one for one in order.of(name) if one in having)
        for other in others:
            if other not in order.required(first):
                yield _sentence(order, name, first, other)


def _names(share: Contribution) -> set[str]:
    try:
        return {name for loader in share.loaders for name in loader.list_templates()}
    except TypeError:  # a loader that cannot say which it has
        return set()


def _sentence(order: Overriding, name: str, first: str, other: str) -> str:
    owner = name.partition("/")[0]
    if owner in order.owners and other not in order.over(owner):
        return (
            f"{other!r} has the template {name!r}, which is not used: it is one of {owner!r}. To "
            f"override it, write {owner!r} into 'requires' of the manifest of {other!r}."
        )
    advice = f"let {other!r} require {first!r} to be the one"
    if owner not in order.owners:
        advice = "put templates into a folder with the name of their module"
    return (
        f"{first!r} and {other!r} have the template {name!r}, and that of {first!r} is used: "
        f"{advice}."
    )
