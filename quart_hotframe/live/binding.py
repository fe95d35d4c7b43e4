"""What snapshots, handles and files are bound to: one login in one session."""

from __future__ import annotations


def binding_of(generation: str, user_id: str | None, user: object) -> str:
    """Return a text for session and login.

    :param generation: of the session, which changes with each login.
    :param user_id: of who signed in by ``hotframe.sessions``.
    :param user: whom the app names.
    """
    return repr((generation, user_id, user))


def is_of(binding: str, what: str, value: str) -> bool:
    """Say whether a text stands for a login that ended.

    :param what: ``"user"``, or what names the session, of which the generation counts here.
    """
    generation, _, rest = binding.removeprefix("(").partition(", ")
    return rest.startswith(f"{value!r}, ") if what == "user" else generation == repr(value)
