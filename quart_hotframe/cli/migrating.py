"""What the commands of ``hotframe db`` do and print."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Coroutine
from typing import Any
from typing import TYPE_CHECKING
from typing import TypeVar

import click
from quart.cli import ScriptInfo

from ..errors import MigrationError
from .printing import print_json
from .printing import print_table
from .printing import talk
from .running import Failure
from .running import run_in_app
from .subjects import Work
from .subjects import working

if TYPE_CHECKING:
    from ..database.migrations import Revision

T = TypeVar("T")
Done = dict[str, list[str]]


def work(
    info: ScriptInfo, function: Callable[[Work], Coroutine[Any, Any, T]], *, models: bool = False
) -> T:
    """Run a function that gets the migrator and the subjects.

    :param models: also load the modules' code, for their models.
    """

    async def run(hotframe: Any) -> T:
        async with working(hotframe, with_models=models) as found:
            return await function(found)

    return run_in_app(info, run)


async def upgrade(work: Work, name: str | None, target: str) -> Done:
    """Upgrade one subject or all, in one transaction; return which revisions were run."""
    behind = [
        one for one in work.chosen(name) if target != "head" or await work.migrator.behind(one)
    ]
    done: Done = {one.name: [] for one in work.chosen(name)}
    if behind:
        async with work.migrator.run(", ".join(repr(one.name) for one in behind)) as run:
            for subject in behind:
                done[subject.name] = list(await run.upgrade(subject, target))
    return done


async def downgrade(work: Work, name: str, target: str) -> Done:
    """Take revisions of one subject back."""
    (subject,) = work.chosen(name)
    return {name: list(await work.migrator.downgrade(subject, target))}


async def leaving(work: Work, name: str, target: str) -> list[Revision]:
    """Return the revisions that a downgrade would take back."""
    (subject,) = work.chosen(name)
    return await work.migrator.leaving(subject, target)


async def current(work: Work, name: str | None) -> Done:
    """Return the revisions that the database has."""
    return {one.name: list(await work.migrator.current(one)) for one in work.chosen(name)}


async def history(work: Work, name: str | None) -> dict[str, list[Revision]]:
    """Return all revisions, the newest first."""
    return {one.name: await work.migrator.history(one) for one in work.chosen(name)}


async def pending(work: Work, name: str | None) -> dict[str, list[Revision]]:
    """Return the revisions that the database lacks, the oldest first."""
    return {one.name: await work.migrator.pending(one) for one in work.chosen(name)}


async def check(work: Work, name: str | None) -> Done:
    """Return what is not in order, as sentences."""
    found: Done = {}
    for subject in work.chosen(name):
        try:
            if subject.metadata is not None:
                changes = await work.migrator.check(subject)
                found[subject.name] = [f"A migration is missing: it {one}." for one in changes]
            elif await work.migrator.behind(subject):
                found[subject.name] = ["The database is behind: upgrade it first."]
            else:
                found[subject.name] = []
        except MigrationError as error:
            found[subject.name] = [str(error)]
    return found


async def sql(work: Work, name: str | None, start: str, target: str) -> str:
    """Return the SQL of one subject or all."""
    return "".join([await work.migrator.sql(one, start, target) for one in work.chosen(name)])


def print_done(done: Done, verb: str, *, as_json: bool) -> None:
    """Print which revisions were run."""
    if as_json:
        print_json(done)
        return
    for name, revisions in done.items():
        print(f"{name}: {verb} {', '.join(revisions)}" if revisions else f"{name}: nothing to do")


def print_current(found: Done, *, as_json: bool) -> None:
    """Print the revisions that the database has."""
    if as_json:
        print_json(found)
    else:
        rows = [(name, ", ".join(revisions) or "none") for name, revisions in found.items()]
        print_table(("MODULE", "REVISION"), rows)


def print_revisions(found: dict[str, list[Revision]], *, as_json: bool) -> None:
    """Print revisions and what each does."""
    if as_json:
        print_json({name: [one.to_dict() for one in revs] for name, revs in found.items()})
        return
    for name, revs in found.items():
        if not revs:
            talk(f"{name} has none.")
        for one in revs:
            mark = "applied" if one.applied else "pending"
            print(f"{name} {one.id} ({mark}): {one.message}")
            for change in one.changes:
                print(f"  {change.kind}: {change}")


def print_check(found: Done, *, as_json: bool) -> None:
    """Print what is not in order.

    :raises Failure: when something is not.
    """
    if as_json:
        print_json(found)
    wrong = {name: sentences for name, sentences in found.items() if sentences}
    for name, sentences in found.items():
        for one in () if as_json else sentences or ["Models and migrations fit."]:
            print(f"{name}: {one}")
    if wrong:
        raise Failure(f"Models and migrations do not fit: {', '.join(wrong)}.")


def confirm(going: list[Revision], name: str) -> None:
    """Ask whether revisions may be taken back, and say what is lost with them.

    :raises click.Abort: when the answer is no, or there is none.
    """
    lost = [change.loses for one in going for change in one.back if change.loses]
    talk(f"Lost with all that is in it: {', '.join(lost)}." if lost else "No column is dropped.")
    if any(change.kind == "unknown" for one in going for change in one.back):
        talk("Some run SQL or code of their own: what that loses is unknown.")
    names = ", ".join(one.id for one in going)
    click.confirm(f"Take back {names} of {name!r}?", abort=True, err=True)
