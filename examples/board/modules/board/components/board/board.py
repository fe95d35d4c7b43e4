from typing import Annotated, Literal

from modules.board import Card
from pydantic import StringConstraints
from sqlalchemy import select

from quart_hotframe import Bindable, LiveComponent, db, event

COLUMNS = ("To do", "Doing", "Done")
Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class Board(LiveComponent):
    new: Bindable[Title] = ""
    title: Bindable[Title] = ""
    editing: int = 0
    here: int = 0

    async def context(self):
        cards = await db.session.scalars(select(Card).order_by(Card.id))
        return {"names": COLUMNS, "cards": cards.all()}

    @event(topic="board")
    async def changed(self):
        """Show what somebody did."""

    @event(presence="board")
    async def met(self, present: list[str]):
        self.here = len(present)

    @event
    async def add(self):
        if self.new:
            db.session.add(Card(title=self.new, column=0))
            self.new = ""

    @event
    async def edit(self, id: int):
        if card := await db.session.get(Card, id):
            self.editing, self.title = id, card.title
            self.patches.focus("title")

    @event
    async def rename(self):
        card = await db.session.get(Card, self.editing)
        if card and self.title:
            card.title = self.title
        await self.stop()

    @event
    async def stop(self):
        self.patches.focus(f"edit-{self.editing}")
        self.editing = 0

    @event
    async def move(self, id: int, to: Literal[0, 1, 2]):
        if card := await db.session.get(Card, id):
            card.column = to
            self.patches.announce(f"{card.title}: {COLUMNS[to]}")
            if to != 1:  # there is no arrow any more
                self.patches.focus(f"edit-{id}")

    @event
    async def delete(self, id: int):
        if card := await db.session.get(Card, id):
            await db.session.delete(card)
            self.patches.focus("new")
