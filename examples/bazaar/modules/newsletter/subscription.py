"""What somebody writes to get the newsletter."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel
from pydantic import ConfigDict
from pydantic import Field
from pydantic import field_validator


class Subscription(BaseModel):
    """The form; ``address`` is where the letters would go."""

    model_config = ConfigDict(str_strip_whitespace=True)

    address: Annotated[str, Field(title="Mail address", max_length=200)]

    @field_validator("address")
    @classmethod
    def check(cls, address: str) -> str:
        """Refuse what no letter would reach."""
        name, _, place = address.rpartition("@")
        if not name or not place or address.split() != [address]:
            raise ValueError("That is no mail address. It needs an @ in the middle.")
        return address
