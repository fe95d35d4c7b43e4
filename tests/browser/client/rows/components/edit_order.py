"""An order that somebody edits."""

from typing import Annotated

from pydantic import BaseModel
from pydantic import Field

from quart_hotframe import db
from quart_hotframe import event
from quart_hotframe import FormComponent
from quart_hotframe import ModelComponent
from tests.support.orders import Order


class OrderForm(BaseModel):
    """What can be edited."""

    status: Annotated[str, Field(min_length=2)]
    note: str = ""


class EditOrder(ModelComponent[Order], FormComponent):
    """The form of an order."""

    model = OrderForm

    @event
    async def save(self, order: OrderForm) -> None:
        self.assign(order)

    @event
    async def drop(self) -> None:
        await db.session.delete(self.row)
