"""Forms made from pydantic models.

::

    from quart_hotframe.forms import Accept, Form, Upload, model_of
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy

if TYPE_CHECKING:
    from .columns import model_of
    from .field import FormField
    from .form import Form
    from .messages import Problem
    from .upload import Accept
    from .upload import Upload
else:
    __getattr__ = lazy(
        __name__,
        {
            "Accept": "upload",
            "Form": "form",
            "FormField": "field",
            "Problem": "messages",
            "Upload": "upload",
            "model_of": "columns",
        },
    )

__all__ = [
    "Accept",
    "Form",
    "FormField",
    "Problem",
    "Upload",
    "model_of",
]


def __dir__() -> list[str]:
    return [*__all__]
