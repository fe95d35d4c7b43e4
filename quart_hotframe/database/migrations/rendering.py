"""The Python code of a revision file."""

from __future__ import annotations

from typing import Any
from typing import Literal

from alembic.autogenerate import render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import DowngradeOps
from alembic.operations.ops import UpgradeOps
from alembic.runtime.migration import MigrationContext
from sqlalchemy.types import TypeDecorator


class Renderer:
    """Renders operations, and keeps the imports that their code needs."""

    def __init__(self, context: MigrationContext) -> None:
        self._context = context
        self._imports: set[str] = set()

    @property
    def imports(self) -> str:
        """What the rendered code imports besides ``sa`` and ``op``."""
        return "\n".join(sorted(self._imports))

    def __call__(self, operations: UpgradeOps | DowngradeOps | None) -> str:
        """Return the code of a function's body, without its first indent."""
        if operations is None:
            return ""
        # Batches always: a module that was written on PostgreSQL is used on SQLite too, which can
        # change most of a table only by making it anew. On PostgreSQL a batch is plain ALTER.
        code = render_python_code(
            operations, render_as_batch=True, migration_context=self._context,
            render_item=self._item,
        )  # fmt: skip
        lines = [line for line in code.splitlines() if not line.lstrip().startswith("# ###")]
        return "\n".join(lines).strip()

    def _item(self, kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
        self._imports |= context.imports
        # A type of a module's own is written as what it is in the database: a revision must run
        # also when the code of that type has changed or gone.
        if kind == "type" and isinstance(item, TypeDecorator) and not _is_sqlalchemys(item):
            plain = item.impl_instance
            if _is_sqlalchemys(plain):
                return f"sa.{plain!r}"
        return False


def _is_sqlalchemys(item: Any) -> bool:
    """Say whether a type is there as ``sa.…``; ``Interval`` is a decorator, too."""
    return type(item).__module__.startswith("sqlalchemy.sql.")
