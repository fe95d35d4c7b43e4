"""``hotframe db …``: the migrations of the app and its modules."""

from __future__ import annotations

import sys

import click
from quart.cli import pass_script_info
from quart.cli import ScriptInfo

from . import migrating
from .subjects import Work

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
some = click.argument("module", required=False)
to = click.option("--to", "target", default="head", show_default=True, help="A revision, or +1.")


@click.group()
def db() -> None:
    """The database: migrations of the app ("app") and its modules."""


@db.command()
@click.argument("module")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
@click.option("--empty", is_flag=True, help="Compare nothing; to be filled in by hand.")
@pass_script_info
def revision(info: ScriptInfo, module: str, message: str, empty: bool) -> None:
    """Write a revision file for what differs between models and database."""

    async def write(work: Work) -> object:
        (subject,) = work.chosen(module)
        return await work.migrator.revision(subject, message, empty=empty)

    path = migrating.work(info, write, models=not empty)
    print(path or f"{module}: nothing differs, so nothing was written.")


@db.command()
@some
@to
@click.option("--dry-run", is_flag=True, help="Print what would be run; nothing happens.")
@as_json
@pass_script_info
def upgrade(
    info: ScriptInfo, module: str | None, target: str, dry_run: bool, as_json: bool
) -> None:
    """Run the revisions that the database lacks, of MODULE or of all."""
    if target != "head" and module is None:
        raise click.UsageError("--to is for one MODULE.")
    if dry_run:
        found = migrating.work(info, lambda work: migrating.pending(work, module))
        migrating.print_revisions(found, as_json=as_json)
        return
    done = migrating.work(info, lambda work: migrating.upgrade(work, module, target))
    migrating.print_done(done, "ran", as_json=as_json)


@db.command()
@click.argument("module")
@click.argument("target")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@pass_script_info
def downgrade(info: ScriptInfo, module: str, target: str, yes: bool, as_json: bool) -> None:
    """Take back what came after TARGET: a revision, base, or -1 after --. It asks first."""
    if not yes:
        _ask(info, module, target)
    done = migrating.work(info, lambda work: migrating.downgrade(work, module, target))
    migrating.print_done(done, "took back", as_json=as_json)


def _ask(info: ScriptInfo, module: str, target: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: pass --yes.")
    going = migrating.work(info, lambda work: migrating.leaving(work, module, target))
    if going:
        migrating.confirm(going, module)


@db.command()
@some
@as_json
@pass_script_info
def current(info: ScriptInfo, module: str | None, as_json: bool) -> None:
    """Print which revision the database has."""
    found = migrating.work(info, lambda work: migrating.current(work, module))
    migrating.print_current(found, as_json=as_json)


@db.command()
@some
@as_json
@pass_script_info
def history(info: ScriptInfo, module: str | None, as_json: bool) -> None:
    """Print all revisions, the newest first, and what each does."""
    found = migrating.work(info, lambda work: migrating.history(work, module))
    migrating.print_revisions(found, as_json=as_json)


@db.command()
@some
@as_json
@pass_script_info
def check(info: ScriptInfo, module: str | None, as_json: bool) -> None:
    """Fail when models and migrations differ, or a module has several heads."""
    found = migrating.work(info, lambda work: migrating.check(work, module), models=True)
    migrating.print_check(found, as_json=as_json)


@db.command()
@some
@click.option("--from", "start", default="base", show_default=True, help="A revision.")
@to
@pass_script_info
def sql(info: ScriptInfo, module: str | None, start: str, target: str) -> None:
    """Print the SQL of the revisions; the database is not asked."""
    if module is None and (start, target) != ("base", "head"):
        raise click.UsageError("--from and --to are for one MODULE.")
    print(migrating.work(info, lambda work: migrating.sql(work, module, start, target)), end="")
