"""A session for revisions that change data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy.orm import Session


@contextmanager
def session() -> Iterator[Session]:
    """Give a revision a session in the transaction of the migration.

    ::

        def upgrade() -> None:
            with session() as data:
                for row in data.execute(sa.select(product)):
                    ...

    What was changed is flushed at the end. An error rolls all of the migration back.
    """
    with Session(op.get_bind(), join_transaction_mode="create_savepoint") as data, data.begin():
        yield data
