"""Names for URLs, made of titles."""

from __future__ import annotations

import re
import unicodedata
from typing import Any
from typing import ClassVar

from sqlalchemy import event
from sqlalchemy import String
from sqlalchemy.orm import Mapped
from sqlalchemy.orm import mapped_column

LENGTH = 200
"""Most characters of a slug."""

_SPELT = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "þ": "th"})


def slugify(text: str, length: int = LENGTH) -> str:
    """Return text as lower-case letters and digits joined by hyphens.

    Accents are taken away; letters of other alphabets stay, as URLs may have them.

    :param length: most characters.

    >>> slugify("Crème brûlée: 2 × Löffel"), slugify("!?")
    ('creme-brulee-2-loffel', '')
    """
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_SPELT)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    words = "-".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", letters)))
    return words[:length].rstrip("-")


class Slug:
    """A name for the URL of a row, unique in its table.

    ``__slug_from__`` names the attribute of which it is made when a row is written without one.
    It does not change by itself afterwards, as links to it would break.
    ``Repository.free_slug`` finds one that is not taken.
    """

    __slug_from__: ClassVar[str] = "title"
    slug: Mapped[str] = mapped_column(String(LENGTH), unique=True, sort_order=899)


def _fill(mapper: Any, connection: Any, target: Any) -> None:
    if target.slug is None:
        target.slug = slugify(str(getattr(target, target.__slug_from__)))


event.listen(Slug, "before_insert", _fill, propagate=True)
