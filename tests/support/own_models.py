"""Models of an application, for modules of tests that try to derive from them."""

from __future__ import annotations

from sqlalchemy.orm import DeclarativeBase

from quart_hotframe.database import ModuleModels


class Base(ModuleModels, DeclarativeBase):
    """A base of the app."""


class Plain(DeclarativeBase):
    """A base of an app that knows nothing of HotFrame."""
