"""A form: what a model asks for, what somebody typed, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from typing import Generic
from typing import Literal
from typing import TypeVar

from markupsafe import Markup
from pydantic import BaseModel
from pydantic import ValidationError
from quart import request
from werkzeug.exceptions import BadRequest

from ..errors import FieldNotFound
from ..errors import nearest
from ..errors import SetupError
from .describing import attribute_names
from .describing import describe
from .field import FormField
from .filtering import begun_by
from .filtering import is_addressed
from .filtering import refuse_unaddressable
from .messages import LISTED
from .messages import Problem
from .messages import said
from .names import Node
from .reading import Reader
from .receiving import METHODS
from .receiving import receive_form
from .receiving import receive_json
from .receiving import receive_query
from .rows import BUTTON
from .rows import change_rows
from .rows import fill
from .shapes import Shape
from .showing import defaults
from .showing import show
from .token import token_field
from .validating import problems_of
from .validating import validate

M = TypeVar("M", bound=BaseModel)
Choices = Mapping[str, Mapping[Any, str]]
Method = Literal["post", "get"]


class Form(Generic[M]):
    """A form made from a pydantic model.

    ::

        @blueprint.route("/review", methods=["GET", "POST"])
        @page("shop/review.html", block="form")
        async def review() -> Any:
            form = await Form.read(Review)
            if form.valid:
                await save(form.data)
                return redirect(url_for(".thanks"), 303)
            return {"form": form}

    ``form["text"]`` is a field, and so is ``form.text`` in templates; a name that the model does
    not have is a :class:`~quart_hotframe.errors.FieldNotFound`.

    :param model: a pydantic model.
    :param initial: what the fields begin with: a model, an object with such attributes or a
        mapping; else the defaults of the model.
    :param choices: for fields of the model, the values to choose from with their labels. Another
        value is refused.
    :param id: the beginning of the ids of its elements; else the name of the model.
    :param method: ``"get"`` for a form that filters what a page shows: its values stand in the
        address.
    :raises SetupError: a form cannot show the model, or with ``"get"`` it has a password or files.
    """

    def __init__(
        self,
        model: type[M],
        *,
        initial: Any = None,
        choices: Choices | None = None,
        id: str | None = None,
        method: Method = "post",
    ) -> None:
        shape = describe(model)
        if method == "get":
            refuse_unaddressable(shape, model.__name__)
        self.method = method
        self.model = model
        self.id = id or _hyphened(model.__name__)
        self.bound = False
        """Whether somebody sent it."""
        self.focused: str | None = None
        """The name of the field that has the focus at first, after a row was added or removed."""
        self._attributes = attribute_names(model)
        self._choices = {self._name(name): one for name, one in (choices or {}).items()}
        self._root = self._with_choices(shape)
        self._node = self._begin(initial)
        self._data: M | None = None
        self._problems: dict[str, list[str]] = {}
        self._is_json = False

    def _with_choices(self, shape: Shape) -> Shape:
        for name in self._choices:
            if name not in shape.parts:
                raise self.no_field(name, shape)
        offered = {name: shape.parts[name].offering(one) for name, one in self._choices.items()}
        return shape.having(offered) if offered else shape

    def _begin(self, initial: Any) -> Node:
        if initial is None or isinstance(initial, Mapping):
            initial = {**defaults(self.model), **(initial or {})}
        node = show(self._root, initial, self._attributes)
        fill(self._root, node)
        return node

    @classmethod
    async def read(
        cls,
        model: type[M],
        *,
        initial: Any = None,
        choices: Choices | None = None,
        id: str | None = None,
        method: Method = "post",
    ) -> Form[M]:
        """Return the form of the present request.

        A ``POST``, ``PUT`` or ``PATCH`` brings values, as a form or as JSON, which are validated;
        for any other request the form begins anew. With ``method="get"`` the address brings them,
        in any request that it names a field in; what it leaves out is as the form begins. The
        arguments are those of the class.

        :raises RequestEntityTooLarge: it has more than ``MAX_FORM_PARTS`` fields, or without files
            more than ``MAX_FORM_MEMORY_SIZE`` bytes.
        :raises BadRequest: what should be JSON is none.
        """
        form = cls(model, initial=initial, choices=choices, id=id, method=method)
        if method == "get":
            form._take_query()
        elif request.method in METHODS:
            form.bound = True
            if request.is_json:
                await form._take_json()
            else:
                form._take(await receive_form(request))
        return form

    def _take_query(self) -> None:
        sent = receive_query(request)
        self.bound = is_addressed(self._root, sent)
        if self.bound:
            self._take(begun_by(self._root, self._node, sent))
        else:
            with suppress(ValidationError):  # nobody is asked yet for what must be given
                self._data = validate(self.model, Reader().read(self._root, self._node))

    def _take(self, node: Node) -> None:
        self._node = node
        wishes = node.at(BUTTON).values
        if wishes:
            self.focused = change_rows(self._root, node, str(wishes[-1]))
            return
        reader = Reader()
        given = reader.read(self._root, node)
        try:
            self._accept(validate(self.model, given))
        except ValidationError as error:
            self._refuse(error, reader.rows)

    async def _take_json(self) -> None:
        self._is_json = True
        try:
            self._accept(self.model.model_validate_json(await receive_json(request)))
        except ValidationError as error:
            if error.errors(include_url=False)[0]["type"] == "json_invalid":
                raise BadRequest("This is no JSON.") from None
            self._refuse(error, None)

    def _accept(self, data: M) -> None:
        for name, offered in self._choices.items():
            value = getattr(data, self._attributes[name])
            values = value if self._root.parts[name].kind == "choices" else [value]
            if not all(one is None or one in list(offered) for one in values):
                self._note(Problem("literal_error", name, {}, LISTED))
        self._data = data

    def _refuse(self, error: ValidationError, rows: Mapping[str, list[int]] | None) -> None:
        for problem in problems_of(error, self._root, rows):
            self._note(problem)

    def _note(self, problem: Problem) -> None:
        self._problems.setdefault(problem.field, []).append(said(problem))

    # -- what came ---------------------------------------------------------------------------------

    @property
    def valid(self) -> bool:
        """Whether it was sent, and nothing is wrong with it.

        With ``method="get"`` also when the address says nothing and the model asks for nothing.
        """
        return self._data is not None and not self._problems

    @property
    def data(self) -> M:
        """The model with what was sent.

        :raises SetupError: there is none, as the form is not valid.
        """
        if self._data is None:
            raise SetupError("form.data is there when form.valid is true: ask that first.")
        return self._data

    @property
    def errors(self) -> Mapping[str, list[str]]:
        """What is wrong, by the names of the fields; ``""`` is the form itself."""
        return self._problems

    def add_error(self, field: str | None, text: str) -> None:
        """Say what is wrong with a field, or with ``None`` the form, that only the view can know.

        :raises FieldNotFound: the model has no such field.
        """
        name = self[field].name if field else ""
        self._problems.setdefault(name, []).append(text)

    @property
    def status(self) -> int:
        """The status of an answer that shows this form: 422 when it was sent in vain, else 200."""
        return 422 if self.bound and not self.valid else 200

    def __page_refusal__(self) -> tuple[int, Any] | None:
        """Let ``@page`` answer with 422, and in JSON to whom sent JSON."""
        if self.status == 200:
            return None
        return self.status, self._as_json() if self._is_json else None

    def _as_json(self) -> dict[str, Any]:
        fields = {name: texts for name, texts in self._problems.items() if name}
        return {
            "error": "unprocessable_entity",
            "message": " ".join(self._problems.get("", [])) or "Some values do not fit.",
            "fields": fields,
        }

    # -- what a template shows ---------------------------------------------------------------------

    def __iter__(self) -> Iterator[FormField]:
        return iter(self._whole)

    @property
    def _whole(self) -> FormField:
        return FormField(self, self._root, self._node, "")

    def __getitem__(self, name: str) -> FormField:
        first, *rest = name.split(".")
        field = self._whole.below(self._name(first))
        for part in rest:
            field = field.below(part)
        return field

    def __contains__(self, name: object) -> bool:
        return self._name(str(name)) in self._root.parts

    def no_field(self, name: str, shape: Shape) -> FieldNotFound:
        """Return the error about a field that is not there."""
        known = ", ".join(shape.parts) or "none"
        hint = nearest(name.rpartition(".")[2], shape.parts) or f" It has {known}."
        return FieldNotFound(f"The form of {self.model.__name__} has no field {name!r}.{hint}")

    def _name(self, name: str) -> str:
        """Return the name that a field has in forms, which may be another than its attribute's."""
        return next((one for one, known in self._attributes.items() if known == name), name)

    @property
    def marked(self) -> list[FormField]:
        """The fields with errors, in the order of the form."""
        return [field for one in self for field in _marked(one)]

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of ``<form>``, by name; with files its ``enctype`` is among them."""
        found = {"id": self.id, "method": self.method}
        return found | ({"enctype": "multipart/form-data"} if self._has("file", "files") else {})

    def _has(self, *kinds: str) -> bool:
        return self._root.has(*kinds)

    def binding(self, name: str, shape: Shape) -> dict[str, str]:
        """Return the attributes that bind the inputs of a field to a live component."""
        return {}

    def row_button(self, value: str) -> dict[str, Any]:
        """Return the attributes of a button that adds or removes a row."""
        return {"name": BUTTON, "value": value}

    @property
    def has_lists(self) -> bool:
        """Whether rows can be added and removed."""
        return self._has("rows")

    @property
    def token(self) -> Markup:
        """The hidden field that old browsers need, empty for others."""
        return token_field() if self.method == "post" else Markup()

    def __repr__(self) -> str:
        return f"<Form of {self.model.__name__}>"


def _marked(field: FormField) -> Iterator[FormField]:
    if field.errors:
        yield field
    below = [row.field for row in field.rows] if field.control == "rows" else field.fields
    for one in below:
        yield from _marked(one)


def _hyphened(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
