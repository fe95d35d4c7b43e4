from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel
from pydantic import Field
from pydantic import SecretStr

from quart_hotframe import event
from quart_hotframe import FormComponent


class Guest(BaseModel):
    name: Annotated[str, Field(max_length=10)]


class Enrolment(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    age: Annotated[int, Field(ge=18)]
    word: Annotated[SecretStr, Field(min_length=3)]
    news: bool = True
    guests: list[Guest] = []


class Enrol(FormComponent):
    model = Enrolment
    saves: int = 0
    saved: str = ""

    @event
    async def save(self, enrolment: Enrolment) -> None:
        self.saves += 1
        guests = ",".join(one.name for one in enrolment.guests)
        self.saved = f"{enrolment.name} {enrolment.age} {enrolment.news} {guests}"
