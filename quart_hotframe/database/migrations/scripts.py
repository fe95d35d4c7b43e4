"""The revision files of a subject: read, checked, and put in order."""

from __future__ import annotations

import linecache
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from alembic.script import Script
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError as WrongOrder
from alembic.script.revision import RevisionMap
from alembic.util import CommandError
from alembic.util import to_tuple

from ...errors import nearest
from ...errors import RevisionError
from .places import line_of
from .places import place_of
from .places import said
from .subject import Subject

LONGEST = 32
"""Characters that Alembic's version table has for a revision."""
SAYS = ("revision", "down_revision", "upgrade", "downgrade")
"""What a revision file must define."""


def read(subject: Subject) -> ScriptDirectory:
    """Read all revision files of a subject; a folder that is absent has none.

    :raises RevisionError: naming file and line of what is wrong.
    """
    scripts: dict[str, Script] = {}
    for path in sorted(subject.versions.glob("*.py")):
        script = _script(subject, path)
        if script.revision in scripts:
            raise RevisionError(
                f"{_place(script, 'revision')}: The revision {script.revision!r} of "
                f"{subject.name!r} is in {scripts[script.revision].path} too: delete one file."
            )
        scripts[script.revision] = script
    for script in scripts.values():
        _refuse_orphan(subject, script, scripts)
    directory = ScriptDirectory(
        Path(__file__).parent, version_locations=[subject.versions], messaging_opts={"quiet": True}
    )
    directory.revision_map = RevisionMap(lambda: iter(scripts.values()))
    with explained(subject):
        directory.get_heads()
    return directory


def single_head(subject: Subject, directory: ScriptDirectory) -> str | None:
    """Return the newest revision, or ``None`` when there is none.

    :raises RevisionError: when there are several.
    """
    heads = directory.get_heads()
    if len(heads) > 1:
        raise RevisionError(_several(subject, directory))
    return heads[0] if heads else None


def existing(subject: Subject, directory: ScriptDirectory, wanted: str) -> str:
    """Return a target of a migration as Alembic takes it.

    :raises RevisionError: when no revision file has it, or ``head`` means several.
    """
    if wanted == "head":
        return single_head(subject, directory) or "base"
    known = [script.revision for script in directory.walk_revisions()]
    if wanted == "base" or wanted.lstrip("+-").isdigit() and wanted[0] in "+-" or wanted in known:
        return wanted
    raise RevisionError(
        f"{subject.name!r} has no revision {wanted!r} in {subject.versions}."
        f"{nearest(wanted, known)}"
    )


def refuse_unknown(subject: Subject, directory: ScriptDirectory, current: tuple[str, ...]) -> None:
    """Refuse a database that has revisions of which there is no file.

    :raises RevisionError: naming them.
    """
    known = {script.revision for script in directory.walk_revisions()}
    for one in current:
        if one not in known:
            raise RevisionError(
                f"The database has revision {one!r} of {subject.name!r}, but no file in "
                f"{subject.versions} has it. Restore that file, or serve the version of "
                f"{subject.name!r} that brought it."
            )


@contextmanager
def explained(subject: Subject) -> Iterator[None]:
    """Turn what Alembic refuses into an error that names the subject."""
    try:
        yield
    except (CommandError, WrongOrder) as error:
        raise RevisionError(
            f"The revisions of {subject.name!r} in {subject.versions}: {error}"
        ) from error


def _script(subject: Subject, path: Path) -> Script:
    module = _load(subject, path)
    missing = [name for name in SAYS if not hasattr(module, name)]
    if missing:
        raise RevisionError(f"{path}:1: A revision file must define {', '.join(missing)}.")
    identity = module.revision
    if not isinstance(identity, str) or not 0 < len(identity) <= LONGEST:
        line = line_of(path, "revision")
        raise RevisionError(
            f"{path}:{line}: A revision is text of 1 to {LONGEST} characters, not {identity!r}."
        )
    return Script(module, identity, path)


def _load(subject: Subject, path: Path) -> ModuleType:
    module = ModuleType(f"{subject.name}_migrations.{path.stem}")
    module.__file__ = str(path)
    linecache.checkcache(str(path))
    try:  # compiled here, so that no stale bytecode is run and none is left in the folder
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))
    except Exception as error:
        where = place_of(error, subject.folder) or f"{path}:1"
        raise RevisionError(f"{where}: {said(error)}") from error
    return module


def _refuse_orphan(subject: Subject, script: Script, known: Mapping[str, Script]) -> None:
    others = known.keys() - {script.revision}
    for name in ("down_revision", "depends_on"):
        for parent in to_tuple(getattr(script.module, name, None), default=()):
            if parent not in known:
                raise RevisionError(
                    f"{_place(script, name)}: {name} is {parent!r}, which no file in "
                    f"{subject.versions} has.{nearest(parent, others)} The order between modules "
                    "is said by requires in module.toml."
                )


def _several(subject: Subject, directory: ScriptDirectory) -> str:
    heads = [directory.get_revision(one) for one in directory.get_heads()]
    places = ", ".join(f"{one.revision!r} ({_place(one, 'down_revision')})" for one in heads)
    return (
        f"{subject.name!r} has several heads: {places}. Let one of them revise the other, "
        "or write a revision that has both as down_revision."
    )


def _place(script: Script, name: str) -> str:
    return f"{script.path}:{line_of(Path(script.path), name)}"
