"""A board of cards: its table, its page, and who is told of changes."""

from quart import Blueprint
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from quart_hotframe import current_hotframe, hooks, page
from quart_hotframe.database import ModuleModels
from quart_hotframe.live.topics import authorise
from quart_hotframe.security import AllowAny

blueprint = Blueprint("board", __name__, template_folder="templates")


class Base(ModuleModels, DeclarativeBase): ...


class Card(Base):
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(80))
    column: Mapped[int]


@blueprint.get("/")
@page("board/index.html")
async def index():
    return {}


authorise("board", presence=lambda user: "somebody")(AllowAny)


@hooks.on("board.Card.*")
async def tell(change):
    await current_hotframe.live.publish("board")
